import type { AndGroup, FieldName, FilterTerm, Place, QueryNode } from './ast'
import { FIELDS } from './fields'
import { parseQuery } from './parse'

/** `field:value` as it is written into the box, with quotes where the value needs them. */
export function filterText(field: FieldName, value: string, path: string | null = null): string {
  const isText = FIELDS[field].kind === 'text' || FIELDS[field].kind === 'any'
  const needsQuotes = isText && /[\s"*()]/.test(value)
  const name = path === null ? field : `${field}.${path}`
  return `${name}:${needsQuotes ? `"${value.replaceAll('"', '""')}"` : value}`
}

/** The filters that hold for the whole query, for chips and menus. */
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
  if (!first) return `${filter} ${inOneGroup(result.trimStart())}`
  const after = result.slice(first.to)
  // At the end of the box a value would count as still being typed.
  return `${result.slice(0, first.from)}${filter}${after === '' ? ' ' : after}`
}

/** Alternatives in brackets, so that what is put beside them holds for all; still open while the last word is typed. */
function inOneGroup(text: string): string {
  const [only] = parseQuery(text).root.nodes
  if (only?.kind !== 'or' || text[only.from] === '(' || only.isNegated) return text
  return /\s$/.test(text) ? `(${text.trimEnd()}) ` : `(${text}`
}

/** The query as text that is understood as the same query. */
export function printQuery(root: AndGroup): string {
  return root.nodes.map((node) => `${printNode(node)} `).join('')
}

function printNode(node: QueryNode): string {
  const sign = node.isNegated ? '-' : ''
  if (node.kind === 'and') return `${sign}(${node.nodes.map(printNode).join(' ')})`
  if (node.kind === 'or') return `${sign}(${node.nodes.map(printNode).join(' OR ')})`
  if (node.kind === 'near')
    return `${sign}NEAR(${node.phrases.map((phrase) => (isPlain(phrase.text) ? printWord(phrase) : printPhrase(phrase))).join(' ')}, ${node.distance})`
  if (node.kind === 'word') return `${sign}${printWord(node)}`
  if (node.kind === 'phrase') return `${sign}${printPhrase(node)}`
  if (node.value.kind !== 'text') {
    const name = node.path === null ? node.field : `${node.field}.${node.path}`
    return `${sign}${name}:${node.raw}`
  }
  return `${sign}${filterText(node.field, node.value.text, node.path)}${node.value.isPrefix ? '*' : ''}`
}

const isPlain = (text: string): boolean => !/[\s"(),]/.test(text)
const printWord = ({ text, isPrefix }: { text: string; isPrefix: boolean }): string =>
  `${text}${isPrefix ? '*' : ''}`
const printPhrase = ({ text, isPrefix }: { text: string; isPrefix: boolean }): string =>
  `"${text}"${isPrefix ? '*' : ''}`
