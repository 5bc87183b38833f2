/** What the 7 or 9 bytes before each AAC packet in an ADTS stream say (ISO/IEC 13818-7 §6.2). */
export interface AdtsHeader {
  /** MPEG-4 audio object type: 2 is AAC-LC. */
  readonly objectType: number
  readonly sampleRate: number
  readonly rateIndex: number
  /** 0: the packet itself says. */
  readonly channelConfig: number
  readonly headerBytes: number
  /** Bytes of the whole frame, header included. */
  readonly length: number
}

const SAMPLE_RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
] as const

/** The sample rate that an MPEG-4 index of four bits stands for (ISO/IEC 14496-3 table 1.18). */
export const aacSampleRate = (index: number): number | null => SAMPLE_RATES[index] ?? null

/** The frame header at `offset`, or null where there is none. */
export function parseAdtsHeader(bytes: Uint8Array, offset: number): AdtsHeader | null {
  if (bytes[offset] !== 0xff) return null
  const [, b1, b2, b3, b4, b5, b6] = bytes.subarray(offset, offset + 7)
  if (b1 === undefined || b2 === undefined || b3 === undefined || b4 === undefined) return null
  if (b5 === undefined || b6 === undefined || (b1 & 0xf6) !== 0xf0) return null
  const rateIndex = (b2 >> 2) & 15
  const sampleRate = aacSampleRate(rateIndex)
  const headerBytes = b1 & 1 ? 7 : 9
  const length = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5)
  // More than one block a frame is allowed, and never written.
  if (sampleRate === null || length <= headerBytes || (b6 & 3) !== 0) return null
  return {
    objectType: (b2 >> 6) + 1,
    sampleRate,
    rateIndex,
    channelConfig: ((b2 & 1) << 2) | (b3 >> 6),
    headerBytes,
    length,
  }
}

/** Whether two frames can belong to one stream. */
export const sameAdtsStream = (a: AdtsHeader, b: AdtsHeader): boolean =>
  a.objectType === b.objectType && a.sampleRate === b.sampleRate && a.channelConfig === b.channelConfig

/**
 * Cuts ADTS bytes, given piece by piece, into the packets of one stream (headers taken off). Damage is skipped
 * up to the next two frames that agree.
 */
export class AdtsFramer {
  /** The first frame's header: what the stream is. */
  first: AdtsHeader | null = null
  /** Whether something between two frames, or the last frame itself, was lost. */
  damaged = false
  #pending: Uint8Array = new Uint8Array(0)
  #synced = false
  #lostBytes = 0

  /** Whole packets in these and earlier bytes; views into memory that is not written again. */
  push(bytes: Uint8Array): Uint8Array[] {
    return this.#cut(bytes, false)
  }

  /** What is left when the file has ended. */
  finish(): Uint8Array[] {
    return this.#cut(new Uint8Array(0), true)
  }

  #cut(added: Uint8Array, atEnd: boolean): Uint8Array[] {
    const bytes = new Uint8Array(this.#pending.length + added.length)
    bytes.set(this.#pending)
    bytes.set(added, this.#pending.length)
    const packets: Uint8Array[] = []
    let offset = 0
    while (offset < bytes.length) {
      const frame = this.#frameAt(bytes, offset, atEnd)
      if (frame === 'more') break
      if (frame === null) {
        this.#synced = false
        this.#lostBytes++
        offset++
        continue
      }
      if (this.first !== null && this.#lostBytes > 0) this.damaged = true
      this.#lostBytes = 0
      this.first ??= frame
      this.#synced = true
      packets.push(bytes.subarray(offset + frame.headerBytes, offset + frame.length))
      offset += frame.length
    }
    if (atEnd && this.first !== null && (offset < bytes.length || this.#lostBytes > 0)) this.damaged = true
    this.#pending = atEnd ? new Uint8Array(0) : bytes.subarray(offset)
    return packets
  }

  #frameAt(bytes: Uint8Array, offset: number, atEnd: boolean): AdtsHeader | 'more' | null {
    if (bytes[offset] !== 0xff) return null
    if (bytes.length - offset < 7) return atEnd ? null : 'more'
    const header = parseAdtsHeader(bytes, offset)
    if (!header || (this.first && !sameAdtsStream(this.first, header))) return null
    const end = offset + header.length
    if (end > bytes.length) return atEnd ? null : 'more'
    if (this.#synced) return header
    if (bytes.length - end < 7) return atEnd ? header : 'more'
    const next = parseAdtsHeader(bytes, end)
    return next && sameAdtsStream(header, next) ? header : null
  }
}
