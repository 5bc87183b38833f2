import type { FieldName, FilterTerm, Place, Term } from './ast'
import { FIELDS } from './fields'
import { parseQuery } from './parse'

/** `field:value` as it is written into the box, with quotes where the value needs them. */
export function filterText(field: FieldName, value: string): string {
  const needsQuotes = FIELDS[field].kind === 'text' && /[\s"*]/.test(value)
  return `${field}:${needsQuotes ? `"${value.replaceAll('"', '""')}"` : value}`
}

/** The filters in the box, for chips and menus. */
export function filtersOf(text: string): FilterTerm[] {
  return parseQuery(text).terms.filter((term) => term.kind === 'filter')
}

/** The text without one of its terms (a chip was closed). */
export function withoutTerm(text: string, { from, to }: Place): string {
  return text.slice(0, from) + text.slice(to).replace(/^\s+/, '')
}

/**
 * The text with this value as the field's only one: in the place of the first that it had, else before everything,
 * so that a word or phrase being typed at the end stays as it is. `value: null` takes the field's filters away.
 * Excluding filters (`-field:…`) stay.
 */
export function withFilter(text: string, field: FieldName, value: string | null): string {
  const old = filtersOf(text).filter((filter) => filter.field === field && !filter.isNegated)
  let result = text
  for (const filter of old.slice(value === null ? 0 : 1).reverse()) result = withoutTerm(result, filter)
  if (value === null) return result
  const first = old[0]
  const filter = filterText(field, value)
  if (!first) return `${filter} ${result.trimStart()}`
  const after = result.slice(first.to)
  // At the end of the box a value would count as still being typed.
  return `${result.slice(0, first.from)}${filter}${after === '' ? ' ' : after}`
}

/** The terms as text that is understood as the same terms. */
export function printQuery(terms: readonly Term[]): string {
  return terms.map((term) => `${term.isNegated ? '-' : ''}${printTerm(term)} `).join('')
}

function printTerm(term: Term): string {
  const star = 'isPrefix' in term && term.isPrefix ? '*' : ''
  if (term.kind === 'word') return `${term.text}${star}`
  if (term.kind === 'phrase') return `"${term.text}"${star}`
  if (term.value.kind !== 'text') return `${term.field}:${term.raw}`
  return `${filterText(term.field, term.value.text)}${term.value.isPrefix ? '*' : ''}`
}
