import { partitionPoint } from '@contract'
/** A word of a turn: UTF-16 offsets [from, to) in its text, and when it is said, seconds. */
export interface Word {
  from: number
  to: number
  startSec: number
  endSec: number
}

/** Seconds. */
interface Stretch {
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

interface Part {
  from: number
  to: number
  length: number
  pause: number
}

const partsOf = (text: string): Part[] => {
  const parts: Part[] = []
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike)
      parts.push({ from: index, to: index + segment.length, length: lengthOf(segment), pause: 0 })
    else {
      const last = parts.at(-1)
      if (last && /\p{P}/u.test(segment)) last.pause = PAUSE_LENGTH
    }
  }
  // What follows the last word is no pause of this turn.
  const last = parts.at(-1)
  if (last) last.pause = 0
  return parts
}

/**
 * When each word of a text is said between `startSec` and `endSec`: its speech (stretches in order and apart; what of
 * them lies outside does not count) is shared by syllables and letters. Where no speech is known, the whole time is,
 * with a pause after punctuation. Words are found in any script. In order, without overlap.
 */
export function wordTimes(
  text: string,
  startSec: number,
  endSec: number,
  speech: readonly Stretch[] = [],
): Word[] {
  const parts = partsOf(text)
  if (parts.length === 0 || !(endSec > startSec)) return []
  const spoken = speech.flatMap((one) => {
    const from = Math.max(startSec, one.startSec)
    const to = Math.min(endSec, one.endSec)
    return to > from ? [{ startSec: from, endSec: to }] : []
  })
  const isHeard = spoken.length > 0
  const stretches = isHeard ? spoken : [{ startSec, endSec }]
  // Pauses lie between the stretches that are heard; where none are, they are guessed.
  const units = parts.reduce((sum, { length, pause }) => sum + length + (isHeard ? 0 : pause), 0)
  const perUnit = stretches.reduce((sum, one) => sum + one.endSec - one.startSec, 0) / units
  const clock = clockOver(stretches)
  let before = 0
  return parts.map(({ from, to, length, pause }) => {
    const wordStart = clock(before, 'start')
    before += length * perUnit
    const word = { from, to, startSec: wordStart, endSec: Math.max(wordStart, clock(before, 'end')) }
    before += isHeard ? 0 : pause * perUnit
    return word
  })
}

/** Tells the second at which so many seconds have been spoken: at a pause, where it ends (`start`) or begins (`end`). */
function clockOver(stretches: readonly Stretch[]): (spokenSec: number, side: 'start' | 'end') => number {
  /** Sums of lengths are inexact: a word that begins where a stretch ends begins with the next. */
  const SLACK_SEC = 1e-6
  let at = 0
  let passed = 0
  return (spokenSec, side) => {
    const slack = side === 'start' ? SLACK_SEC : -SLACK_SEC
    for (;;) {
      const one = stretches[at]
      if (!one) return stretches.at(-1)?.endSec ?? 0
      const into = spokenSec - passed
      if (into + slack < one.endSec - one.startSec || at === stretches.length - 1)
        return Math.min(one.endSec, one.startSec + into)
      passed += one.endSec - one.startSec
      at += 1
    }
  }
}

/** How many words have begun at `sec`. */
const begunAt = (words: readonly Word[], sec: number): number =>
  partitionPoint(words.length, (at) => (words[at]?.startSec ?? 0) <= sec)

/** The word that is heard at `sec`, in a pause the one before; null outside of the turn. */
export function wordAt(words: readonly Word[], sec: number): Word | null {
  const end = words.at(-1)?.endSec
  return end === undefined || sec >= end ? null : (words[begunAt(words, sec) - 1] ?? null)
}

/** The word at an offset of the text: the one there, else the next; after the last, the last. */
export const wordAtOffset = (words: readonly Word[], offset: number): Word | null =>
  words.find((word) => offset < word.to) ?? words.at(-1) ?? null

/** When the words between two offsets of a text are said, seconds; null where no words are. */
export function timeOfQuote(words: readonly Word[], quoteStart: number, quoteEnd: number): Stretch | null {
  const said = words.filter((word) => word.to > quoteStart && word.from < quoteEnd)
  const [first] = said
  const last = said.at(-1)
  return first && last ? { startSec: first.startSec, endSec: last.endSec } : null
}
