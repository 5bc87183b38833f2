import type { TurnMatches } from '@contract'

/** One place that the query found. Offsets are UTF-16 in the turn's shown text: [from, to). */
export interface Match {
  turnIndex: number
  from: number
  to: number
}

/** All matches of a call, in the order in which they were said. */
export const matchesInOrder = (found: readonly TurnMatches[]): Match[] =>
  found.flatMap(({ turnIndex, ranges }) => ranges.map(([from, to]) => ({ turnIndex, from, to })))

/** The first match in a turn; -1: it has none. */
export const firstInTurn = (matches: readonly Match[], turnIndex: number | null): number =>
  turnIndex === null ? -1 : matches.findIndex((match) => match.turnIndex === turnIndex)

/**
 * The match that a step leads to, round and round. `current: null`: none was gone to yet; then the walk begins at
 * `turnIndex`, where the reviewer is. -1: there are no matches.
 */
export function stepMatch(
  matches: readonly Match[],
  current: number | null,
  step: 1 | -1,
  turnIndex: number | null,
): number {
  const count = matches.length
  if (count === 0) return -1
  if (current !== null && current < count) return (current + step + count) % count
  const here = turnIndex ?? Number.NEGATIVE_INFINITY
  if (step === 1) {
    const next = matches.findIndex((match) => match.turnIndex >= here)
    return next < 0 ? 0 : next
  }
  const before = matches.findLastIndex((match) => match.turnIndex <= here)
  return before < 0 ? count - 1 : before
}
