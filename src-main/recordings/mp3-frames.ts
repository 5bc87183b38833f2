import { type CutterState, FrameCutter } from './frame-cutter'
import { id3v2Length, type Mp3Header, parseMp3Header, sameMp3Stream } from './mp3-header'

/** Headers in a row that must agree before a stream is believed to begin, and to go on after damage. */
const HEADERS_TO_BEGIN = 3
const HEADERS_TO_RESUME = 2
const ID3V1_BYTES = 128
const APE_HEADER_BYTES = 32

const startsWith = (bytes: Uint8Array, offset: number, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[offset + i] !== text.charCodeAt(i)) return false
  return true
}

/** A cutter of MP3 bytes: ID3, APE and ID3v1 tags are stepped over. */
export const mp3Cutter = (): FrameCutter<Mp3Header> => new FrameCutter({ frameAt, tagAt })

function tagAt(
  bytes: Uint8Array,
  offset: number,
  { isSynced, isAtEnd }: CutterState<Mp3Header>,
): number | 'more' {
  const left = bytes.length - offset
  const first = bytes[offset]
  // 'I', 'T', 'A': nothing else can begin a tag.
  if (first !== 0x49 && first !== 0x54 && first !== 0x41) return 0
  if (left < APE_HEADER_BYTES && !isAtEnd) return 'more'
  if (startsWith(bytes, offset, 'ID3')) return id3v2Length(bytes, offset)
  if (startsWith(bytes, offset, 'TAG') && isSynced) return ID3V1_BYTES
  if (startsWith(bytes, offset, 'APETAGEX') && left >= APE_HEADER_BYTES) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(12, true)
    return APE_HEADER_BYTES + size
  }
  return 0
}

function frameAt(
  bytes: Uint8Array,
  offset: number,
  { first, isSynced, isAtEnd }: CutterState<Mp3Header>,
): Mp3Header | 'more' | null {
  if (bytes[offset] !== 0xff) return null
  if (bytes.length - offset < 4) return 'more'
  const header = parseMp3Header(bytes, offset)
  if (!header || (first && !sameMp3Stream(first, header))) return null
  if (offset + header.length > bytes.length) return 'more'
  if (isSynced) return header

  let at = offset + header.length
  const wanted = first ? HEADERS_TO_RESUME : HEADERS_TO_BEGIN
  for (let seen = 1; seen < wanted; seen++) {
    if (at + 4 > bytes.length) return isAtEnd ? header : 'more'
    const next = parseMp3Header(bytes, at)
    if (!next) return isAtEnd && startsWith(bytes, at, 'TAG') ? header : null
    if (!sameMp3Stream(header, next)) return null
    at += next.length
  }
  return header
}

/** What a layer III decoder is behind its encoder, in samples, whatever the encoder's own delay (LAME's 528 + 1). */
export const DECODER_DELAY_SAMPLES = 529

/** What an encoder wrote into the silent first frame of its file. */
export interface Mp3Info {
  /** Frames that follow, or null where it does not say. */
  readonly frames: number | null
  /** Samples of silence that encoding put before and behind the sound; null without a LAME-style tag. */
  readonly padding: { readonly startSamples: number; readonly endSamples: number } | null
}

/**
 * Reads the Xing/Info tag (with LAME's extension) or Fraunhofer's VBRI tag out of a stream's first frame.
 * Such a frame holds no sound and players do not play it. Layout: "MP3 Info Tag revision 1", LAME project.
 *
 * @returns null when the frame is an ordinary one
 */
export function parseMp3Info(frame: Uint8Array, header: Mp3Header): Mp3Info | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length)
  if (frame.length >= 54 && startsWith(frame, 36, 'VBRI'))
    return { frames: view.getUint32(50), padding: null }
  const mono = header.channels === 1
  const tagAt = 4 + (header.version === 1 ? (mono ? 17 : 32) : mono ? 9 : 17)
  if (!startsWith(frame, tagAt, 'Xing') && !startsWith(frame, tagAt, 'Info')) return null
  if (frame.length < tagAt + 8) return { frames: null, padding: null }
  const flags = view.getUint32(tagAt + 4)
  let at = tagAt + 8
  const frames = flags & 1 && frame.length >= at + 4 ? view.getUint32(at) : null
  at += (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0)
  // Encoder name (9 bytes) and 12 more before three bytes with both paddings.
  if (frame.length < at + 24) return { frames, padding: null }
  if (!['LAME', 'Lavf', 'Lavc'].some((name) => startsWith(frame, at, name))) return { frames, padding: null }
  const both = view.getUint32(at + 20) & 0xffffff
  return { frames, padding: { startSamples: both >> 12, endSamples: both & 0xfff } }
}
