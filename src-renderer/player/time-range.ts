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
 * The range between two places on the waveform, each given as a share of its width. Null when it is too short.
 * Hundredths of a second: finer than anybody can hear or draw.
 */
export function rangeBetween(a: number, b: number, durationSec: number): TimeRange | null {
  const at = (share: number) => Math.round(Math.max(0, Math.min(1, share)) * durationSec * 100) / 100
  const startSec = at(Math.min(a, b))
  const endSec = at(Math.max(a, b))
  return endSec - startSec < SHORTEST_SEC ? null : { startSec, endSec }
}
