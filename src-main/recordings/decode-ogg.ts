import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis'
import { OggOpusDecoder } from 'ogg-opus-decoder'
import type { ReadHandle } from '../protection/content'
import { readRange } from './byte-range'
import { brokenRecording, type DecodedBlock, type Decoder, freeDecoder, MAX_CHANNELS } from './decoder'
import { clearLastPageMark, type OggPage, OggPageReader } from './ogg-pages'

type OggKind = 'ogg-opus' | 'ogg-vorbis'

/** What a stream's first packet says (RFC 7845 §5.1; Vorbis I §4.2.2). */
interface StreamHead {
  readonly channels: number
  readonly sampleRate: number
  /** Samples before the sound begins. */
  readonly preSkip: number
  /** Factor for every sample: Opus' output gain, which the decoder leaves to us. */
  readonly gain: number
}

/**
 * Decodes the first Opus or Vorbis stream of an Ogg file, and those chained behind it while they agree in channels
 * and rate. Opus is always decoded at 48 kHz, as in Chromium.
 */
export async function* decodeOgg(handle: ReadHandle, fileBytes: number, kind: OggKind): Decoder {
  const reader = new OggPageReader()
  let stream: OggStream | null = null
  let damaged = false
  let stop = false

  async function* take(pages: OggPage[]): AsyncGenerator<DecodedBlock, void, undefined> {
    for (const page of pages) {
      const head = page.begins ? parseHead(page, kind) : null
      if (head && (stream === null || stream.hasSound)) {
        if (stream) {
          const block = await stream.finish()
          if (block) yield block
          damaged ||= stream.damaged
          if (head.channels !== stream.head.channels || head.sampleRate !== stream.head.sampleRate) {
            stop = true
            return
          }
          stream.free()
        }
        stream = await OggStream.open(kind, head, page)
      } else if (stream?.serial === page.serial) {
        const block = await stream.push(page)
        if (block) yield block
      }
    }
  }

  try {
    for await (const bytes of readRange(handle, 0, fileBytes)) {
      yield* take(reader.push(bytes))
      if (stop) break
    }
    if (!stop) yield* take(reader.finish())
    const last: OggStream | null = stream
    if (last !== null) {
      const block = await (last as OggStream).finish()
      if (block) yield block
      damaged ||= (last as OggStream).damaged
    }
    const coding = kind === 'ogg-opus' ? 'Opus' : 'Vorbis'
    return { coding, truncated: damaged || stop || reader.damaged }
  } finally {
    const open: OggStream | null = stream
    if (open !== null) (open as OggStream).free()
  }
}

function parseHead(page: OggPage, kind: OggKind): StreamHead | null {
  const bytes = page.bytes.subarray(page.bodyStart)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = kind === 'ogg-opus' ? 'OpusHead' : '\x01vorbis'
  if (bytes.length < 19 || String.fromCharCode(...bytes.subarray(0, magic.length)) !== magic) return null
  const opus = kind === 'ogg-opus'
  const channels = view.getUint8(opus ? 9 : 11)
  const sampleRate = opus ? 48000 : view.getUint32(12, true)
  if (channels < 1 || channels > MAX_CHANNELS)
    throw brokenRecording(kind, `its header says ${channels} channels`)
  if (sampleRate < 1000 || sampleRate > 768_000)
    throw brokenRecording(kind, `its header says ${sampleRate} samples a second`)
  return {
    channels,
    sampleRate,
    preSkip: opus ? view.getUint16(10, true) : 0,
    gain: opus ? 10 ** (view.getInt16(16, true) / (20 * 256)) : 1,
  }
}

/**
 * One logical stream and its decoder. Pages go in one by one, because a page bounds what one step can decode to,
 * and without their "last page" mark: the decoders' own cutting at the end miscounts in damaged files (Opus: 8 s
 * out of 2). What lies behind the last page's granule is cut here (RFC 7845 §4.4, Vorbis I §A.2).
 */
class OggStream {
  damaged = false
  #total = 0
  /** Granule before the first sample; known when the first page was decoded. */
  #origin: bigint | null = null
  #lastGranule: bigint | null = null
  #endGranule: bigint | null = null
  #sequence: number
  /** The newest block, kept back because the end may cut it. */
  #held: Float32Array[] | null = null
  #finished = false

  private constructor(
    readonly head: StreamHead,
    readonly serial: number,
    sequence: number,
    private readonly decoder: OggOpusDecoder | OggVorbisDecoder,
  ) {
    this.#sequence = sequence
  }

  static async open(kind: OggKind, head: StreamHead, firstPage: OggPage): Promise<OggStream> {
    const decoder = kind === 'ogg-opus' ? new OggOpusDecoder() : new OggVorbisDecoder()
    await decoder.ready
    const stream = new OggStream(head, firstPage.serial, firstPage.sequence, decoder)
    await stream.push(firstPage)
    return stream
  }

  /** Whether pages with sound have come: what begins then is a chained stream, not one beside this. */
  get hasSound(): boolean {
    return this.#total > 0 || (this.#lastGranule ?? 0n) > 0n
  }

  async push(page: OggPage): Promise<DecodedBlock | null> {
    if (this.#finished) return null
    // Comments and set-up are pages 1 and up; a page twice, or one missing, is damage.
    if (!page.begins && page.sequence !== this.#sequence + 1) this.damaged = true
    this.#sequence = page.sequence
    const decoded = await this.decoder.decode(clearLastPageMark(page))
    // The decoder is one page behind: what came out belongs to the pages before this one.
    const block = this.#accept(decoded)
    this.#lastGranule = page.granule ?? this.#lastGranule
    if (page.ends) this.#endGranule = page.granule
    return block
  }

  /** Decodes what is left and cuts the end. */
  async finish(): Promise<DecodedBlock | null> {
    if (this.#finished) return null
    this.#finished = true
    if (this.#endGranule === null) this.damaged = true
    const before = this.#total === 0
    const previous = this.#accept(await this.decoder.flush())
    if (before) this.#origin = BigInt(this.head.preSkip)
    const last = this.#cutEnd(this.#held)
    this.#held = null
    if (!previous) return last && this.#block(last)
    if (!last) return previous
    return this.#block(last.map((samples, i) => concat(previous.channelData[i], samples)))
  }

  free(): void {
    freeDecoder(this.decoder)
  }

  #accept(decoded: { channelData: Float32Array[]; samplesDecoded: number; errors: unknown[] }) {
    if (decoded.errors.length > 0) this.damaged = true
    const samples = decoded.channelData[0]?.length ?? 0
    if (samples === 0) return null
    if (this.#total === 0 && this.#lastGranule !== null) this.#origin = this.#lastGranule - BigInt(samples)
    this.#total += samples
    if (this.head.gain !== 1)
      for (const channel of decoded.channelData)
        for (let i = 0; i < channel.length; i++) channel[i] = (channel[i] ?? 0) * this.head.gain
    const ready = this.#held
    this.#held = decoded.channelData
    return ready && this.#block(ready)
  }

  #cutEnd(block: Float32Array[] | null): Float32Array[] | null {
    if (!block || this.#endGranule === null || this.#origin === null) return block
    const excess = this.#total - Number(this.#endGranule - this.#origin)
    const length = block[0]?.length ?? 0
    if (excess <= 0 || excess > length) return block
    return block.map((samples) => samples.subarray(0, length - excess))
  }

  #block(channelData: Float32Array[]): DecodedBlock {
    return { channelData, sampleRate: this.head.sampleRate }
  }
}

function concat(a: Float32Array | undefined, b: Float32Array): Float32Array {
  if (!a) return b
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
