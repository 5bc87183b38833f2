import type { Turn } from '@contract'
import { partitionPoint } from '@contract'

/** The turns that have a start, in the order in which they are heard. */
export interface Timeline {
  /** Seconds, never decreasing. */
  readonly starts: Float64Array
  /** The turn (its `index`) that begins there. */
  readonly turns: readonly number[]
}

/** What the vendor writes for a turn in which nothing was said. */
const UNSPOKEN = /^[\s\p{P}\p{S}]*$/u

/** Whether nothing was said in a turn: no text, or a placeholder such as "---". */
export const isUnspoken = (text: string): boolean => text.length < 20 && UNSPOKEN.test(text)

/** A seek lands a little beside what was asked for (whole audio frames); a turn that near has begun. */
const TOLERANCE_SEC = 0.02

export function timelineOf(turns: readonly Turn[]): Timeline {
  const timed = turns
    .flatMap(({ index, startSec, text }) =>
      startSec === null || isUnspoken(text) ? [] : [{ index, startSec }],
    )
    .sort((a, b) => a.startSec - b.startSec || a.index - b.index)
  return {
    starts: Float64Array.from(timed, (turn) => turn.startSec),
    turns: timed.map((turn) => turn.index),
  }
}

/** How many turns have begun at `sec`. */
const begunAt = ({ starts }: Timeline, sec: number): number =>
  partitionPoint(starts.length, (at) => (starts[at] ?? 0) <= sec + TOLERANCE_SEC)

/** The turn that is heard at `sec`: the last that has begun. Null before the first. */
export const turnAt = (timeline: Timeline, sec: number): number | null =>
  timeline.turns[begunAt(timeline, sec) - 1] ?? null

/**
 * The turn one step on (1) or back (-1) from `active`; from before the first one on is the first. Unspoken turns
 * are stepped over. Null when there is none. Works by the order of the transcript, so also without times.
 */
export function stepFrom(turns: readonly Turn[], active: number | null, step: 1 | -1): Turn | null {
  const spoken = turns.filter((turn) => !isUnspoken(turn.text))
  if (active === null) return step === 1 ? (spoken[0] ?? null) : null
  return step === 1
    ? (spoken.find((turn) => turn.index > active) ?? null)
    : (spoken.findLast((turn) => turn.index < active) ?? null)
}

/** Until when a turn lasts: as it says itself, else until the next one that has a start. Null: until nobody knows when. */
export function endOfTurn(turns: readonly Turn[], turn: Turn): number | null {
  if (turn.startSec === null) return null
  if (turn.endSec !== null && turn.endSec > turn.startSec) return turn.endSec
  const { startSec } = turn
  return turns.find((one) => one.startSec !== null && one.startSec > startSec)?.startSec ?? null
}
