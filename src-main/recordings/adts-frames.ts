import { type CutterState, FrameCutter } from './frame-cutter'

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

/** Without a checksum. */
const ADTS_HEADER_BYTES = 7

const SAMPLE_RATES = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
] as const

/** The sample rate that an MPEG-4 index of four bits stands for (ISO/IEC 14496-3 table 1.18). */
export const aacSampleRate = (index: number): number | null => SAMPLE_RATES[index] ?? null

/** The frame header at `offset`, or null where there is none. */
export function parseAdtsHeader(bytes: Uint8Array, offset: number): AdtsHeader | null {
  if (bytes[offset] !== 0xff) return null
  const [, b1, b2, b3, b4, b5, b6] = bytes.subarray(offset, offset + ADTS_HEADER_BYTES)
  if (b1 === undefined || b2 === undefined || b3 === undefined || b4 === undefined) return null
  if (b5 === undefined || b6 === undefined || (b1 & 0xf6) !== 0xf0) return null
  const rateIndex = (b2 >> 2) & 15
  const sampleRate = aacSampleRate(rateIndex)
  const headerBytes = b1 & 1 ? ADTS_HEADER_BYTES : ADTS_HEADER_BYTES + 2
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

/** A cutter of ADTS bytes. Its frames come with their headers: `headerBytes` of them are not part of the packet. */
export const adtsCutter = (): FrameCutter<AdtsHeader> => new FrameCutter({ frameAt })

function frameAt(
  bytes: Uint8Array,
  offset: number,
  { first, isSynced, isAtEnd }: CutterState<AdtsHeader>,
): AdtsHeader | 'more' | null {
  if (bytes[offset] !== 0xff) return null
  if (bytes.length - offset < ADTS_HEADER_BYTES) return 'more'
  const header = parseAdtsHeader(bytes, offset)
  if (!header || (first && !sameAdtsStream(first, header))) return null
  const end = offset + header.length
  if (end > bytes.length) return 'more'
  if (isSynced) return header
  if (bytes.length - end < ADTS_HEADER_BYTES) return isAtEnd ? header : 'more'
  const next = parseAdtsHeader(bytes, end)
  return next && sameAdtsStream(header, next) ? header : null
}
