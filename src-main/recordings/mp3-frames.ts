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

/**
 * Cuts MP3 bytes, given piece by piece, into whole frames of one stream. Tags are stepped over, damage is skipped
 * up to the next frames that agree. The decoder behind it so never sees anything but frames: on other bytes
 * it may search, complain or stop, and its counting of samples is then nobody's.
 */
export class Mp3Framer {
  /** The first frame's header: what the stream is. Null until one was found. */
  first: Mp3Header | null = null
  /** Whether something between two frames, or the last frame itself, was lost. */
  damaged = false

  #pending: Uint8Array = new Uint8Array(0)
  /** Bytes of a tag that are still to be dropped: tags hold pictures and can be larger than memory should be. */
  #toSkip = 0
  #synced = false
  #lostBytes = 0

  /** Whole frames in these and earlier bytes, in order; views into memory that is not written again. */
  push(bytes: Uint8Array): Uint8Array[] {
    return this.#cut(bytes, false)
  }

  /** What is left when the file has ended. */
  finish(): Uint8Array[] {
    return this.#cut(new Uint8Array(0), true)
  }

  #cut(added: Uint8Array, atEnd: boolean): Uint8Array[] {
    const dropped = Math.min(this.#toSkip, added.length)
    this.#toSkip -= dropped
    const fresh = added.subarray(dropped)
    const bytes = new Uint8Array(this.#pending.length + fresh.length)
    bytes.set(this.#pending)
    bytes.set(fresh, this.#pending.length)

    const frames: Uint8Array[] = []
    let offset = 0
    while (offset < bytes.length) {
      const tag = this.#tagLength(bytes, offset, atEnd)
      if (tag === 'more') break
      if (tag > 0) {
        this.#toSkip += Math.max(0, offset + tag - bytes.length)
        offset = Math.min(bytes.length, offset + tag)
        continue
      }
      const frame = this.#frameAt(bytes, offset, atEnd)
      if (frame === 'more') break
      if (frame === null) {
        this.#synced = false
        this.#lostBytes++
        offset++
        continue
      }
      // Junk before the first frame is common and loses nothing.
      if (this.first !== null && this.#lostBytes > 0) this.damaged = true
      this.#lostBytes = 0
      this.first ??= frame
      this.#synced = true
      frames.push(bytes.subarray(offset, offset + frame.length))
      offset += frame.length
    }
    if (atEnd && offset < bytes.length) this.damaged = true
    this.#pending = atEnd ? new Uint8Array(0) : bytes.subarray(offset)
    return frames
  }

  #tagLength(bytes: Uint8Array, offset: number, atEnd: boolean): number | 'more' {
    const left = bytes.length - offset
    const first = bytes[offset]
    // 'I', 'T', 'A': nothing else can begin a tag.
    if (first !== 0x49 && first !== 0x54 && first !== 0x41) return 0
    if (left < APE_HEADER_BYTES && !atEnd) return 'more'
    if (startsWith(bytes, offset, 'ID3')) return id3v2Length(bytes, offset)
    if (startsWith(bytes, offset, 'TAG') && this.#synced) return ID3V1_BYTES
    if (startsWith(bytes, offset, 'APETAGEX') && left >= APE_HEADER_BYTES) {
      const size = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(12, true)
      return APE_HEADER_BYTES + size
    }
    return 0
  }

  /** The whole frame at `offset`; null when none stands there; 'more' when the bytes do not suffice to say. */
  #frameAt(bytes: Uint8Array, offset: number, atEnd: boolean): Mp3Header | 'more' | null {
    if (bytes[offset] !== 0xff) return null
    if (bytes.length - offset < 4) return 'more'
    const header = parseMp3Header(bytes, offset)
    if (!header || (this.first && !sameMp3Stream(this.first, header))) return null
    if (offset + header.length > bytes.length) return atEnd && !this.#synced ? null : 'more'
    if (this.#synced) return header

    let at = offset + header.length
    const wanted = this.first ? HEADERS_TO_RESUME : HEADERS_TO_BEGIN
    for (let seen = 1; seen < wanted; seen++) {
      if (at + 4 > bytes.length) return atEnd ? header : 'more'
      const next = parseMp3Header(bytes, at)
      if (!next) return atEnd && startsWith(bytes, at, 'TAG') ? header : null
      if (!sameMp3Stream(header, next)) return null
      at += next.length
    }
    return header
  }
}

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
