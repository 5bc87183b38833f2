/** What a FLAC stream's first metadata block says (RFC 9639 §8.2). */
export interface FlacStreamInfo {
  readonly sampleRate: number
  readonly channels: number
  /** Samples a channel, or null where the encoder did not know. */
  readonly totalSamples: number | null
}

/** Bytes of the STREAMINFO block without its header. */
export const STREAMINFO_BYTES = 34

/**
 * Reads a STREAMINFO block.
 *
 * @param bytes the block without its header
 * @returns null when it is cut
 */
export function parseStreamInfo(bytes: Uint8Array): FlacStreamInfo | null {
  if (bytes.length < STREAMINFO_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const packed = view.getBigUint64(10)
  const total = Number(packed & 0xfffffffffn)
  return {
    sampleRate: Number(packed >> 44n),
    channels: Number((packed >> 41n) & 7n) + 1,
    totalSamples: total === 0 ? null : total,
  }
}

/** One frame, its checksums right. */
export interface FlacFrame {
  /** Views memory that is not written again. */
  readonly bytes: Uint8Array
  /** Number of its first sample in the stream. */
  readonly firstSample: number
  readonly samples: number
}

interface FrameHeader {
  readonly bytes: number
  readonly samples: number
  readonly firstSample: number
  /** Bits that never change within a stream: sync, blocking strategy. */
  readonly strategy: number
}

/** Without a frame that ends within so much, what looked like its beginning was none: 2 channels, 32 bit, the largest block. */
const MAX_FRAME_BYTES = 1 << 20
const MIN_FRAME_BYTES = 9

/** RFC 9639 §9.1.8: polynomial x^8 + x^2 + x + 1. */
const CRC8 = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1
  return crc
})

/** RFC 9639 §9.3: polynomial x^16 + x^15 + x^2 + 1. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1
  return crc
})

/**
 * Cuts FLAC bytes, given piece by piece, into whole frames (RFC 9639 §9). A frame does not say how long it is: it ends where
 * another begins, or the file ends, and its checksum is right. What is in between (metadata, damage, tags) is skipped,
 * so that the decoder behind it never sees anything but frames.
 */
export class FlacFramer {
  /** Whether bytes between two frames, or the last frame's end, were lost. */
  damaged = false

  #pending: Uint8Array = new Uint8Array(0)
  #strategy: number | null = null
  #blockSamples = 0
  #lostBytes = 0

  /** Whole frames in these and earlier bytes. */
  push(bytes: Uint8Array): FlacFrame[] {
    return this.#cut(bytes, false)
  }

  /** What is left when the file has ended. */
  finish(): FlacFrame[] {
    return this.#cut(new Uint8Array(0), true)
  }

