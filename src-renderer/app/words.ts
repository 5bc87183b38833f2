import i18next from 'i18next'

type Words = { [key: string]: string | Words }

/** The words of every feature, one file each, as one tree. Two files may share a branch, never a leaf. */
const files = import.meta.glob<Words>('./words/en/*.json', { eager: true, import: 'default' })

/** Puts the words of several files together. Raises when two files define the same key. */
export function mergeWords(parts: readonly Words[]): Words {
  const merged: Words = {}
  const into = (target: Words, source: Words, path: string) => {
    for (const [key, value] of Object.entries(source)) {
      const present = target[key]
      if (present === undefined) {
        if (typeof value === 'string') target[key] = value
        else {
          const branch: Words = {}
          target[key] = branch
          into(branch, value, `${path}${key}.`)
        }
      } else if (typeof present === 'string' || typeof value === 'string')
        throw new Error(`The words "${path}${key}" are defined twice.`)
      else into(present, value, `${path}${key}.`)
    }
  }
  for (const part of parts) into(merged, part, '')
  return merged
}

void i18next.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: mergeWords(Object.values(files)) } },
  interpolation: { escapeValue: false },
  initAsync: false,
})

/** The words for a key of words/en/*.json, with `{{values}}` filled in and plurals by `count`. */
export const t = (key: string, values?: Record<string, string | number>): string =>
  i18next.t(key, values ?? {})

/** Whether there are words for a key. */
export const hasWords = (key: string): boolean => i18next.exists(key)
