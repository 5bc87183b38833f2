import { MAX_NEAR } from '@contract'
import { type FieldValue, numberIn } from './field-values'

/**
 * What stands in the index, and how the tokenizer cuts it. Content and query go through the same function, so
 * that they are cut alike. Everything here is decided by fixed ranges of characters and nothing by the runtime's
 * own Unicode tables: deleting from the index needs the very text that was inserted, and Node 20 and 24 disagree
 * on what an emoji is. A change here needs a new `TEXT_VERSION` (search-index.ts).
 *
 * Private-use characters carry what ordinary text never needs:
 *   U+E000 a token of its own between turns, more often than NEAR looks far: neither reaches over the end of a turn
 *   U+E001 an invisible gap around characters that are words by themselves
 *   U+E002, U+E003 the borders of a match, put in by highlight()
 *   U+E010 the beginning of a facet's token, which nothing typed can be equal to
 *   U+E011 an escaped character inside a facet's token
 */
export const TURN_END = '\uE000'
export const GAP = '\uE001'
export const MATCH_OPEN = '\uE002'
export const MATCH_CLOSE = '\uE003'
/** Columns of `search`; `search_words` has one, of all of them. */
export const COLUMNS = ['agent', 'caller', 'other', 'summary', 'numbers', 'facets'] as const
export type Column = (typeof COLUMNS)[number]

/** Between the turns of a column. */
export const BORDER = `\n${Array.from({ length: MAX_NEAR + 1 }, () => TURN_END).join(' ')}\n`
const FACET = '\uE010'
const ESCAPE = '\uE011'

/** Emoji and pictographs: token characters, each a token by itself. */
const EMOJI: readonly (readonly [number, number])[] = [
  [0x231a, 0x231b],
  [0x23e9, 0x23f3],
  [0x2600, 0x27bf],
  [0x2b05, 0x2b07],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2b55, 0x2b55],
  [0x1f000, 0x1faff],
]

/** Scripts written without spaces: each character is a token, and a word is found as a phrase of them. */
const UNSPACED: readonly (readonly [number, number])[] = [
  [0x0e00, 0x0eff], // Thai, Lao
  [0x1000, 0x109f], // Burmese
  [0x1780, 0x17ff], // Khmer
  [0x3005, 0x3007],
  [0x3040, 0x30ff], // Hiragana, Katakana
  [0x31f0, 0x31ff],
  [0x3400, 0x4dbf], // Han
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0xff66, 0xff9f],
  [0x20000, 0x3ffff],
]

const classOf = (ranges: readonly (readonly [number, number])[]): string =>
  ranges.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join('')

const ALONE = new RegExp(`[${classOf([...EMOJI, ...UNSPACED])}]`, 'gu')
// U+E000 is let through where the view put it; the text of a turn has lost it before (see VIEW).
const RESERVED = /[\0\uE001-\uE0FF]/g
const NEEDS_WORK = new RegExp(`[\\0\\uE001-\\uE0FF${classOf([...EMOJI, ...UNSPACED])}]`, 'u')
const TOKEN = new RegExp(`[\\p{L}\\p{N}\\p{Mn}\\p{Mc}${classOf(EMOJI)}]`, 'u')

/** A text as the index has it. Its UTF-16 length without the gaps is that of the text. */
export function indexable(text: string): string {
  if (!NEEDS_WORK.test(text)) return text
  return text.replace(RESERVED, '\uFFFD').replace(ALONE, `${GAP}$&${GAP}`)
}

/** What a person typed, as the index would have it: no character of it can be one of ours. */
export const indexableQuery = (text: string): string => indexable(text.replaceAll(TURN_END, '\uFFFD'))

/**
 * Whether the tokenizer makes exactly one token of it: decided for scripts of which everybody's tables agree; of
 * others it says no. What is more than one token is a phrase, which the index of words can't find.
 */
export const isOneToken = (text: string): boolean => ONE_TOKEN.test(text)
const LETTERS =
  '0-9A-Za-z\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0391-\\u03a1\\u03a3-\\u03c9\\u03ac-\\u03ce\\u0400-\\u0481\\u048a-\\u04ff\\u05d0-\\u05ea\\u0621-\\u064a\\u0660-\\u0669\\u0904-\\u0939\\u0958-\\u0961'
const SIGNS = '\\u0300-\\u036f\\u093e-\\u094d'
const ONE_TOKEN = new RegExp(`^[${LETTERS}][${LETTERS}${SIGNS}]*$`)

/** Takes the gaps out again. */
export const withoutGaps = (text: string): string => text.replaceAll(GAP, '')

/** Whether the tokenizer finds anything in it ("---" and "!" have nothing that could be found). */
export const hasToken = (text: string): boolean => TOKEN.test(text)

/**
 * FTS5's tokenizer: words whole in Devanagari, Tamil and their kin (vowel signs are `Mn`, `Mc`), case and
 * accents folded, emoji findable. SQLite's table knows no more than the first and last private-use character, so
 * ours are named one by one. The variation selectors are `Mn` too, and must not be words.
 */
export const TOKENIZER = `unicode61 remove_diacritics 2 categories 'L* N* Mn Mc' tokenchars '${TURN_END}${FACET}${ESCAPE}${everyCharacter(EMOJI)}' separators '\uFE0E\uFE0F${GAP}${MATCH_OPEN}${MATCH_CLOSE}'`

function everyCharacter(ranges: readonly (readonly [number, number])[]): string {
  let all = ''
  for (const [from, to] of ranges) for (let code = from; code <= to; code++) all += String.fromCodePoint(code)
  return all
}

