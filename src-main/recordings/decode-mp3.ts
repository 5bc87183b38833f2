import type { FileHandle } from 'node:fs/promises'
import { MPEGDecoder } from 'mpg123-decoder'
import { readRange } from './byte-range'
import { type DecodedBlock, type Decoder, freeDecoder } from './decoder'
import type { CutFrame } from './frame-cutter'
import { type Mp3Info, mp3Cutter, parseMp3Info } from './mp3-frames'
import type { Mp3Header } from './mp3-header'

/** What a layer III decoder is behind its encoder, in samples, whatever the encoder's own delay (LAME's 528 + 1). */
const DECODER_DELAY_SAMPLES = 529

/**
 * Decodes MP3 from the bytes `start` up to `end` of a file.
 *
 * Time is counted as Chromium counts it (FFmpeg's demuxer, `mp3dec.c`): with a LAME-style tag, the encoder's
 * delay + 529 samples are cut from the start, and the encoder's padding - 529 before the end that the tag's
 * frame count gives; without one, nothing is. mpg123's own "gapless" mode does the same for intact
 * files, but believes a wrong frame count; so it is off, and the cutting is done here.
 */
export async function* decodeMp3(handle: FileHandle, start: number, end: number): Decoder {
  const cutter = mp3Cutter()
  const decoder = new MPEGDecoder({ enableGapless: false })
  try {
    await decoder.ready
    let info: Mp3Info | null = null
    let decodedSamples = 0
    let frameCount = 0
    let failed = false

    const decode = (cut: CutFrame<Mp3Header>[]): DecodedBlock | null => {
      const header = cutter.first
      if (!header) return null
      let frames = cut
      const [firstFrame] = frames
      if (frameCount === 0 && firstFrame && info === null) {
        info = parseMp3Info(firstFrame.bytes, header)
        if (info) frames = frames.slice(1)
      }
      if (frames.length === 0) return null
      frameCount += frames.length
      const decoded = decoder.decode(joined(frames))
      if (decoded.errors.length > 0) failed = true
      if (decoded.samplesDecoded === 0) return null
      // mpg123-decoder always gives two channels; the second of a mono stream is a copy.
      const channelData = decoded.channelData.slice(0, header.channels)
      const kept = cutPadding(channelData, decodedSamples, info, header.samples)
      decodedSamples += decoded.samplesDecoded
      return { channelData: kept, sampleRate: header.sampleRate }
    }

    for await (const bytes of readRange(handle, start, end)) {
      const block = decode(cutter.push(bytes))
      if (block) yield block
    }
    const rest = decode(cutter.finish())
    if (rest) yield rest

    const promised: number | null = (info as Mp3Info | null)?.frames ?? null
    const missing = promised !== null && frameCount < promised
    return { coding: 'MPEG layer III', truncated: cutter.damaged || failed || missing }
  } finally {
    freeDecoder(decoder)
  }
}

function joined(frames: readonly CutFrame<Mp3Header>[]): Uint8Array {
  const all = new Uint8Array(frames.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const { bytes } of frames) {
    all.set(bytes, at)
    at += bytes.length
  }
  return all
}

/** `channelData` (whose first sample is number `position` of the stream) without what the encoder added. */
function cutPadding(
  channelData: Float32Array[],
  position: number,
  info: Mp3Info | null,
  frameSamples: number,
): Float32Array[] {
  if (!info?.padding) return channelData
  const skipBefore = info.padding.startSamples + DECODER_DELAY_SAMPLES
  const tailEnd = info.frames === null ? 0 : info.frames * frameSamples
  const tailStart = tailEnd - Math.max(0, info.padding.endSamples - DECODER_DELAY_SAMPLES)
  return channelData.map((samples) => {
    const at = (absolute: number): number => Math.min(samples.length, Math.max(0, absolute - position))
    const from = at(skipBefore)
    if (info.frames === null || at(tailStart) === at(tailEnd)) return samples.subarray(from)
    // Sound behind the promised end (a wrong frame count) is sound all the same.
    const before = samples.subarray(from, Math.max(from, at(tailStart)))
    const behind = samples.subarray(Math.max(from, at(tailEnd)))
    if (behind.length === 0) return before
    const kept = new Float32Array(before.length + behind.length)
    kept.set(before)
    kept.set(behind, before.length)
    return kept
  })
}
