import { z } from 'zod'

/**
 * What the audio worker and the hidden decoding page say to each other, for codings that only Chromium decodes. Each
 * request has one answer with the same `id`, in order; at most `MAX_UNDER_WAY` wait for theirs, so that neither side can run
 * ahead.
 */

const Bytes = z.instanceof(Uint8Array)

/** A decoder for one stream; whatever was open before is closed. */
const OpenSound = z.object({
  id: z.number().int(),
  type: z.literal('open'),
  /** As WebCodecs names it: "mp4a.40.2". */
  codec: z.string().max(100),
  sampleRate: z.number().int().min(1000).max(768_000),
  channels: z.number().int().min(1).max(8),
  /** Set-up data of the stream (AudioSpecificConfig); empty for packets out of ADTS, which say it themselves. */
  config: Bytes,
})

export const SoundRequest = z.discriminatedUnion('type', [
  OpenSound,
  /** Packets in order; `sizes` in bytes, at most `MAX_PACKETS`. */
  z.object({
    id: z.number().int(),
    type: z.literal('decode'),
    bytes: Bytes,
    sizes: z.array(z.number().int()),
  }),
  /** What the decoder still holds. */
  z.object({ id: z.number().int(), type: z.literal('flush') }),
  z.object({ id: z.number().int(), type: z.literal('close') }),
])
export type SoundRequest = z.infer<typeof SoundRequest>

/** Requests that may wait for their answer: one is decoded while the sound of the one before is looked at. */
export const MAX_UNDER_WAY = 2

/** Packets in one request: 4.5 s of AAC at 44.1 kHz, 800 kB of its answer in stereo. */
export const MAX_PACKETS = 192

export const SoundAnswer = z.discriminatedUnion('type', [
  z.object({ id: z.number().int(), type: z.literal('opened') }),
  /**
   * What came out so far: int16 samples, one array a channel, all equally long; none when nothing is ready yet.
   * `lost`: packets that could not be decoded; silence stands for them.
   */
  z.object({
    id: z.number().int(),
    type: z.literal('sound'),
    sampleRate: z.number().int().min(0).max(768_000),
    channels: z.array(z.instanceof(Int16Array)).max(2),
    lost: z.number().int(),
  }),
  z.object({ id: z.number().int(), type: z.literal('closed') }),
  /** `unsupported`: this Chromium has no decoder for it. `ended`: the page went away. */
  z.object({
    id: z.number().int(),
    type: z.literal('failed'),
    reason: z.enum(['unsupported', 'broken', 'ended']),
  }),
])
export type SoundAnswer = z.infer<typeof SoundAnswer>

/** What a request looks like before it has its number. */
export type SoundQuestion = SoundRequest extends infer R
  ? R extends SoundRequest
    ? Omit<R, 'id'>
    : never
  : never
