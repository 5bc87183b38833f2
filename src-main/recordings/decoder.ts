import { EarmarkError } from '@contract/errors'
import { AUDIO_KINDS, type AudioKind } from './mime'

/** A piece of decoded sound: one array of samples (-1..1, floats may exceed it) a channel, all equally long. */
export interface DecodedBlock {
  readonly channelData: Float32Array[]
  readonly sampleRate: number
}

/** What a decoder says when it is through. */
export interface DecoderEnd {
  /** The coding within the file, for people: "PCM 16 bit", "µ-law". */
  readonly coding: string
  /** True when the file's end is missing, or some of it could not be decoded. */
  readonly truncated: boolean
}

/**
 * A decoder yields blocks of bounded size, in order, and frees whatever it holds when it ends, throws or is
 * left early (`for await` calls `return`).
 */
export type Decoder = AsyncGenerator<DecodedBlock, DecoderEnd, undefined>

/** More than any call has; a header that says more is damaged, or meant to exhaust memory. */
export const MAX_CHANNELS = 8

/** The sentence for a file that is audio of `kind` and can't be decoded all the same. */
export function brokenRecording(kind: AudioKind, reason: string, options?: ErrorOptions): EarmarkError {
  return new EarmarkError(
    'recording_broken',
    `This recording is ${AUDIO_KINDS[kind].label} file, but ${reason}. Fetch it again; if that changes nothing, it is broken at the vendor.`,
    { kind, reason },
    options,
  )
}

/** The sentence for intact audio that nothing here can decode. `why`: whole sentences, what stands in the way and what to do. */
export function unsupportedRecording(kind: AudioKind, coding: string, why: string): EarmarkError {
  return new EarmarkError(
    'recording_broken',
    `This recording is ${AUDIO_KINDS[kind].label} file (${coding} sound). ${why}`,
    { kind, reason: `${coding} is not supported` },
  )
}

/**
 * Frees a WASM decoder. One that has trapped may trap again here; its memory then goes with the object, and the error
 * that matters is the first.
 */
export function freeDecoder(decoder: { free: () => unknown }): void {
  try {
    decoder.free()
  } catch {
    // Nothing is left to free.
  }
}
