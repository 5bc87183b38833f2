import { parseAdtsHeader, sameAdtsStream } from './adts-frames'
import type { AudioKind } from './mime'
import { id3v2Length, type Mp3Header, parseMp3Header, sameMp3Stream } from './mp3-header'

/** How much of a file `sniffAudio` wants to see; less is fine. */
export const SNIFF_BYTES = 65536

/** How far behind the start (or the ID3 tag) an MP3 stream may begin: encoders and cut streams leave junk there. */
const MP3_JUNK_BYTES = 16384

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length))

/**
 * What a file is, by its first bytes alone: names and Content-Types lie, and a login page called `call.mp3`
 * must never be archived as a recording.
 *
 * @param head the file's first bytes, up to `SNIFF_BYTES`
 * @returns the kind, or null when this is no audio that Earmark knows; `describeNonAudio` then says what it is
 */
export function sniffAudio(head: Uint8Array): AudioKind | null {
  const four = ascii(head, 0, 4)
  if (['RIFF', 'RF64', 'BW64'].includes(four)) return ascii(head, 8, 4) === 'WAVE' ? 'wav' : null
  if (four === 'OggS') return sniffOgg(head)
  if (four === 'fLaC') return 'flac'
  if (ascii(head, 4, 4) === 'ftyp') return 'm4a'
  const tag = id3v2Length(head)
  if (tag > 0 && tag + 4 > head.length) return 'mp3'
  if (tag > 0 && ascii(head, tag, 4) === 'fLaC') return 'flac'
  if (startsAdts(head, tag)) return 'aac'
  return startsMp3(head, tag) ? 'mp3' : null
}

/** The codec is named at the start of the first packet of the stream's first page (RFC 3533 §6, RFC 7845 §5.1). */
function sniffOgg(head: Uint8Array): AudioKind | null {
  let offset = 0
  // A skeleton or a second stream may come first; all first pages precede all data pages.
  for (let page = 0; page < 8 && ascii(head, offset, 4) === 'OggS'; page++) {
    const segments = head[offset + 26] ?? 0
    const body = offset + 27 + segments
    if (ascii(head, body, 8) === 'OpusHead') return 'ogg-opus'
    if (ascii(head, body, 7) === '\x01vorbis') return 'ogg-vorbis'
    if (ascii(head, body, 5) === '\x7fFLAC') return 'ogg-flac'
    offset = body
    for (let i = body - segments; i < body; i++) offset += head[i] ?? 0
  }
  return null
}

/** Three headers, each where the one before says: 12 bits of sync word alone are found anywhere. */
function startsAdts(head: Uint8Array, start: number): boolean {
  let at = start
  const first = parseAdtsHeader(head, at)
  if (!first) return false
  for (let n = 0; n < 2; n++) {
    at += (n === 0 ? first : (parseAdtsHeader(head, at) ?? first)).length
    if (at >= head.length) return at === head.length
    const next = parseAdtsHeader(head, at)
    if (!next || !sameAdtsStream(first, next)) return false
  }
  return true
}

/**
 * An 11-bit sync word alone is found in any photograph. A frame counts when the next header stands where this
 * one's length says, agreeing with it; behind junk, when two do. A file that ends with its first frame has nothing more to ask.
 */
function startsMp3(head: Uint8Array, start: number): boolean {
  const last = Math.min(head.length - 4, start + MP3_JUNK_BYTES)
  for (let offset = start; offset <= last; offset++) {
    const first = parseMp3Header(head, offset)
    if (first && followed(head, offset, first, offset === start ? 1 : 2)) return true
  }
  return false
}

function followed(head: Uint8Array, offset: number, first: Mp3Header, wanted: number): boolean {
  let at = offset + first.length
  for (let n = 0; n < wanted; n++) {
    if (at + 4 > head.length) return offset === 0 || n > 0 ? at <= head.length : false
    const next = parseMp3Header(head, at)
    // A file of a single frame may end in an ID3v1 tag.
    if (!next) return offset === 0 && n === 0 && ascii(head, at, 3) === 'TAG'
    if (!sameMp3Stream(first, next)) return false
    at += next.length
  }
  return true
}

const SIGNATURES: readonly (readonly [offset: number, magic: string, what: string])[] = [
  [0, '%PDF', 'a PDF document'],
  [0, 'PK\x03\x04', 'a ZIP archive'],
  [0, '\x1f\x8b', 'a compressed (gzip) file'],
  [0, '\x89PNG', 'a picture'],
  [0, '\xff\xd8\xff', 'a picture'],
  [0, 'GIF8', 'a picture'],
  [0, '\x1aE\xdf\xa3', 'a WebM or Matroska file, which Earmark does not read'],
  [0, '#!AMR', 'an AMR recording, which Earmark does not read'],
  [0, '.snd', 'an AU recording, which Earmark does not read'],
  [0, 'FORM', 'an AIFF recording, which Earmark does not read'],
  [0, 'caff', 'a CAF recording, which Earmark does not read'],
  [0, 'ADIF', 'AAC in ADIF form, which Earmark does not read'],
  [8, 'AVI ', 'an AVI video'],
  [0, 'OggS', 'an Ogg file with a codec that Earmark does not read'],
]

/**
 * What a file is that `sniffAudio` did not know, as a noun phrase for a sentence ("the file is …").
 *
 * @param head the file's first bytes; an empty array means an empty file
 */
export function describeNonAudio(head: Uint8Array): string {
  if (head.length === 0) return 'empty (0 bytes)'
  for (const [offset, magic, what] of SIGNATURES) if (ascii(head, offset, magic.length) === magic) return what
  return describeText(head) ?? 'nothing that Earmark recognises as audio'
}

function describeText(head: Uint8Array): string | null {
  const sample = head.subarray(0, 4096)
  const wide = (sample[0] === 0xff && sample[1] === 0xfe) || (sample[0] === 0xfe && sample[1] === 0xff)
  const encoding = !wide ? 'utf-8' : sample[0] === 0xff ? 'utf-16le' : 'utf-16be'
  const text = new TextDecoder(encoding).decode(sample).trimStart()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text.
  if (/[\x00-\x08\x0e-\x1a]/.test(text)) return null
  if (/^<(!doctype html|html|head|body|!--)/i.test(text) || /<html[\s>]/i.test(text))
    return 'an HTML page, perhaps a login page'
  if (text.startsWith('<')) return 'an XML document, perhaps an error message'
  if (/^[{[]/.test(text)) return 'JSON, perhaps an error message'
  if (text === '') return 'blank'
  // The last character may be cut in two.
  return text.slice(0, -1).includes('\ufffd') ? null : 'plain text'
}
