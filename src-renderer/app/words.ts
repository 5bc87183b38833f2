import i18next from 'i18next'
import en from './words/en.json'

void i18next.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  interpolation: { escapeValue: false },
  initAsync: false,
})

/** The words for a key of words/en.json, with `{{values}}` filled in and plurals by `count`. */
export const t = (key: string, values?: Record<string, string | number>): string =>
  i18next.t(key, values ?? {})
