import { create } from 'zustand'

/** A stretch of time that was drawn on the waveform and not annotated yet, in seconds. */
export interface TimeRange {
  startSec: number
  endSec: number
}

export const useTimeRange = create<{ range: TimeRange | null }>(() => ({ range: null }))

export const setTimeRange = (range: TimeRange | null): void => useTimeRange.setState({ range })

/** Shorter ones were no drawing but a trembling hand. */
const SHORTEST_SEC = 0.1

/**
 * The range between two seconds of a call. Null when it is too short. Hundredths of a second: finer than anybody can
 * hear or draw.
 */
export function rangeBetween(a: number, b: number, durationSec: number): TimeRange | null {
  const at = (sec: number) => hundredths(Math.max(0, Math.min(durationSec, sec)))
  const startSec = at(Math.min(a, b))
  const endSec = at(Math.max(a, b))
  return endSec - startSec < SHORTEST_SEC ? null : { startSec, endSec }
}

/** Which part of a stretch is moved. */
export type Edge = 'start' | 'end' | 'both'

/** A step of the keys, and what is left at least of a stretch, seconds. */
export const STEP_SEC = 0.1
/** As finely as anybody can hear or draw. */
export const hundredths = (sec: number): number => Math.round(sec * 100) / 100

/** A stretch with an edge, or all of it, `bySec` later; inside the call, and never shorter than a step. */
export function movedBy(range: TimeRange, edge: Edge, bySec: number, durationSec: number): TimeRange {
  const { startSec, endSec } = range
  const within = (sec: number, from: number, to: number) => hundredths(Math.max(from, Math.min(sec, to)))
  switch (edge) {
    case 'start':
      return { startSec: within(startSec + bySec, 0, endSec - STEP_SEC), endSec }
    case 'end':
      return { startSec, endSec: within(endSec + bySec, startSec + STEP_SEC, durationSec) }
    case 'both': {
      const start = within(startSec + bySec, 0, Math.max(0, durationSec - (endSec - startSec)))
      return { startSec: start, endSec: hundredths(start + endSec - startSec) }
    }
  }
}
