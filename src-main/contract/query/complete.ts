import type { FieldName, Place } from './ast'
import { filterText } from './edit'
import { FIELD_NAMES, fieldNamed, hasPath } from './fields'
import { parseQuery } from './parse'
import { normalPath } from './paths'

/** What is being typed where the cursor stands, and which characters of the box a suggestion takes the place of. */
export type Typing = Place &
  (
    | { kind: 'word'; begun: string }
    /** Behind `data.` or `qa.`: a path, as `normalPath` makes it. */
    | { kind: 'path'; field: FieldName; begun: string }
    | { kind: 'value'; field: FieldName; path: string | null; begun: string }
  )

const TOKEN = /\s+|[()]|"[^"]*"?\*?|[^\s"()]+/y
const FIELD = /^-?([\p{L}][\p{L}\p{M}\p{N}_.-]*):/u

/**
 * What stands at the cursor (a UTF-16 offset): a word or field name, a path, or a value; null where nothing can be
 * suggested: in a phrase, between words, inside of NEAR(…).
 */
export function typingAt(text: string, cursor: number): Typing | null {
  let near = 0
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const filter = near === 0 ? filterAt(text, at, depth) : null
    if (filter) {
      if (cursor > at && cursor <= filter.to) return filter.typing(cursor)
      at = filter.to
      continue
    }
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0] ?? text.slice(at)
    const to = at + token.length
    if (near > 0) near += token === '(' ? 1 : token === ')' ? -1 : 0
    else if (token === 'NEAR' && text[to] === '(') {
      near = 1
      at = to + 1
      continue
    }
    if (token === '(') depth += 1
    if (token === ')') depth = Math.max(0, depth - 1)
    if (near === 0 && cursor > at && cursor <= to && /^[^\s"()]/.test(token)) {
      const sign = token.startsWith('-') ? 1 : 0
      const begun = text.slice(at + sign, cursor)
      return begun === '' ? null : pathOrWord({ from: at + sign, to }, begun)
    }
    at = to
  }
  return null
}

/** `data.amo` has no colon yet, and still is no word. */
function pathOrWord(place: Place, begun: string): Typing {
  const dot = begun.indexOf('.')
  const field = dot < 0 ? null : fieldNamed(begun.slice(0, dot))
  if (field !== null && hasPath(field))
    return { ...place, kind: 'path', field, begun: normalPath(begun.slice(dot + 1)) }
  return { ...place, kind: 'word', begun }
}

function filterAt(
  text: string,
  at: number,
  depth: number,
): { to: number; typing: (cursor: number) => Typing | null } | null {
  // A field begins a word; what is glued behind one is a part of it.
  if (at > 0 && !/[\s()"]/.test(text[at - 1] ?? '')) return null
  const match = FIELD.exec(text.slice(at, at + 300))
  const name = match?.[1] ?? ''
  const dot = name.indexOf('.')
  const field = match ? fieldNamed(dot < 0 ? name : name.slice(0, dot)) : null
  if (!match || field === null || hasPath(field) !== dot >= 0) return null
  const sign = match[0].startsWith('-') ? 1 : 0
  const from = at + sign
  const colon = at + match[0].length
  const to = valueEnd(text, colon, depth)
  const path = dot < 0 ? null : normalPath(name.slice(dot + 1))
  return {
    to,
    typing: (cursor) => {
      if (cursor < colon)
        return cursor <= from ? null : pathOrWord({ from, to: colon }, text.slice(from, cursor))
      const begun = text.slice(colon, cursor).replace(/^"/, '').replaceAll('""', '"')
      return { kind: 'value', field, path, begun: begun.replace(/\*+$/, ''), from, to }
    },
  }
}

function valueEnd(text: string, from: number, depth: number): number {
  let at = from
  if (text[at] === '"') {
    for (at += 1; at < text.length; at += 1) {
      if (text[at] !== '"') continue
      if (text[at + 1] !== '"') return text[at + 1] === '*' ? at + 2 : at + 1
      at += 1
    }
    return at
  }
  let open = 0
  for (; at < text.length && !/\s/.test(text[at] ?? ''); at += 1) {
    if (text[at] === '(') open += 1
    if (text[at] !== ')') continue
    if (open === 0 && depth > 0) break
    open -= 1
  }
  return at
}

/** Fields whose name begins like this, in the order in which menus offer them; those with paths end in a dot. */
export function fieldsBegun(begun: string): FieldName[] {
  const lower = begun.toLowerCase()
  return FIELD_NAMES.filter((field) => field.startsWith(lower))
}

/** `field:value` for the box; null where the language has no way to say this value, so that it is not offered. */
export function offeredFilter(field: FieldName, value: string, path: string | null = null): string | null {
  const text = filterText(field, value, path)
  // With a space: at the end of the box a value would count as begun.
  const { terms, problems } = parseQuery(`${text} `)
  const [only] = terms
  if (problems.length > 0 || terms.length !== 1 || only?.kind !== 'filter') return null
  if (only.field !== field || only.path !== path || only.isNegated) return null
  if (only.value.kind === 'text') return only.value.text === value && !only.value.isPrefix ? text : null
  if (only.value.kind === 'choice') return only.value.choice === value ? text : null
  // Where any text is a value, `<5` is a comparison and no way to say the text.
  return only.raw === value && !hasPath(field) ? text : null
}

/** Whether it is a field without its value, or the beginning of a path: typing goes on right behind it. */
export const isOpenField = (insert: string): boolean =>
  /^[a-z]+(?:\.[\p{L}\p{N}_.]+)?:$|^[a-z]+\.$/u.test(insert)

/** The box after a suggestion was taken, and where the cursor then stands. */
export function completed(
  text: string,
  { from, to }: Place,
  insert: string,
): { text: string; cursor: number } {
  const isOpen = isOpenField(insert)
  const after = text.slice(to)
  const gap = isOpen || /^[\s)]/.test(after) ? '' : ' '
  // Behind a finished value the cursor goes on behind the space.
  const step = isOpen || after.startsWith(')') ? 0 : 1
  return { text: `${text.slice(0, from)}${insert}${gap}${after}`, cursor: from + insert.length + step }
}
