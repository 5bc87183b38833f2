import type { Speaker } from '@contract'
import { MATCH_CLOSE, MATCH_OPEN } from './index-text'
import { type CallText, numbersOf } from './turns-of'

/** Words side by side that are looked for, as FTS5 cuts them; the last may be a beginning alone. */
export interface PlainMark {
  /** ASCII letters and digits, in lower case; at least one. */
  words: readonly string[]
  isPrefix: boolean
  /** Whose words count; null: everybody's, and what nobody said. */
  speakers: readonly Speaker[] | null
}

/**
 * ASCII, and what no table calls a letter, a digit or a sign on one: spaces, quotation marks, dashes, currencies. FTS5 cuts
 * such a text at everything but ASCII's letters and digits.
 */
const PLAIN =
  /^[\t\n\r\x20-\x7e\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u20a0-\u20c0]*$/
const WORD = /[a-z0-9]+/g

/** What is looked for; null where only FTS5 knows what a word of it is. */
export function plainMark(
  text: string,
  isPrefix: boolean,
  speakers: PlainMark['speakers'],
): PlainMark | null {
  if (!PLAIN.test(text)) return null
  const words = text.toLowerCase().match(WORD)
  return words === null ? null : { words, isPrefix, speakers }
}

/** Whether a call can be marked here. */
export const isPlainCall = (call: CallText): boolean =>
  PLAIN.test(call.summary) &&
  numbersOf(call).every((number) => PLAIN.test(number)) &&
  call.turns.every(({ text }) => PLAIN.test(text))

/** Marks ready to be looked for in many texts. */
export interface PlainMarker {
  /** Single words: no two matches share one. */
  single: RegExp | null
  /** Words side by side, each as an expression that says whether it is there at all. */
  phrases: readonly { mark: PlainMark; isThere: RegExp }[]
  all: readonly PlainMark[]
}

const pattern = ({ words, isPrefix }: PlainMark): string =>
  `${words.join('[^a-z0-9]+')}${isPrefix ? '[a-z0-9]*' : '(?![a-z0-9])'}`
const expression = (marks: readonly PlainMark[], flags: string): RegExp =>
  new RegExp(`(?<![a-z0-9])(?:${marks.map(pattern).join('|')})`, flags)

export function plainMarker(all: readonly PlainMark[]): PlainMarker {
  const single = all.filter(({ words }) => words.length === 1)
  return {
    single: single.length === 0 ? null : expression(single, 'g'),
    phrases: all
      .filter(({ words }) => words.length > 1)
      .map((mark) => ({ mark, isThere: expression([mark], '') })),
    all,
  }
}

/**
 * A plain text with its matches put between `MATCH_OPEN` and `MATCH_CLOSE`, as FTS5's highlight() does it: matches that
 * share a word are one (sqlite.org/fts5.html, "The highlight() function"). A page of snippets is marked in a fifth of the time.
 */
export function markPlain(text: string, { single, phrases, all }: PlainMarker): string {
  const lower = text.toLowerCase()
  if (phrases.some(({ isThere }) => isThere.test(lower))) return markPhrases(text, lower, all)
  if (single === null) return text
  let marked = ''
  let done = 0
  for (const { 0: word, index } of lower.matchAll(single)) {
    const to = index + word.length
    marked += `${text.slice(done, index)}${MATCH_OPEN}${text.slice(index, to)}${MATCH_CLOSE}`
    done = to
  }
  return done === 0 ? text : marked + text.slice(done)
}

/** The same where matches may share words: word by word. */
function markPhrases(text: string, lower: string, marks: readonly PlainMark[]): string {
  const words = [...lower.matchAll(WORD)].map(({ 0: word, index }) => ({ word, from: index }))
  let marked = ''
  let done = 0
  for (let at = 0; at < words.length; ) {
    let end = lengthAt(words, at, marks)
    if (end === 0) {
      at += 1
      continue
    }
    end += at
    for (let next = at + 1; next < end; next += 1) end = Math.max(end, next + lengthAt(words, next, marks))
    const from = words[at]?.from ?? 0
    const last = words[end - 1]
    const to = last ? last.from + last.word.length : from
    marked += `${text.slice(done, from)}${MATCH_OPEN}${text.slice(from, to)}${MATCH_CLOSE}`
    done = to
    at = end
  }
  return marked + text.slice(done)
}

/** How many words the longest match takes that begins at this one; 0: none does. */
function lengthAt(text: readonly { word: string }[], at: number, marks: readonly PlainMark[]): number {
  let longest = 0
  for (const { words, isPrefix } of marks) {
    if (words.length <= longest || at + words.length > text.length) continue
    const isHere = words.every((word, i) =>
      isPrefix && i === words.length - 1 ? text[at + i]?.word.startsWith(word) : text[at + i]?.word === word,
    )
    if (isHere) longest = words.length
  }
  return longest
}
