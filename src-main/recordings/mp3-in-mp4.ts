import type { KeyObject } from 'node:crypto'
import { AUDIO_KINDS } from './mime'
import { type Mp3Index, readMp3Index } from './mp3-index'
import type { Wrapped } from './ranges'

/** ISO/IEC 14496-1, object type indication of "MPEG-1 Audio" and, for its half and quarter rates, "MPEG-2 Audio". */
const MPEG_1_AUDIO = 0x6b
const MPEG_2_AUDIO = 0x69
/** Where boxes and their offsets have 32 bits. */
const MAX_BYTES = 0xffff_0000
const UNITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)

const u32 = (...values: readonly number[]): Uint8Array => numbers(values)

/** 32-bit numbers, big-endian; an hour's frames are more than a call can have arguments. */
function numbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [at, value] of values.entries()) view.setUint32(at * 4, value)
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const box = (name: string, ...body: readonly Uint8Array[]): Uint8Array =>
  joined([u32(8 + body.reduce((sum, { length }) => sum + length, 0)), ascii(name), ...body])

/**
 * What makes an MP4 file (ISO/IEC 14496-12) of an MP3 file's bytes from its first frame to its last, when it is put
 * before them: an index of where each frame is.
 *
 * [Note: MP3 is played as MP4] An MP3 file doesn't say where in it a second is. Chromium guesses: from the average
 * bit rate, or from a table of 100 places in the header, each to 1/256 of the file. With a variable bit rate the sound is
 * then seconds, without a header or with a wrong one minutes, from where `currentTime` says it is, and nothing tells. In MP4 each
 * frame has its place, so that the clock is the sound's.
 *
 * Zero is where `decodeMp3` has it: behind the encoder's silence. An edit list would say so, but Chromium cuts its part off
 * at the start and then forgets it at every seek. So the frames that are silence, to the nearest whole, are left out, and the
 * first one lasts as long as it takes until the second is in its place: what is played from the start is within half a frame (with LAME's
 * 1,105 samples: 47 samples) of its time, what is sought is exact.
 *
 * @returns null where the file is too large for offsets of 32 bits, or hardly more than silence
 */
export function mp4HeadOf(index: Mp3Index): Uint8Array | null {
  const kept = withoutSilence(index)
  if (kept.sizes.length < 3 || index.end - index.start > MAX_BYTES) return null
  if (kept.durationSamples > MAX_BYTES) return null
  const ftyp = box('ftyp', ascii('isom'), u32(0x200), ascii('isomiso2mp41'))
  const build = (mediaAt: number): Uint8Array =>
    joined([ftyp, movie(kept, mediaAt - index.start), u32(8 + index.end - index.start), ascii('mdat')])
  // Its length does not depend on the places in it.
  return build(build(0).length)
}

interface KeptFrames extends Pick<Mp3Index, 'header' | 'sizes' | 'runs'> {
  /** How long the first and the last frame last, in samples; the others as long as they are. */
  readonly first: number
  readonly last: number
  readonly durationSamples: number
}

function withoutSilence({ header, sizes, runs, skip }: Mp3Index): KeptFrames {
  const { samples } = header
  const before = Math.round(skip.before / samples)
  const behind = Math.floor(skip.behind / samples)
  const kept = sizes.slice(before, sizes.length - behind)
  const first = samples + before * samples - skip.before
  const last = samples + behind * samples - skip.behind
  const keptRuns: { frame: number; start: number }[] = []
  runs.forEach(({ frame, start }, at) => {
    const next = runs[at + 1]?.frame ?? sizes.length
    if (next <= before || frame >= before + kept.length) return
    let from = start
    for (let one = frame; one < before; one++) from += sizes[one] ?? 0
    keptRuns.push({ frame: Math.max(0, frame - before), start: from })
  })
  const durationSamples = first + Math.max(0, kept.length - 2) * samples + last
  return { header, sizes: kept, runs: keptRuns, first, last, durationSamples }
}

/**
 * How an MP3 file is served as MP4.
 *
 * @returns null where there is no sound in it: what it is then shows when it is played as it is
 * @throws the system's error
 */
export async function wrapMp3(path: string, filesKey: KeyObject | null = null): Promise<Wrapped | null> {
  const index = await readMp3Index(path, filesKey)
  const head = index && mp4HeadOf(index)
  if (!head) return null
  return { mime: AUDIO_KINDS.m4a.mime, head, start: index.start, end: index.end }
}

/** `shift`: from a place in the MP3 file to the same in the MP4 file. */
function movie(frames: KeptFrames, shift: number): Uint8Array {
  const { sampleRate } = frames.header
  const all = frames.durationSamples
  const media = box(
    'mdia',
    box('mdhd', u32(0, 0, 0, sampleRate, all), u16(0x55c4), u16(0)),
    box('hdlr', u32(0, 0), ascii('soun'), u32(0, 0, 0), Uint8Array.of(0)),
    box(
      'minf',
      box('smhd', u32(0, 0)),
      box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))),
      sampleTable(frames, shift),
    ),
  )
  return box(
    'moov',
    box(
      'mvhd',
      u32(0, 0, 0, sampleRate, all, 0x10000),
      u16(0x100),
      u16(0),
      u32(0, 0, ...UNITY_MATRIX, 0, 0, 0, 0, 0, 0, 2),
    ),
    box(
      'trak',
      box('tkhd', u32(3, 0, 0, 1, 0, all, 0, 0, 0), u16(0x100), u16(0), u32(...UNITY_MATRIX, 0, 0)),
      media,
    ),
  )
}

function sampleTable({ header, sizes, runs, first, last }: KeptFrames, shift: number): Uint8Array {
  const { version, channels, sampleRate, samples } = header
  // ISO/IEC 14496-1 §7.2.6: descriptors of the elementary stream, of its decoder and of its (absent) sync layer.
  const decoder = joined([
    Uint8Array.of(version === 1 ? MPEG_1_AUDIO : MPEG_2_AUDIO, (5 << 2) | 1, 0, 0, 0),
    u32(0, 0),
  ])
  const stream = joined([u16(1), Uint8Array.of(0, 4, decoder.length), decoder, Uint8Array.of(6, 1, 2)])
  const entry = box(
    'mp4a',
    u32(0),
    u16(0),
    u16(1),
    u32(0, 0),
    u16(channels),
    u16(16),
    u32(0, sampleRate * 0x10000),
    box('esds', u32(0), Uint8Array.of(3, stream.length), stream),
  )
  const framesOf = (at: number): number => (runs[at + 1]?.frame ?? sizes.length) - (runs[at]?.frame ?? 0)
  return box(
    'stbl',
    box('stsd', u32(0, 1), entry),
    box('stts', u32(0, 3, 1, first, sizes.length - 2, samples, 1, last)),
    box('stsc', u32(0, runs.length), numbers(runs.flatMap((_, at) => [at + 1, framesOf(at), 1]))),
    box('stsz', u32(0, 0, sizes.length), numbers(sizes)),
    box('stco', u32(0, runs.length), numbers(runs.map(({ start }) => start + shift))),
  )
}
