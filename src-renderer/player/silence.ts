import type { Peaks } from '@contract'
import { partitionPoint } from '@contract'
import type { TimeRange } from './time-range'

/** Shorter pauses belong to the way people speak. */
const SHORTEST_SEC = 1.2
/** What is left of a gap, half at each end, so that words are not cut into each other. */
const LEFT_SEC = 0.3
/** Of the way from a channel's quiet to its loud buckets: below it nobody speaks. */
const QUIET_SHARE = 0.1
/** And of the loud ones themselves: where somebody speaks all the time, the quietest tenth is speech, too. */
const QUIET_OF_LOUD = 0.25
/** Swing (of 255) that is quiet in any recording: rounding, and the noise of a coder. */
const LEAST_SWING = 4

/** How far the sound of a channel swings in each bucket, 0 to 255. */
function swings({ data, buckets }: Peaks, channel: number): Uint8Array {
  const out = new Uint8Array(buckets)
  const from = channel * buckets * 2
  for (let bucket = 0; bucket < buckets; bucket++)
    out[bucket] = (data[from + bucket * 2 + 1] ?? 0) - (data[from + bucket * 2] ?? 0)
  return out
}

/** Below which swing a channel is quiet, by how its own loud and quiet parts differ: a noisy line is never 0. */
function quietBelow(swing: Uint8Array): number {
  const sorted = swing.toSorted()
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const floor = at(0.1)
  const loud = at(0.95)
  return Math.max(LEAST_SWING, Math.min(floor + QUIET_SHARE * (loud - floor), QUIET_OF_LOUD * loud))
}

/** The stretches to be jumped over, in order: all channels are quiet in them and a little beyond both ends. Seconds. */
export function gapsOf(peaks: Peaks): TimeRange[] {
  const channels = Array.from({ length: peaks.channels }, (_, channel) => {
    const swing = swings(peaks, channel)
    return { swing, below: quietBelow(swing) }
  })
  const gaps: TimeRange[] = []
  let from: number | null = null
  for (let bucket = 0; bucket <= peaks.buckets; bucket++) {
    const isQuiet =
      bucket < peaks.buckets && channels.every(({ swing, below }) => (swing[bucket] ?? 0) <= below)
    if (isQuiet) from ??= bucket
    else if (from !== null) {
      const startSec = from / peaks.bucketsPerSec
      const endSec = bucket / peaks.bucketsPerSec
      from = null
      if (endSec - startSec > SHORTEST_SEC)
        gaps.push({ startSec: startSec + LEFT_SEC / 2, endSec: endSec - LEFT_SEC / 2 })
    }
  }
  return gaps
}

/** The gap that `sec` lies in; its very end is outside. */
export function gapAt(gaps: readonly TimeRange[], sec: number): TimeRange | null {
  const gap = gaps[partitionPoint(gaps.length, (at) => (gaps[at]?.startSec ?? 0) <= sec) - 1]
  return gap && sec < gap.endSec - 0.02 ? gap : null
}
