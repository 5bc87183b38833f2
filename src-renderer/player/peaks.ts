import type { Peaks } from '@contract'

/** Quiet recordings are drawn larger, but never by more than this: noise must not look like speech. */
const MAX_GAIN = 6

/**
 * Stored extremes as wavesurfer wants them: one array a channel, one value a bucket, how far the sound swings there
 * (0 to 1). All channels are scaled together so that the loudest bucket fills the lane.
 */
export function amplitudes(peaks: Peaks): Float32Array[] {
  const { channels, buckets, data } = peaks
  let loudest = 1
  for (const value of data) loudest = Math.max(loudest, Math.abs(value))
  const gain = Math.min(MAX_GAIN, 128 / loudest) / 128
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Float32Array(buckets)
    const from = channel * buckets * 2
    for (let bucket = 0; bucket < buckets; bucket++) {
      const min = data[from + bucket * 2] ?? 0
      const max = data[from + bucket * 2 + 1] ?? 0
      out[bucket] = Math.min(1, Math.max(-min, max, 0) * gain)
    }
    return out
  })
}

/** Peaks of a recording's beginning with silence up to `durationSec`, so that they stand where they belong. */
export function filledUp(peaks: Peaks, durationSec: number): Peaks {
  const { channels, buckets, bucketsPerSec } = peaks
  const all = Math.max(buckets, Math.ceil(durationSec * bucketsPerSec))
  const data = new Int8Array(channels * all * 2)
  for (let channel = 0; channel < channels; channel++)
    data.set(peaks.data.subarray(channel * buckets * 2, (channel + 1) * buckets * 2), channel * all * 2)
  return { ...peaks, buckets: all, durationSec: Math.max(durationSec, peaks.durationSec), data }
}
