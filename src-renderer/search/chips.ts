import { type FilterTerm, filtersOf } from '@contract/query'
import { t } from '../app/words'

/** What a chip says of a filter: "sentiment: negative", "without status: failed". */
export function chipText(filter: FilterTerm): string {
  const { value } = filter
  const shown =
    value.kind === 'text'
      ? `${value.text}${value.isPrefix && filter.raw.endsWith('*') ? '…' : ''}`
      : value.kind === 'choice'
        ? value.choice
        : filter.raw
  return t(filter.isNegated ? 'search.chip.without' : 'search.chip.with', {
    field: t(`search.field.${filter.field}`),
    value: t(`search.value.${filter.field}.${shown}`, { defaultValue: shown }),
  })
}

/** The value of a field's one filter, as written into the box; null when it has none or several. */
export function onlyValue(text: string, field: FilterTerm['field']): string | null {
  const filters = filtersOf(text).filter((filter) => filter.field === field && !filter.isNegated)
  const value = filters.length === 1 ? filters[0]?.value : undefined
  if (!value) return null
  if (value.kind === 'text') return value.text
  return value.kind === 'choice' ? value.choice : (filters[0]?.raw ?? null)
}
