import { MAX_PACKETS, type SoundAnswer } from '@contract/sound-decoder'
import { type ReadHandle, readAt } from '../protection/content'
import { type AdtsHeader, adtsCutter } from './adts-frames'
import { READ_BYTES, readRange } from './byte-range'
import { decoderGone, type PacketDecoder } from './chromium-decoder'
import {
  brokenRecording,
  type DecodedBlock,
  type Decoder,
  MAX_CHANNELS,
  unsupportedRecording,
} from './decoder'
import type { CutFrame } from './frame-cutter'
import type { AudioKind } from './mime'
import { id3v2Length } from './mp3-header'
import { type Mp4Packet, type Mp4SoundTrack, readMp4 } from './mp4-track'

type AacKind = Extract<AudioKind, 'm4a' | 'aac'>

/** Larger than any packet of AAC (6144 bits a channel, ISO/IEC 13818-7 §8.2.2). */
const MAX_PACKET_BYTES = 16384
/** So many packets in a row that are not in the file: what is left of the index is no good. */
const MAX_MISSING = 1000

const ON_COMMAND_LINE =
  'The command line can’t decode AAC: open the call in the window once, then its waveform is there for the command line too.'
const ON_THIS_ELECTRON =
  'This Electron can’t decode AAC, so there is no waveform. Use the official Electron (npm run setup -- --retry-electron), or ask the vendor for MP3, WAV, Ogg or FLAC.'

/** Where and how packets are decoded. */
interface Stream {
  readonly codec: string
  readonly coding: string
  readonly config: Uint8Array
  readonly sampleRate: number
  readonly channels: number
}

/**
 * Decodes the sound of an MP4 file. Time is counted as FFmpeg counts it: the first edit says how much of the start is
 * the encoder's; the end is where the packets' durations add up to, so that padding in the last packet is no sound.
 *
 * @param decoder null where there is none: on the command line
 * @throws EarmarkError `recording_broken`: also where nothing here can decode AAC
 */
export async function* decodeM4a(
  handle: ReadHandle,
  fileBytes: number,
  decoder: PacketDecoder | null,
): Decoder {
  const { track, fragments, truncated } = await readMp4(handle, fileBytes)
  const source = new Mp4Source(handle, fileBytes, track, fragments)
  const end = yield* decodePackets('m4a', track, source.packets(), decoder, (sampleRate) => ({
    skip: Math.round((track.skip * sampleRate) / track.timescale),
    // Known once the last packet was read.
    end: () => (source.isThrough ? Math.round((source.duration * sampleRate) / track.timescale) : null),
  }))
  return { coding: track.coding, truncated: truncated || source.isTruncated || end.truncated }
}

/** Decodes AAC without a container, in ADTS frames; otherwise as `decodeM4a`. */
export async function* decodeAdts(
  handle: ReadHandle,
  fileBytes: number,
  decoder: PacketDecoder | null,
): Decoder {
  const start = id3v2Length(await readAt(handle, 0, 10))
  const cutter = adtsCutter()
  const pieces = readRange(handle, start, fileBytes)
  async function* packets(): AsyncGenerator<Uint8Array> {
    for await (const bytes of pieces) yield* cutter.push(bytes).map(packetOf)
    yield* cutter.finish().map(packetOf)
  }
  const all = packets()
  const first = await all.next()
  const header = cutter.first
  if (first.done || !header) throw brokenRecording('aac', 'there is no whole packet in it')
  const channels = header.channelConfig === 7 ? 8 : header.channelConfig || 2
  async function* again(): AsyncGenerator<Uint8Array> {
    if (!first.done) yield first.value
    yield* all
  }
  const stream: Stream = {
    codec: `mp4a.40.${header.objectType}`,
    coding: 'AAC',
    config: adtsConfig(header),
    sampleRate: header.sampleRate,
    channels: Math.min(MAX_CHANNELS, channels),
  }
  const end = yield* decodePackets('aac', stream, again(), decoder, () => ({ skip: 0, end: () => null }))
  return { coding: stream.coding, truncated: cutter.damaged || end.truncated }
}

const packetOf = ({ header, bytes }: CutFrame<AdtsHeader>): Uint8Array => bytes.subarray(header.headerBytes)

/** AudioSpecificConfig for what an ADTS header says (ISO/IEC 14496-3 §1.6.2.1). */
function adtsConfig({ objectType, rateIndex, channelConfig }: AdtsHeader): Uint8Array {
  return Uint8Array.of((objectType << 3) | (rateIndex >> 1), ((rateIndex & 1) << 7) | (channelConfig << 3))
}

/** The packets of an MP4 file's sound, read one by one. */
class Mp4Source {
  /** Of the packets read so far, in the track's time scale. */
  duration = 0
  isThrough = false
  /** Whether the index lists packets that are not in the file. */
  isTruncated = false

  constructor(
    private readonly handle: ReadHandle,
    private readonly fileBytes: number,
    private readonly track: Mp4SoundTrack,
    private readonly fragments: AsyncGenerator<Mp4Packet>,
  ) {}

