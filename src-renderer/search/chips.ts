import { type FilterTerm, filtersOf } from '@contract/query'
import { hasWords, t } from '../app/words'

/** Fields whose values are understood without the field's name. */
const SPEAKS_FOR_ITSELF = new Set<FilterTerm['field']>([
  'source',
  'connection',
  'campaign',
  'status',
  'sentiment',
  'date',
  'has',
  'recording',
  'kept',
  'reviewed',
  'changed',
])

/** What a chip says of a filter: "negative", "not completed", "score: <70". */
export function chipText(filter: FilterTerm): string {
  const { value } = filter
  const shown =
    value.kind === 'text'
      ? `${value.text}${value.isPrefix && filter.raw.endsWith('*') ? '…' : ''}`
      : value.kind === 'choice'
        ? value.choice
        : filter.raw
  const key = `search.value.${filter.field}.${shown}`
  const words = hasWords(key) ? t(key) : shown
  const said = SPEAKS_FOR_ITSELF.has(filter.field)
    ? words
    : t('search.chip.with', { field: t(`search.field.${filter.field}`), value: words })
  return filter.isNegated ? t('search.chip.without', { filter: said }) : said
}

/** The value of a field's one filter, as written into the box; null when it has none or several. */
export function onlyValue(text: string, field: FilterTerm['field']): string | null {
  const filters = filtersOf(text).filter((filter) => filter.field === field && !filter.isNegated)
  const value = filters.length === 1 ? filters[0]?.value : undefined
  if (!value) return null
  if (value.kind === 'text') return value.text
  return value.kind === 'choice' ? value.choice : (filters[0]?.raw ?? null)
}
