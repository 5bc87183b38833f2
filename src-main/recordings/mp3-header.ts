/** What the four bytes before each MPEG audio frame say (ISO/IEC 11172-3 §2.4.2.3, 13818-3; layer III only). */
export interface Mp3Header {
  /** 1 for MPEG-1, 2 for MPEG-2 (half rates), 2.5 for the unofficial quarter rates. */
  readonly version: 1 | 2 | 2.5
  readonly sampleRate: number
  readonly channels: 1 | 2
  /** Samples a channel in this frame. */
  readonly samples: number
  /** Bytes of the whole frame, header included. */
  readonly length: number
}

const BITRATES_KBPS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const BITRATES_KBPS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const SAMPLE_RATES_1 = [44100, 48000, 32000]

/**
 * The frame header at `offset`, or null where there is none. Layers I and II, reserved values and "free format"
 * (bit rate 0) are none: Chromium plays none of them either.
 */
export function parseMp3Header(bytes: Uint8Array, offset: number): Mp3Header | null {
  // First, because this is asked at every byte of junk.
  if (bytes[offset] !== 0xff) return null
  const [, b1, b2, b3] = bytes.subarray(offset, offset + 4)
  if (b1 === undefined || b2 === undefined || b3 === undefined) return null
  if ((b1 & 0xe0) !== 0xe0 || (b1 & 0x06) !== 0x02) return null
  const versionBits = (b1 >> 3) & 3
  if (versionBits === 1 || (b3 & 3) === 2) return null
  const version = versionBits === 3 ? 1 : versionBits === 2 ? 2 : 2.5
  const kbps = (version === 1 ? BITRATES_KBPS_1 : BITRATES_KBPS_2)[b2 >> 4]
  const rate = SAMPLE_RATES_1[(b2 >> 2) & 3]
  if (!kbps || rate === undefined) return null
  const sampleRate = version === 1 ? rate : version === 2 ? rate / 2 : rate / 4
  const samples = version === 1 ? 1152 : 576
  return {
    version,
    sampleRate,
    channels: b3 >> 6 === 3 ? 1 : 2,
    samples,
    length: Math.floor(((samples / 8) * kbps * 1000) / sampleRate) + ((b2 >> 1) & 1),
  }
}

/** Whether two frames can belong to one stream: a stream never changes its version or its rate. */
export const sameMp3Stream = (a: Mp3Header, b: Mp3Header): boolean =>
  a.version === b.version && a.sampleRate === b.sampleRate

/**
 * Bytes of the ID3v2 tag at `offset`, header and footer included, or 0 where there is none
 * (id3.org, ID3v2.4.0 structure §3.1: a "syncsafe" size of 4 x 7 bits).
 */
export function id3v2Length(bytes: Uint8Array, offset = 0): number {
  const head = bytes.subarray(offset, offset + 10)
  const [i, d, three, major, , flags, s0, s1, s2, s3] = head
  if (i !== 0x49 || d !== 0x44 || three !== 0x33 || major === undefined || major === 0xff) return 0
  if (flags === undefined || s0 === undefined || s1 === undefined || s2 === undefined || s3 === undefined)
    return 0
  if ((s0 | s1 | s2 | s3) & 0x80) return 0
  return 10 + ((s0 << 21) | (s1 << 14) | (s2 << 7) | s3) + (flags & 0x10 ? 10 : 0)
}