  async *packets(): AsyncGenerator<Uint8Array> {
    let missing = 0
    const window = new FileWindow(this.handle)
    for await (const { start, bytes, duration } of this.#listed()) {
      if (bytes < 1 || bytes > MAX_PACKET_BYTES || start + bytes > this.fileBytes) {
        this.isTruncated = true
        if (++missing > MAX_MISSING) break
        continue
      }
      missing = 0
      this.duration += duration
      yield await window.read(start, bytes)
    }
    this.isThrough = true
  }

  async *#listed(): AsyncGenerator<Mp4Packet> {
    yield* this.track.indexed
    yield* this.fragments
  }
}

/** Reads small pieces that lie one behind the other out of larger ones. */
class FileWindow {
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  constructor(private readonly handle: ReadHandle) {}

  async read(start: number, length: number): Promise<Uint8Array> {
    if (start < this.#start || start + length > this.#start + this.#bytes.length) {
      this.#bytes = await readAt(this.handle, start, READ_BYTES)
      this.#start = start
    }
    return this.#bytes.subarray(start - this.#start, start - this.#start + length)
  }
}

/** What of the decoded samples is no sound: those before `skip`, and a little padding behind `end`, where that is known. */
type Cut = (sampleRate: number) => { readonly skip: number; readonly end: () => number | null }

/** Padding is part of the last packets; what is longer is sound that the index does not know of. */
const MAX_PADDING = 4096

async function* decodePackets(
  kind: AacKind,
  stream: Stream,
  packets: AsyncGenerator<Uint8Array>,
  decoder: PacketDecoder | null,
  cut: Cut,
): Decoder {
  const { coding } = stream
  if (!decoder) throw unsupportedRecording(kind, coding, ON_COMMAND_LINE)
  const { codec, sampleRate, channels, config } = stream
  let truncated = false
  let position = 0
  let rate = sampleRate
  let held: Float32Array[] | null = null
  /** Decoded while the sound before it is looked at. */
  let underWay: Promise<SoundAnswer> | null = null

  // The newest sound is kept back: the end may cut it.
  const accept = (answer: SoundAnswer): DecodedBlock | null => {
    if (answer.type === 'failed') throw refusal(kind, coding, answer.reason)
    if (answer.type !== 'sound') return null
    if (answer.lost > 0) truncated = true
    const count = answer.channels[0]?.length ?? 0
    if (count === 0) return null
    rate = answer.sampleRate
    const from = Math.min(count, Math.max(0, cut(rate).skip - position))
    position += count
    const ready = held
    held = answer.channels.map((samples) => floats(samples.subarray(from)))
    return ready && { channelData: ready, sampleRate: rate }
  }

  try {
    accept(await decoder.ask({ type: 'open', codec, sampleRate, channels, config: Uint8Array.from(config) }))
    for await (const batch of batches(packets)) {
      const answer = await underWay
      underWay = decoder.ask({ type: 'decode', ...joined(batch) })
      // Told when it is awaited, if it still is.
      underWay.catch(() => undefined)
      const block = answer && accept(answer)
      if (block) yield block
    }
    const last = await underWay
    const ready = last && accept(last)
    if (ready) yield ready
    const before: Float32Array[] | null = held
    const block = accept(await decoder.ask({ type: 'flush' }))
    const all = block && held !== before ? joinedSound(block.channelData, held ?? []) : held
    if (all) yield { channelData: withoutPadding(all, position, cut(rate).end()), sampleRate: rate }
  } finally {
    await packets.return(undefined)
    // Whatever went wrong before is what is to be told.
    await decoder.ask({ type: 'close' }).catch(() => undefined)
  }
  return { coding, truncated }
}

function withoutPadding(sound: Float32Array[], position: number, end: number | null): Float32Array[] {
  const excess = end === null ? 0 : position - end
  if (excess <= 0 || excess > MAX_PADDING) return sound
  return sound.map((samples) => samples.subarray(0, Math.max(0, samples.length - excess)))
}

async function* batches(packets: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = []
  for await (const packet of packets) {
    batch.push(packet)
    if (batch.length < MAX_PACKETS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function joined(batch: readonly Uint8Array[]) {
  const sizes = batch.map((packet) => packet.length)
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
  let at = 0
  for (const packet of batch) {
    bytes.set(packet, at)
    at += packet.length
  }
  return { bytes, sizes }
}

const floats = (samples: Int16Array): Float32Array => {
  const out = new Float32Array(samples.length)
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] ?? 0) / 32768
  return out
}

const joinedSound = (first: readonly Float32Array[], second: readonly Float32Array[]): Float32Array[] =>
  first.map((samples, channel) => {
    const more = second[channel] ?? new Float32Array(0)
    const both = new Float32Array(samples.length + more.length)
    both.set(samples)
    both.set(more, samples.length)
    return both
  })

function refusal(kind: AacKind, coding: string, reason: 'unsupported' | 'broken' | 'ended'): Error {
  if (reason === 'ended') return decoderGone()
  if (reason === 'unsupported') return unsupportedRecording(kind, coding, ON_THIS_ELECTRON)
  return brokenRecording(kind, 'its sound is damaged from the start')
}
