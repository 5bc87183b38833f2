import { MPEGDecoder } from 'mpg123-decoder'
import type { ReadHandle } from '../protection/content'
import { readRange } from './byte-range'
import { type DecodedBlock, type Decoder, freeDecoder } from './decoder'
import type { CutFrame } from './frame-cutter'
import { DECODER_DELAY_SAMPLES, type Mp3Info, mp3Cutter, parseMp3Info } from './mp3-frames'
import type { Mp3Header } from './mp3-header'

/**
 * Decodes MP3 from the bytes `start` up to `end` of a file.
 *
 * Time is counted as Chromium counts it (FFmpeg's demuxer, `mp3dec.c`): with a LAME-style tag, the encoder's
 * delay + 529 samples are cut from the start, and the encoder's padding - 529 from the end, if it is the one that the tag's
 * frame count gives; without one, nothing is. mpg123's own "gapless" mode does the same for intact
 * files, but believes a wrong frame count; so it is off, and the cutting is done here. `mp3-index.ts` says the same
 * to the player.
 */
export async function* decodeMp3(handle: ReadHandle, start: number, end: number): Decoder {
  const cutter = mp3Cutter()
  const decoder = new MPEGDecoder({ enableGapless: false })
  try {
    await decoder.ready
    let info: Mp3Info | null = null
    const padding = new PaddingCutter()
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
      const sound = padding.cut(channelData, info, header.samples)
      return { channelData: sound, sampleRate: header.sampleRate }
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

/** Cuts off what the encoder added. What may be its silence at the end is held back until more follows, or nothing does. */
class PaddingCutter {
  #position = 0
  #held: Float32Array[] = []

  /** The samples that are sound, of these and those held back. */
  cut(channelData: Float32Array[], info: Mp3Info | null, frameSamples: number): Float32Array[] {
    if (!info?.padding) return channelData
    const skipped = info.padding.startSamples + DECODER_DELAY_SAMPLES - this.#position
    this.#position += channelData[0]?.length ?? 0
    const sound = channelData.map((samples, channel) =>
      behind(this.#held[channel], samples.subarray(Math.min(samples.length, Math.max(0, skipped)))),
    )
    this.#held = []
    const end = (info.frames ?? 0) * frameSamples
    // Sound behind the promised end (a wrong frame count) is sound all the same.
    if (this.#position > end) return sound
    const silence = Math.max(0, info.padding.endSamples - DECODER_DELAY_SAMPLES)
    const kept = Math.max(0, (sound[0]?.length ?? 0) - Math.max(0, this.#position - (end - silence)))
    this.#held = sound.map((samples) => samples.slice(kept))
    return sound.map((samples) => samples.subarray(0, kept))
  }
}

function behind(first: Float32Array | undefined, second: Float32Array): Float32Array {
  if (!first?.length) return second
  const both = new Float32Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
