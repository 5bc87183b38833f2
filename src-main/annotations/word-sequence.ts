/** A transcript as one sequence of words, whatever turns they are in. */
export interface WordSequence {
  /** In lower case, without accents and punctuation. */
  words: readonly string[]
  /** Of each word: its turn's position, and its place in the turn's text. */
  turns: readonly number[]
  starts: readonly number[]
  ends: readonly number[]
}

export interface Word {
  word: string
  start: number
  end: number
}

/** Scripts that are written without spaces: each character is a word. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{M}\p{N}])+(?:['’](?=\p{L})(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{M}\p{N}])+)*/gu

/**
 * The words of a text: the same ones whatever its case, punctuation, spaces, Latin accents and Unicode form. Other
 * scripts' marks stay, as they are letters there.
 */
export function wordsOf(text: string): Word[] {
  const found: Word[] = []
  for (const match of text.matchAll(WORD)) {
    const [written] = match
    found.push({ word: folded(written), start: match.index, end: match.index + written.length })
  }
  return found
}

const folded = (word: string): string =>
  /^[a-z]+$/.test(word)
    ? word
    : word
        .normalize('NFKD')
        .replace(/[\u0300-\u036f'’]/g, '')
        .toLowerCase()

/** Turns with more characters together are not read word by word. */
const MOST_CHARACTERS = 400_000

const sequences = new WeakMap<readonly object[], WordSequence | null>()

/** The words of all turns; null when there are too many. Remembered for the array of turns. */
export function sequenceOf(turns: readonly { text: string }[]): WordSequence | null {
  const known = sequences.get(turns)
  if (known !== undefined) return known
  const isTooLong = turns.reduce((sum, { text }) => sum + text.length, 0) > MOST_CHARACTERS
  const sequence = isTooLong ? null : readSequence(turns)
  sequences.set(turns, sequence)
  return sequence
}

function readSequence(turns: readonly { text: string }[]): WordSequence {
  const sequence = {
    words: [] as string[],
    turns: [] as number[],
    starts: [] as number[],
    ends: [] as number[],
  }
  for (const [position, { text }] of turns.entries())
    for (const { word, start, end } of wordsOf(text)) {
      sequence.words.push(word)
      sequence.turns.push(position)
      sequence.starts.push(start)
      sequence.ends.push(end)
    }
  return sequence
}

/** A stretch of a sequence, [from, to), and how many words have to be changed to make it the pattern. */
export interface Stretch {
  from: number
  to: number
  distance: number
}

/** Comparisons of words in one search; about 20 ms. */
const MOST_STEPS = 4_000_000

/**
 * Where words like a pattern stand, at most `mostDistance` words inserted, left out or replaced; of overlapping ones
 * the nearest. P. H. Sellers, The theory and computation of evolutionary distances, 1980. Null: too much to look
 * through.
 */
export function findLike(
  words: readonly string[],
  pattern: readonly string[],
  mostDistance: number,
): Stretch[] | null {
  const size = pattern.length
  if (size === 0 || size * words.length > MOST_STEPS) return null
  let costs = Array.from({ length: size + 1 }, (_, row) => row)
  let begins = new Array<number>(size + 1).fill(0)
  let nextCosts = new Array<number>(size + 1).fill(0)
  let nextBegins = new Array<number>(size + 1).fill(0)
  const found: Stretch[] = []
  for (const [position, word] of words.entries()) {
    nextCosts[0] = 0
    nextBegins[0] = position + 1
    for (let row = 1; row <= size; row += 1) {
      const replaced = (costs[row - 1] ?? 0) + (pattern[row - 1] === word ? 0 : 1)
      const inserted = (costs[row] ?? 0) + 1
      const leftOut = (nextCosts[row - 1] ?? 0) + 1
      const best = Math.min(replaced, inserted, leftOut)
      nextCosts[row] = best
      nextBegins[row] =
        best === replaced
          ? row === 1
            ? position
            : (begins[row - 1] ?? 0)
          : best === inserted
            ? (begins[row] ?? 0)
            : (nextBegins[row - 1] ?? 0)
    }
    const swap = costs
    costs = nextCosts
    nextCosts = swap
    const swapBegins = begins
    begins = nextBegins
    nextBegins = swapBegins
    const distance = costs[size] ?? size
    if (distance > mostDistance) continue
    const stretch = { from: begins[size] ?? 0, to: position + 1, distance }
    const before = found.at(-1)
    if (!before || before.to <= stretch.from) found.push(stretch)
    else if (distance < before.distance) found[found.length - 1] = stretch
  }
  return found
}

/** The length of a longest common subsequence of two short lists of words. */
export function commonWords(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const word of a) {
    const next = [0]
    for (const [i, other] of b.entries())
      next.push(word === other ? (row[i] ?? 0) + 1 : Math.max(row[i + 1] ?? 0, next[i] ?? 0))
    row = next
  }
  return row[b.length] ?? 0
}