/** What can be filtered by through the index: the letter that its tokens begin with. */
export const FACETS = {
  vendor: 'v',
  connection: 'c',
  campaign: 'k',
  status: 's',
  sentiment: 'm',
  goal: 'g',
  redirect: 'r',
  from: 'f',
  to: 't',
  speaker: 'p',
} as const
export type IndexedField = keyof typeof FACETS

/** The token that every call has: FTS5 has no query of exclusions alone. */
export const EVERY_CALL = `${FACET}a`
/** The token that no call has. */
export const NO_CALL = `${FACET}z`

const MAX_VALUE_LENGTH = 300

/**
 * The token of a value. Ids are kept apart whatever they are made of; a vendor's words are the same in any
 * spelling ("In progress", "in_progress", "in-progress"); numbers are their digits.
 */
export function facetToken(field: IndexedField, value: string): string {
  const known = tokens[field].get(value)
  if (known !== undefined) return known
  const token = spelledToken(field, value)
  // Calls come with the same few values again and again; numbers and names that are all different need a bound.
  if (tokens[field].size >= KNOWN_TOKENS) tokens[field].clear()
  tokens[field].set(value, token)
  return token
}

const KNOWN_TOKENS = 1000
const tokens = Object.fromEntries(
  Object.keys(FACETS).map((field) => [field, new Map<string, string>()]),
) as Record<IndexedField, Map<string, string>>

function spelledToken(field: IndexedField, value: string): string {
  const text = value.slice(0, MAX_VALUE_LENGTH).replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return `${FACET}${FACETS[field]}${SPELLING[field](text)}`
}

const escaped = (text: string): string =>
  text.replace(
    /[^a-z0-9]/gu,
    (character) => `${ESCAPE}${(character.codePointAt(0) ?? 0).toString(16)}${ESCAPE}`,
  )
/** What a token of ours stands for, as far as its spelling was kept: behind its letter, or behind the path of a value. */
export const tokenText = (token: string): string =>
  token
    .slice(token.lastIndexOf(FACET) + (token.lastIndexOf(FACET) === 0 ? 2 : 1))
    .replace(new RegExp(`${ESCAPE}([0-9a-f]{1,6})${ESCAPE}`, 'g'), (_, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
const asWord = (text: string): string => escaped(text.replace(/[\s_.-]+/g, ''))
const asNumber = (text: string): string => {
  const digits = text.replace(/[^0-9]/g, '')
  return digits !== '' && !/[a-z]/.test(text) ? digits : asWord(text)
}
const SPELLING: Record<IndexedField, (text: string) => string> = {
  vendor: asWord,
  connection: escaped,
  campaign: escaped,
  status: asWord,
  sentiment: asWord,
  goal: asWord,
  redirect: asWord,
  from: asNumber,
  to: asNumber,
  speaker: asWord,
}

/** The token of every call that has a value there at all. */
export const pathToken = (field: FieldValue['field'], path: string): string =>
  `${FACET}e${escaped(`${field}.${path}`)}`

/** The token of a value of a field of the vendor; its case and what separates its words don't count. */
export function valueToken(field: FieldValue['field'], path: string, value: FieldValue['value']): string {
  const number = numberIn(value)
  const text = number === null ? folded(String(value)) : String(number)
  return `${FACET}d${escaped(`${field}.${path}`)}${FACET}${asWord(text.slice(0, MAX_VALUE_LENGTH))}`
}

/** Words of a longer value that are found by themselves. */
const MAX_VALUE_WORDS = 30

/** What is found of the vendor's other fields: that there is a value, the whole value, and its single words. */
export function fieldTokens(values: readonly FieldValue[]): Set<string> {
  const tokens = new Set<string>()
  for (const { field, path, value } of values) {
    tokens.add(pathToken(field, path))
    tokens.add(valueToken(field, path, value))
    if (typeof value !== 'string') continue
    const words = folded(value).split(VALUE_BORDER, MAX_VALUE_WORDS + 1)
    if (words.length > 1) for (const word of words) if (word !== '') tokens.add(valueToken(field, path, word))
  }
  return tokens
}

const VALUE_BORDER = /[\s,.;:!?()"/]+/

/** Case and the accents of Latin letters aside; by fixed ranges. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .trim()

/** The facet column of a call; `redirects` and `speakers` are separated by `TURN_END`. */
export function facetText(
  values: Partial<Record<IndexedField, string | null>>,
  fields: readonly FieldValue[],
): string {
  const tokens = [EVERY_CALL, ...fieldTokens(fields)]
  for (const [field, value] of Object.entries(values) as [IndexedField, string | null][]) {
    if (value === null || value === '') continue
    if (field === 'redirect' || field === 'speaker')
      for (const one of value.split(TURN_END)) tokens.push(facetToken(field, one))
    else tokens.push(facetToken(field, value))
  }
  return tokens.join(' ')
}

/** The column of ids and phone numbers, each once, the numbers as digits alone too; separated like turns. */
export function numberText(values: readonly (string | null)[]): string {
  const parts = new Set<string>()
  for (const value of values) {
    if (value === null || value.trim() === '') continue
    parts.add(indexableQuery(value.trim()))
    const digits = value.replace(/[^0-9]/g, '')
    if (digits.length >= 5 && !/[A-Za-z]/.test(value)) parts.add(digits)
  }
  return [...parts].join(BORDER)
}

/** Everything that can be found of a call, for the index of words: its columns, one behind the other. */
export const wordsText = (columns: readonly string[]): string => columns.join('\n').replaceAll(BORDER, '\n')
