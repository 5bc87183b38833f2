/**
 * What stands in the index, and how the tokenizer cuts it. Content and query go through the same function, so
 * that they are cut alike. Everything here is decided by fixed ranges of characters and nothing by the runtime's
 * own Unicode tables: deleting from the index needs the very text that was inserted, and Node 20 and 24 disagree
 * on what an emoji is. A change here needs a new `TEXT_VERSION` (search-index.ts).
 *
 * Private-use characters carry what ordinary text never needs:
 *   U+E000 a token of its own between turns, so that no phrase reaches over the end of a turn
 *   U+E001 an invisible gap around characters that are words by themselves
 *   U+E002, U+E003 the borders of a match, put in by highlight()
 *   U+E010 the beginning of a facet's token, which nothing typed can be equal to
 *   U+E011 an escaped character inside a facet's token
 */
export const TURN_END = '\uE000'
export const GAP = '\uE001'
export const MATCH_OPEN = '\uE002'
export const MATCH_CLOSE = '\uE003'
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
  const text = value.slice(0, MAX_VALUE_LENGTH).replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return `${FACET}${FACETS[field]}${SPELLING[field](text)}`
}

const escaped = (text: string): string =>
  text.replace(
    /[^a-z0-9]/gu,
    (character) => `${ESCAPE}${(character.codePointAt(0) ?? 0).toString(16)}${ESCAPE}`,
  )
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
}

/** The facet column of a call; `redirects` are separated by `TURN_END`. */
export function facetText(values: Partial<Record<IndexedField, string | null>>): string {
  const tokens = [EVERY_CALL]
  for (const [field, value] of Object.entries(values) as [IndexedField, string | null][]) {
    if (value === null || value === '') continue
    if (field === 'redirect') for (const one of value.split(TURN_END)) tokens.push(facetToken(field, one))
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
  return [...parts].join(`\n${TURN_END}\n`)
}
