import type { KeyObject } from 'node:crypto'
import { EarmarkError } from '@contract/errors'
import { openContent, type ReadHandle, readAt } from '../protection/content'
import { READ_BYTES } from './byte-range'
import type { PacketDecoder } from './chromium-decoder'
import { decodeAdts, decodeM4a } from './decode-aac'
import { decodeFlac } from './decode-flac'
import { decodeMp3 } from './decode-mp3'
import { decodeOgg } from './decode-ogg'
import { decodeWav } from './decode-wav'
import { brokenRecording, type Decoder, type DecoderEnd } from './decoder'
import type { AudioKind } from './mime'
import { id3v2Length } from './mp3-header'
import { describeNonAudio, SNIFF_BYTES, sniffAudio } from './sniff'

/** A call has two sides: further channels (of a conference, a video) are left out, and `coding` says so. */
const MAX_HEARD = 2

export interface DecodeOptions {
  /**
   * Gets the sound piece by piece, in order: one array of samples (about -1..1) a channel, all equally long. When it
   * returns a promise, decoding waits for it.
   */
  readonly onChunk: (channelData: Float32Array[], sampleRate: number) => void | Promise<void>
  readonly signal?: AbortSignal | undefined
  /** For AAC; without one, such a recording is refused with a sentence. */
  readonly packetDecoder?: PacketDecoder | null | undefined
  /** Of a protected workspace, whose recordings are sealed. */
  readonly filesKey?: KeyObject | null | undefined
}

export interface DecodedAudio {
  readonly kind: AudioKind
  /** For people: "PCM 16 bit", "µ-law", "Opus". */
  readonly coding: string
  /** That were given out: at most two. */
  readonly channels: number
  /** In the file; where there are more than two, the first two are given out. */
  readonly fileChannels: number
  /** Samples a second that were given out (Opus: always 48,000). */
  readonly sampleRate: number
  /** From the samples decoded, whatever a header says; silence that an encoder added is not in it. */
  readonly durationSec: number
  /** True when the end is missing, or something could not be decoded: the rest was given out. */
  readonly truncated: boolean
}

/**
 * Decodes a recording from its file in pieces, so that an hour takes no more memory than a minute.
 *
 * @param source the file's path, or a handle to it (which is left open; its position is neither used nor moved)
 * @throws EarmarkError `not_audio` when the file is something else; `recording_broken` when no sound can be had from it;
 *   `recording_missing`, `file_unreadable` from the disk; `cancelled` when `signal` aborts
 */
export async function decodeAudio(
  source: string | ReadHandle,
  options: DecodeOptions,
): Promise<DecodedAudio> {
  if (typeof source !== 'string') return decodeHandle(source, options)
  const handle = await openRecording(source, options.filesKey ?? null)
  try {
    return await decodeHandle(handle, options)
  } finally {
    await handle.close()
  }
}

async function openRecording(path: string, filesKey: KeyObject | null): Promise<ReadHandle> {
  try {
    return await openContent(path, filesKey)
  } catch (cause) {
    if (cause instanceof EarmarkError) throw cause
    if (systemCode(cause) === 'ENOENT')
      throw new EarmarkError(
        'recording_missing',
        'The recording is not in the workspace any more. Fetch it again.',
        {},
        { cause },
      )
    throw unreadable(cause)
  }
}

async function decodeHandle(
  handle: ReadHandle,
  { onChunk, signal, packetDecoder = null }: DecodeOptions,
): Promise<DecodedAudio> {
  const { kind, decoder } = await chooseDecoder(handle, packetDecoder).catch(rethrowReadable)
  let samples = 0
  let durationSec = 0
  let fileChannels = 0
  let sampleRate = 0
  let end: DecoderEnd | null = null
  try {
    while (end === null) {
      throwIfCancelled(signal)
      const step = await nextStep(decoder, kind, samples > 0)
      if (step.done) end = step.value
      else {
        fileChannels = step.value.channelData.length
        const channelData = step.value.channelData.slice(0, MAX_HEARD)
        const count = channelData[0]?.length ?? 0
        if (count === 0) continue
        sampleRate = step.value.sampleRate
        samples += count
        durationSec = samples / sampleRate
        await onChunk(channelData, sampleRate)
      }
    }
  } finally {
    await decoder.return({ coding: '', truncated: true })
  }
  if (samples === 0) throw brokenRecording(kind, 'there is no sound in it')
  const channels = Math.min(fileChannels, MAX_HEARD)
  const coding =
    fileChannels > MAX_HEARD ? `${end.coding}, first ${MAX_HEARD} of ${fileChannels} channels` : end.coding
  return { kind, coding, channels, fileChannels, sampleRate, durationSec, truncated: end.truncated }
}

async function chooseDecoder(
  handle: ReadHandle,
  packetDecoder: PacketDecoder | null,
): Promise<{ kind: AudioKind; decoder: Decoder }> {
  const { size } = await handle.stat()
  let head = await readAt(handle, 0, SNIFF_BYTES)
  // A tag with a picture can be longer than the head; what counts comes behind it.
  const tag = id3v2Length(head)
  if (tag + READ_BYTES / 2 > head.length && tag < size) head = await readAt(handle, tag, SNIFF_BYTES)
  const kind = sniffAudio(head)
  switch (kind) {
    case 'mp3':
      return { kind, decoder: decodeMp3(handle, 0, size) }
    case 'wav':
      return { kind, decoder: decodeWav(handle, size) }
    case 'ogg-opus':
    case 'ogg-vorbis':
      return { kind, decoder: decodeOgg(handle, size, kind) }
    case 'flac':
    case 'ogg-flac':
      return { kind, decoder: decodeFlac(handle, size, kind) }
    case 'm4a':
      return { kind, decoder: decodeM4a(handle, size, packetDecoder) }
    case 'aac':
      return { kind, decoder: decodeAdts(handle, size, packetDecoder) }
    case null: {
      const what = describeNonAudio(head)
      throw new EarmarkError(
        'not_audio',
        `What was fetched as the recording is no audio: the file is ${what}. Fetch it again; if that changes nothing, open its address in a browser and see what the vendor answers.`,
        { what },
      )
    }
  }
}

/**
 * The decoder's next step. A decoder that gives up on damage (a WASM trap, a packet larger than its buffer) ends the
 * recording there, if there was any sound before.
 */
async function nextStep(decoder: Decoder, kind: AudioKind, hasSound: boolean): ReturnType<Decoder['next']> {
  try {
    return await decoder.next()
  } catch (thrown) {
    if (thrown instanceof EarmarkError) throw thrown
    if (systemCode(thrown) !== null) throw unreadable(thrown)
    if (hasSound) return { done: true, value: { coding: 'damaged', truncated: true } }
    throw brokenRecording(kind, 'its sound is damaged from the start', { cause: thrown })
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EarmarkError('cancelled', 'Reading the recording was stopped.')
}

function rethrowReadable(thrown: unknown): never {
  throw systemCode(thrown) === null ? thrown : unreadable(thrown)
}

/** "EIO" and the like: only errors from the system have both. */
function systemCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return null
  return typeof thrown.code === 'string' ? thrown.code : null
}

function unreadable(cause: unknown): EarmarkError {
  const code = systemCode(cause) ?? 'unknown'
  return new EarmarkError(
    'file_unreadable',
    `The recording's file could not be read (${code}). Look whether the disk is there and the file may be read.`,
    { code },
    { cause },
  )
}
