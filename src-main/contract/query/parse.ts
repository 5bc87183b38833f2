import type { QueryProblem } from '../search'
import type { FilterTerm, ParsedQuery, Term } from './ast'
import { FIELD_NAMES, FIELDS, fieldNamed } from './fields'
import { readValue } from './values'

const SPACE = /\s+/y
const NAME = /([A-Za-z][A-Za-z_.]*):(?!\/\/)/y
const WORD = /[^\s"]+/y
const VALUE = /[^\s]*/y

/**
 * Understands the text of the search box. Never throws: what is still being typed is left out or taken as
 * begun, what is wrong is left out and told. Positions are UTF-16 offsets in `text`.
 */
export function parseQuery(text: string): ParsedQuery {
  const terms: Term[] = []
  const problems: QueryProblem[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at = pattern.lastIndex
    return match
  }
  const takeStar = (): boolean => {
    if (text[at] !== '*') return false
    at += 1
    return true
  }

  while (at < text.length) {
    if (take(SPACE)) continue
    const from = at
    const isNegated = text[at] === '-' && at + 1 < text.length && !/\s/.test(text[at + 1] ?? ' ')
    if (isNegated) at += 1

    if (text[at] === '"') {
      const quoted = readQuoted(text, at, false)
      at = quoted.to
      const isPrefix = quoted.isOpen ? !isNegated && !/\s$/.test(quoted.text) : takeStar()
      if (quoted.text.trim() !== '')
        terms.push({ kind: 'phrase', text: quoted.text, isPrefix, isNegated, from, to: at })
      continue
    }

    const nameFrom = at
    const name = take(NAME)?.[1]
    if (name !== undefined) {
      const field = fieldNamed(name)
      const begin = at
      const quoted = text[at] === '"' ? readQuoted(text, at, true) : null
      if (quoted) at = quoted.to
      const isStarred = quoted ? !quoted.isOpen && takeStar() : false
      const plain = quoted ? '' : (take(VALUE)?.[0] ?? '')
      const raw = text.slice(begin, at)
      if (field === null && !/^\**$/.test(raw)) {
        problems.push({ from, to: at, message: unknownField(name) })
        continue
      }
      if (field !== null) {
        const isTyping = at === text.length && (quoted ? quoted.isOpen : !plain.endsWith('*'))
        const isBegun = isTyping || isStarred || plain.endsWith('*')
        const value = readValue(field, quoted ? quoted.text : plain.replace(/\*+$/, ''), isBegun)
        if (typeof value !== 'string') {
          terms.push({ kind: 'filter', field, value, raw, isNegated, from, to: at } satisfies FilterTerm)
        } else if (value === 'bad' || !isTyping) {
          problems.push({ from, to: at, message: `Expected ${FIELDS[field].expected}.` })
        }
        continue
      }
      at = nameFrom
    }

    const word = take(WORD)?.[0] ?? ''
    const stem = word.replace(/\*+$/, '')
    const isPrefix = stem !== word || (at === text.length && !isNegated)
    if (stem !== '' && stem !== '-')
      terms.push({ kind: 'word', text: stem, isPrefix, isNegated, from, to: at })
  }
  return { terms, problems }
}

const unknownField = (name: string): string =>
  `There is no filter "${name}:". There are ${FIELD_NAMES.join(', ')}. To search for the words, put them in quotes.`

/** What stands between the quote at `from` and the next (or the end); with `doubled`, `""` is a quote in it. */
function readQuoted(
  text: string,
  from: number,
  doubled: boolean,
): { text: string; to: number; isOpen: boolean } {
  let inside = ''
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] !== '"') inside += text[at]
    else if (doubled && text[at + 1] === '"') {
      inside += '"'
      at += 1
    } else return { text: inside, to: at + 1, isOpen: false }
  }
  return { text: inside, to: text.length, isOpen: true }
}
