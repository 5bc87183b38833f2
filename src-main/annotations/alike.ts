import { type Anchor, type AnchorTurn, CONTEXT_CHARS } from './anchors'
import { commonWords, findLike, type Stretch, sequenceOf, type WordSequence, wordsOf } from './word-sequence'

/** A place found by its words. `isPart`: some of the text is in another turn now. */
export interface AlikePlace {
  /** In the array of turns. */
  position: number
  start: number
  end: number
}

/** Each share is of 1. */
interface Candidate extends Stretch {
  /** How much of the text is as it was. */
  likeness: number
  /** How much of what was said around it is as it was. */
  surroundings: number
  isSameSpeaker: boolean
}

/** Of the words of a text, so many may be others. */
const MOST_CHANGED = 0.4
/** By how much the best place has to be better than the next. */
const MARGIN = 0.1
/** The same where its words are all there, and are not there. */
const MARGIN_OF_EXACT = 0.03
/** Words more than were kept of the context are looked at, so that inserted ones do not hide it. */
const SLACK = 4

/**
 * Where the text of an anchor is, word by word: case, punctuation, spaces and the borders of turns don't count, some
 * words may be others, and what was said around it tells equal texts apart. Null: nowhere, or in several places
 * that can't be told apart. `undefined`: not to be found in this way (no words, half words, too much text).
 */
export function findAlike(anchor: Anchor, turns: readonly AnchorTurn[]): AlikePlace | null | undefined {
  const pattern = patternOf(anchor)
  const sequence = pattern && sequenceOf(turns)
  const stretches = sequence && findLike(sequence.words, pattern, Math.floor(pattern.length * MOST_CHANGED))
  if (!stretches) return undefined
  const before = contextWords(anchor.before, 'before')
  const after = contextWords(anchor.after, 'after')
  const candidates = stretches
    .map((stretch) => candidateOf(stretch, sequence, turns, anchor, pattern.length, before, after))
    .sort((a, b) => worth(b) - worth(a))
  const [best, next] = candidates
  if (!best || !isBelievable(best, pattern.length, before.length + after.length)) return null
  const isExact = best.likeness === 1 && pattern.length >= 5 && (next?.likeness ?? 0) < 1
  if (next && worth(best) - worth(next) < (isExact ? MARGIN_OF_EXACT : MARGIN)) return null
  return placeOf(best, sequence, pattern)
}

/** The words to look for; null when the text has none, or begins or ends inside a word. */
function patternOf({ quote, turnText }: Anchor): string[] | null {
  const text = quote?.text ?? turnText
  const pattern = wordsOf(text).map(({ word }) => word)
  if (pattern.length === 0) return null
  if (quote === null) return pattern
  const isInWord = (at: number): boolean => {
    if (at <= 0 || at >= turnText.length) return false
    return wordsOf(turnText.slice(Math.max(0, at - 60), at + 60)).some(
      ({ start, end }) => start < Math.min(60, at) && end > Math.min(60, at),
    )
  }
  return isInWord(quote.start) || isInWord(quote.start + text.length) ? null : pattern
}

/** The whole words of a context, the nearest first. */
function contextWords(context: string, side: 'before' | 'after'): string[] {
  const words = wordsOf(context).map(({ word }) => word)
  const isCut = context.length >= CONTEXT_CHARS
  if (side === 'before') return (isCut ? words.slice(1) : words).reverse()
  return isCut ? words.slice(0, -1) : words
}

function candidateOf(
  stretch: Stretch,
  sequence: WordSequence,
  turns: readonly AnchorTurn[],
  anchor: Anchor,
  size: number,
  before: readonly string[],
  after: readonly string[],
): Candidate {
  const { from, to, distance } = stretch
  const reach = Math.max(before.length, after.length) + SLACK
  const ahead = sequence.words.slice(Math.max(0, from - reach), from).reverse()
  const behind = sequence.words.slice(to, to + reach)
  const inOrder =
    commonWords(before, ahead.slice(0, before.length + SLACK)) +
    commonWords(after, behind.slice(0, after.length + SLACK))
  // Where turns were reordered, what was said before is said after: worth a little less.
  const crossed = commonWords(before.toReversed(), behind) + commonWords(after.toReversed(), ahead)
  const common = Math.max(inOrder, 0.8 * crossed)
  const all = before.length + after.length
  return {
    ...stretch,
    likeness: 1 - distance / size,
    surroundings: all === 0 ? 0 : common / all,
    isSameSpeaker: turns[sequence.turns[from] ?? 0]?.speaker === anchor.turnSpeaker,
  }
}

const worth = ({ likeness, surroundings, isSameSpeaker }: Candidate): number =>
  (likeness + surroundings) / 2 + (isSameSpeaker ? 0.02 : 0)

/**
 * Whether a place is surely the right one; a wrong one is worse than none. The bounds are measured
 * (anchors-measure.test.ts): few words, another speaker, and changed words need more around them that is as it was.
 */
function isBelievable(
  { likeness, surroundings, isSameSpeaker }: Candidate,
  size: number,
  around: number,
): boolean {
  if (around === 0) return likeness >= 0.6 && size >= 3
  if (isSameSpeaker && size >= 8 && likeness >= 0.95 && surroundings >= 0.15) return true
  if (isSameSpeaker && size >= 5 && likeness >= 0.8 && surroundings >= 0.35) return true
  if (likeness < (size <= 2 ? 1 : 0.6)) return false
  const needed = 0.5 + (size <= 2 ? 0.1 : 0) + (isSameSpeaker ? 0 : 0.15) + (likeness < 0.85 ? 0.1 : 0)
  return surroundings >= needed
}

/** Where most of the words are; null when they are torn into too small parts. */
function placeOf(
  { from, to }: Stretch,
  sequence: WordSequence,
  pattern: readonly string[],
): AlikePlace | null {
  const runs: { position: number; first: number; last: number }[] = []
  for (let at = from; at < to; at += 1) {
    const position = sequence.turns[at] ?? 0
    const run = runs.at(-1)
    if (run?.position === position) run.last = at
    else runs.push({ position, first: at, last: at })
  }
  const [longest] = runs.sort((a, b) => b.last - b.first - (a.last - a.first))
  if (!longest) return null
  const left = commonWords(pattern, sequence.words.slice(longest.first, longest.last + 1))
  if (left < pattern.length / 2) return null
  return {
    position: longest.position,
    start: sequence.starts[longest.first] ?? 0,
    end: sequence.ends[longest.last] ?? 0,
  }
}