  #cut(added: Uint8Array, atEnd: boolean): FlacFrame[] {
    const bytes = new Uint8Array(this.#pending.length + added.length)
    bytes.set(this.#pending)
    bytes.set(added, this.#pending.length)
    const frames: FlacFrame[] = []
    let offset = 0
    while (offset < bytes.length) {
      const header = this.#headerAt(bytes, offset)
      if (header === 'more' && !atEnd) break
      const end = header === null || header === 'more' ? null : this.#endOf(bytes, offset, header, atEnd)
      if (end === 'more') break
      if (end === null || header === null || header === 'more') {
        const next = bytes.indexOf(0xff, offset + 1)
        this.#lostBytes += (next < 0 ? bytes.length : next) - offset
        offset = next < 0 ? bytes.length : next
        continue
      }
      // Metadata before the first frame is no loss.
      if (this.#strategy !== null && this.#lostBytes > 0) this.damaged = true
      this.#lostBytes = 0
      this.#strategy = header.strategy
      this.#blockSamples = Math.max(this.#blockSamples, header.samples)
      frames.push({
        bytes: bytes.subarray(offset, end),
        firstSample: this.#firstSampleOf(header),
        samples: header.samples,
      })
      offset = end
    }
    // An ID3v1 tag behind the sound is no loss either.
    if (atEnd && this.#lostBytes + bytes.length - offset > 0 && !endsInTag(bytes, this.#lostBytes))
      this.damaged = true
    this.#pending = atEnd ? new Uint8Array(0) : bytes.subarray(offset)
    return frames
  }

  /** With blocks of one size, the header counts blocks; only the last is shorter. */
  #firstSampleOf(header: FrameHeader): number {
    return header.strategy === 1 ? header.firstSample : header.firstSample * this.#blockSamples
  }

  #headerAt(bytes: Uint8Array, offset: number): FrameHeader | 'more' | null {
    const header = parseFrameHeader(bytes, offset)
    if (header === null || header === 'more') return header
    return this.#strategy === null || header.strategy === this.#strategy ? header : null
  }

  #endOf(bytes: Uint8Array, offset: number, header: FrameHeader, atEnd: boolean): number | 'more' | null {
    let crc = 0
    let checked = offset
    const upTo = (end: number): number => {
      for (; checked < end; checked++)
        crc = ((crc << 8) ^ (CRC16[(crc >> 8) ^ (bytes[checked] ?? 0)] ?? 0)) & 0xffff
      return crc
    }
    const limit = Math.min(bytes.length, offset + MAX_FRAME_BYTES)
    let candidate = offset + Math.max(header.bytes, MIN_FRAME_BYTES)
    for (;;) {
      candidate = bytes.indexOf(0xff, candidate)
      if (candidate < 0 || candidate >= limit) break
      const next = this.#headerAt(bytes, candidate)
      if (next === 'more' && !atEnd) return 'more'
      if (next !== null && next !== 'more' && upTo(candidate) === 0) return candidate
      candidate++
    }
    if (!atEnd) return bytes.length - offset >= MAX_FRAME_BYTES ? null : 'more'
    if (bytes.length - offset > MAX_FRAME_BYTES) return null
    const tag = bytes.length - ID3V1_BYTES
    if (tag > checked && isTag(bytes, tag) && upTo(tag) === 0) return tag
    return upTo(bytes.length) === 0 ? bytes.length : null
  }
}

const ID3V1_BYTES = 128
const isTag = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x54 && bytes[at + 1] === 0x41 && bytes[at + 2] === 0x47
const endsInTag = (bytes: Uint8Array, lost: number): boolean =>
  lost === ID3V1_BYTES && isTag(bytes, bytes.length - ID3V1_BYTES)

/** RFC 9639 §9.1; 'more' when the bytes do not suffice to say. */
function parseFrameHeader(bytes: Uint8Array, offset: number): FrameHeader | 'more' | null {
  if (bytes[offset] !== 0xff) return null
  const second = bytes[offset + 1]
  if (second === undefined) return 'more'
  if ((second & 0xfe) !== 0xf8) return null
  // The longest header has 16 bytes.
  const short = bytes.length - offset < 16
  const third = bytes[offset + 2]
  const fourth = bytes[offset + 3]
  if (third === undefined || fourth === undefined) return 'more'
  const sizeBits = third >> 4
  const rateBits = third & 15
  if (sizeBits === 0 || rateBits === 15 || fourth >> 4 > 10 || (fourth >> 1) % 8 === 3 || fourth & 1)
    return null

  let at = offset + 4
  const number = codedNumber(bytes, at)
  if (number === null) return short ? 'more' : null
  at += number.bytes
  const extraSize = sizeBits === 6 ? 1 : sizeBits === 7 ? 2 : 0
  const extraRate = rateBits === 12 ? 1 : rateBits === 13 || rateBits === 14 ? 2 : 0
  const end = at + extraSize + extraRate
  if (end >= bytes.length) return 'more'
  const wide = (bytes[at] ?? 0) * (extraSize === 2 ? 256 : 1) + (extraSize === 2 ? (bytes[at + 1] ?? 0) : 0)
  let crc = 0
  for (let i = offset; i < end; i++) crc = CRC8[crc ^ (bytes[i] ?? 0)] ?? 0
  if (crc !== bytes[end]) return null
  const samples =
    extraSize > 0 ? wide + 1 : sizeBits === 1 ? 192 : sizeBits <= 5 ? 144 * 2 ** sizeBits : 2 ** sizeBits
  return { bytes: end + 1 - offset, samples, firstSample: number.value, strategy: second & 1 }
}

/** A number of up to 36 bits, coded as UTF-8 codes characters (RFC 9639 §9.1.5). */
function codedNumber(bytes: Uint8Array, offset: number): { value: number; bytes: number } | null {
  const first = bytes[offset]
  if (first === undefined) return null
  if (first < 0x80) return { value: first, bytes: 1 }
  const length = Math.clz32(~(first << 24))
  if (length < 2 || length > 7) return null
  let value = first & (0x7f >> length)
  for (let i = 1; i < length; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined || (byte & 0xc0) !== 0x80) return null
    value = value * 64 + (byte & 0x3f)
  }
  return { value, bytes: length }
}
