import type { Turn } from '@contract'

/** A word of a turn: UTF-16 offsets [from, to) in its text, and when it is said, seconds. */
export interface Word {
  from: number
  to: number
  startSec: number
  endSec: number
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/** A syllable of a word in Latin, Cyrillic or Greek letters is a group of vowels; elsewhere about every letter is one. */
const VOWELS = /[aeiouyäöüàâáãåæéèêëíìîïóòôõøœúùûýÿаеёиоуыэюяіїєαειουηω]+/giu
const ALPHABETIC = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u
/** A digit is read out as a word. */
const DIGIT_LENGTH = 6
const SYLLABLE_LENGTH = 3
/** The pause at a punctuation mark inside a turn. */
const PAUSE_LENGTH = 5

/** How long a word takes, beside others: three for a syllable and one for a letter. */
function lengthOf(word: string): number {
  const digits = word.match(/\p{N}/gu)?.length ?? 0
  const letters = word.match(/\p{L}/gu)?.length ?? 0
  const syllables = ALPHABETIC.test(word) ? (word.match(VOWELS)?.length ?? 1) : letters
  return Math.max(1, SYLLABLE_LENGTH * syllables + letters + DIGIT_LENGTH * digits)
}

/**
 * When each word of a text is said, if the text is said evenly from `startSec` to `endSec`: by syllables and letters,
 * with a pause after punctuation. Words are found in any script. In order, without overlap.
 */
export function wordTimes(text: string, startSec: number, endSec: number): Word[] {
  const parts: { from: number; to: number; length: number; pause: number }[] = []
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike)
      parts.push({ from: index, to: index + segment.length, length: lengthOf(segment), pause: 0 })
    else {
      const last = parts.at(-1)
      if (last && /\p{P}/u.test(segment)) last.pause = PAUSE_LENGTH
    }
  }
  const last = parts.at(-1)
  if (!last || !(endSec > startSec)) return []
  // What follows the last word is no pause of this turn.
  last.pause = 0
  const total = parts.reduce((sum, { length, pause }) => sum + length + pause, 0)
  const perUnit = (endSec - startSec) / total
  let at = startSec
  return parts.map(({ from, to, length, pause }) => {
    const word = { from, to, startSec: at, endSec: at + length * perUnit }
    at = word.endSec + pause * perUnit
    return word
  })
}

/** How many words have begun at `sec` (binary search). */
function begunAt(words: readonly Word[], sec: number): number {
  let low = 0
  let high = words.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((words[middle]?.startSec ?? 0) <= sec) low = middle + 1
    else high = middle
  }
  return low
}

/** The word that is heard at `sec`, in a pause the one before; null outside of the turn. */
export function wordAt(words: readonly Word[], sec: number): Word | null {
  const end = words.at(-1)?.endSec
  return end === undefined || sec >= end ? null : (words[begunAt(words, sec) - 1] ?? null)
}

/** The word at an offset of the text: the one there, else the next; after the last, the last. */
export const wordAtOffset = (words: readonly Word[], offset: number): Word | null =>
  words.find((word) => offset < word.to) ?? words.at(-1) ?? null

/** When the words between two offsets of a turn are said, seconds; null when it is not known when the turn was. */
export function timeOfQuote(
  turn: Turn,
  endSec: number | null,
  quoteStart: number,
  quoteEnd: number,
): { startSec: number; endSec: number } | null {
  if (turn.startSec === null || endSec === null) return null
  const words = wordTimes(turn.text, turn.startSec, endSec)
  const said = words.filter((word) => word.to > quoteStart && word.from < quoteEnd)
  const [first] = said
  const last = said.at(-1)
  return first && last ? { startSec: first.startSec, endSec: last.endSec } : null
}
