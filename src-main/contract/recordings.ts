import { z } from 'zod'
import { CallId, call, Done } from './common'

/**
 * The waveform's extremes. `data` holds, for each channel one after the other, `buckets` pairs of
 * (minimum, maximum), as int8 (-128..127 for -1..1).
 */
export const Peaks = z.object({
  durationSec: z.number(),
  channels: z.number().int(),
  bucketsPerSec: z.number(),
  buckets: z.number().int(),
  data: z.instanceof(Int8Array),
})
export type Peaks = z.infer<typeof Peaks>

export const recordings = {
  /** Stored peaks, or computed now and stored. `recording_broken` when the audio can't be decoded. */
  peaks: call(z.object({ callId: CallId }), Peaks),
  /** Downloads the recording (again). */
  fetch: call(z.object({ callId: CallId }), Done),
}
