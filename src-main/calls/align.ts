import { diffArrays } from 'diff'
import type { MeantTurn } from './meaning'

/** Two turns that are the same one in both versions; null: it has no counterpart there. Positions from 0. */
export interface Pair {
  before: number | null
  after: number | null
}

const MOST_EDITS = 4_000
const MOST_MS = 150
/** More pairs than these between two equal turns are not weighed against each other. */
const MOST_WEIGHED = 20_000
/** Words of a turn by which its likeness is judged. */
const MOST_WORDS = 300
/** How alike two turns must be (0 to 1) to be one turn that was changed. */
const ALIKE = 0.4
const ALIKE_OTHER_SPEAKER = 0.8

/**
 * Which turns of two transcripts are the same: first those that are equal, by a longest common subsequence (E. W.
 * Myers, An O(ND) Difference Algorithm and Its Variations, 1986), then, between those, the most alike in order
 * (dynamic programming as in Needleman and Wunsch, 1970, over the share of common words). In the order of reading.
 * Takes a bounded time: what differs too much is all removed and all added.
 */
export function alignTurns(before: readonly MeantTurn[], after: readonly MeantTurn[]): Pair[] {
  const keys = new Map<string, number>()
  const keyOf = ({ speaker, text, redirect }: MeantTurn): number => {
    const name = `${speaker}\0${redirect ?? ''}\0${text}`
    const known = keys.get(name) ?? keys.size
    keys.set(name, known)
    return known
  }
  const old = before.map(keyOf)
  const now = after.map(keyOf)
  const changes = diffArrays(old, now, { maxEditLength: MOST_EDITS, timeout: MOST_MS })
  if (!changes) return gapPairs(before, after, { from: 0, to: old.length }, { from: 0, to: now.length })
  const pairs: Pair[] = []
  let i = 0
  let j = 0
  let gap = { i, j }
  const flush = () => {
    pairs.push(...gapPairs(before, after, { from: gap.i, to: i }, { from: gap.j, to: j }))
  }
  for (const { count, added, removed } of changes) {
    if (removed) i += count
    else if (added) j += count
    else {
      flush()
      for (let k = 0; k < count; k += 1) pairs.push({ before: i + k, after: j + k })
      i += count
      j += count
      gap = { i, j }
    }
  }
  flush()
  return pairs
}

interface Range {
  from: number
  to: number
}

function gapPairs(before: readonly MeantTurn[], after: readonly MeantTurn[], old: Range, now: Range): Pair[] {
  const rows = old.to - old.from
  const columns = now.to - now.from
  const isOneOfOne = rows === 1 && columns === 1
  const canBeWeighed = rows > 0 && columns > 0 && rows * columns <= MOST_WEIGHED
  const likeness = canBeWeighed ? likenessTable(before, after, old, now) : []
  if (isOneOfOne && before[old.from]?.speaker === after[now.from]?.speaker)
    return [{ before: old.from, after: now.from }]
  // best[r][c]: the most likeness that can be had from the rows and columns from there on.
  const best = canBeWeighed ? Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1)) : []
  const at = (r: number, c: number): number => best[r]?.[c] ?? 0
  if (canBeWeighed)
    for (let r = rows - 1; r >= 0; r -= 1)
      for (let c = columns - 1; c >= 0; c -= 1) {
        const both = likeness[r]?.[c] ?? 0
        const row = best[r]
        if (row) row[c] = Math.max(at(r + 1, c), at(r, c + 1), both > 0 ? both + at(r + 1, c + 1) : 0)
      }
  const pairs: Pair[] = []
  let r = 0
  let c = 0
  while (r < rows || c < columns) {
    const both = likeness[r]?.[c] ?? 0
    if (r < rows && c < columns && both > 0 && at(r, c) === both + at(r + 1, c + 1)) {
      pairs.push({ before: old.from + r, after: now.from + c })
      r += 1
      c += 1
    } else if (r < rows && (c >= columns || at(r, c) === at(r + 1, c))) {
      pairs.push({ before: old.from + r, after: null })
      r += 1
    } else {
      pairs.push({ before: null, after: now.from + c })
      c += 1
    }
  }
  return pairs
}

function likenessTable(
  before: readonly MeantTurn[],
  after: readonly MeantTurn[],
  old: Range,
  now: Range,
): number[][] {
  const left = before.slice(old.from, old.to).map((turn) => ({ turn, words: countedWords(turn.text) }))
  const right = after.slice(now.from, now.to).map((turn) => ({ turn, words: countedWords(turn.text) }))
  return left.map((a) =>
    right.map((b) => {
      const alike = a.turn.text === b.turn.text ? 1 : likenessOf(a.words, b.words)
      return alike >= (a.turn.speaker === b.turn.speaker ? ALIKE : ALIKE_OTHER_SPEAKER) ? alike : 0
    }),
  )
}

interface CountedWords {
  counts: ReadonlyMap<string, number>
  total: number
}

/** The words of a text without case and punctuation, each with how often it is there; of a long text the first. */
export function countedWords(text: string): CountedWords {
  const counts = new Map<string, number>()
  let total = 0
  for (const [word] of text
    .slice(0, 6_000)
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    if (total >= MOST_WORDS) break
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total += 1
  }
  return { counts, total }
}

/** The share of words that two texts have in common: Dice's coefficient of their multisets, 0 to 1. */
export function likenessOf(a: CountedWords, b: CountedWords): number {
  if (a.total + b.total === 0) return 0
  let common = 0
  for (const [word, count] of a.counts) common += Math.min(count, b.counts.get(word) ?? 0)
  return (2 * common) / (a.total + b.total)
}
