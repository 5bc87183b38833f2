import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { type ReadHandle, readAt } from '../protection/content'
import { readRange } from './byte-range'
import { brokenRecording, type DecodedBlock, type Decoder, freeDecoder, MAX_CHANNELS } from './decoder'
import {
  type FlacFrame,
  FlacFramer,
  type FlacStreamInfo,
  parseStreamInfo,
  STREAMINFO_BYTES,
} from './flac-frames'
import { id3v2Length } from './mp3-header'
import { type OggPage, OggPageReader } from './ogg-pages'

type FlacKind = 'flac' | 'ogg-flac'

/** A hole longer than this is taken for a wrong number in a frame's header. */
const MAX_HOLE_SEC = 60
/** "fLaC", and a STREAMINFO block that is the last of its kind: what the decoder has to see before frames. */
const STREAM_HEAD = [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, STREAMINFO_BYTES]

/**
 * Decodes FLAC (RFC 9639), plain or in Ogg (RFC 9639 §10.1). Frames lost to damage are silence of their length, as
 * the frames behind say where they belong: what follows keeps its time.
 */
export async function* decodeFlac(handle: ReadHandle, fileBytes: number, kind: FlacKind): Decoder {
  const source = kind === 'flac' ? plainFlac(handle, fileBytes) : oggFlac(handle, fileBytes)
  const framer = new FlacFramer()
  const decoder = new FLACDecoder()
  try {
    await decoder.ready
    let info: FlacStreamInfo | null = null
    let position = 0
    let failed = false

    async function* decode(frames: FlacFrame[], { sampleRate, channels }: FlacStreamInfo) {
      for (const frame of frames) {
        const hole = frame.firstSample - position
        if (hole > 0 && hole <= MAX_HOLE_SEC * sampleRate) {
          failed = true
          yield* silence(hole, channels, sampleRate)
          position = frame.firstSample
        }
        const { channelData, samplesDecoded, errors } = await decoder.decodeFrames([frame.bytes])
        if (errors.length > 0 || samplesDecoded !== frame.samples || channelData.length !== channels)
          failed = true
        if (samplesDecoded === 0 || channelData.length !== channels) continue
        position += samplesDecoded
        yield { channelData, sampleRate } satisfies DecodedBlock
      }
    }

    for await (const piece of source) {
      if ('streamInfo' in piece) {
        info = checked(piece.streamInfo, kind)
        await decoder.decodeFrames([Uint8Array.from([...STREAM_HEAD, ...piece.streamInfo])])
      } else if ('isDamaged' in piece) failed = true
      else if (info) yield* decode(framer.push(piece.bytes), info)
    }
    if (info) yield* decode(framer.finish(), info)
    const missing = info?.totalSamples != null && position < info.totalSamples
    return { coding: 'FLAC', truncated: framer.damaged || failed || missing }
  } finally {
    freeDecoder(decoder)
  }
}

function checked(streamInfo: Uint8Array, kind: FlacKind): FlacStreamInfo {
  const info = parseStreamInfo(streamInfo)
  if (!info) throw brokenRecording(kind, 'its header is cut short')
  if (info.channels > MAX_CHANNELS) throw brokenRecording(kind, `its header says ${info.channels} channels`)
  if (info.sampleRate < 1000 || info.sampleRate > 768_000)
    throw brokenRecording(kind, `its header says ${info.sampleRate} samples a second`)
  return info
}

function* silence(samples: number, channels: number, sampleRate: number): Generator<DecodedBlock> {
  for (let left = samples; left > 0; left -= sampleRate) {
    const count = Math.min(left, sampleRate)
    yield { channelData: Array.from({ length: channels }, () => new Float32Array(count)), sampleRate }
  }
}

type FlacPiece =
  | { readonly streamInfo: Uint8Array }
  | { readonly bytes: Uint8Array }
  | { readonly isDamaged: true }

/** The metadata blocks are stepped over: they hold pictures, and can be larger than memory should be. */
async function* plainFlac(handle: ReadHandle, fileBytes: number): AsyncGenerator<FlacPiece> {
  const start = id3v2Length(await readAt(handle, 0, 10))
  yield { streamInfo: await readAt(handle, start + 8, STREAMINFO_BYTES) }
  let at = start + 4
  for (let isLast = false; !isLast; ) {
    const [first, a, b, c] = await readAt(handle, at, 4)
    // Where a block's length is wrong, a frame is looked for from here on.
    if (first === undefined || a === undefined || b === undefined || c === undefined || first === 0xff) break
    isLast = first >= 0x80
    at += 4 + ((a << 16) | (b << 8) | c)
  }
  if (at >= fileBytes) at = start + 8 + STREAMINFO_BYTES
  for await (const bytes of readRange(handle, at, fileBytes)) yield { bytes }
}

/** Packets are frames, one behind the other; those with metadata hold none and are skipped by the framer. */
async function* oggFlac(handle: ReadHandle, fileBytes: number): AsyncGenerator<FlacPiece> {
  const reader = new OggPageReader()
  let serial: number | null = null
  let isEnded = false
  function* take(pages: OggPage[]): Generator<FlacPiece> {
    for (const page of pages) {
      const body = page.bytes.subarray(page.bodyStart)
      if (page.begins && serial === null && isOggFlacHead(body)) {
        serial = page.serial
        // 0x7F "FLAC", version, count of header packets, "fLaC", block header.
        yield { streamInfo: body.subarray(17, 17 + STREAMINFO_BYTES) }
      } else if (page.serial === serial) {
        isEnded ||= page.ends
        yield { bytes: body }
      }
    }
  }
  for await (const bytes of readRange(handle, 0, fileBytes)) yield* take(reader.push(bytes))
  yield* take(reader.finish())
  if (reader.damaged || !isEnded) yield { isDamaged: true }
}

/** Whether an Ogg stream's first packet announces FLAC. */
export const isOggFlacHead = (packet: Uint8Array): boolean =>
  String.fromCharCode(...packet.subarray(0, 5)) === '\x7fFLAC'
