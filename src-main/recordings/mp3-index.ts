import type { KeyObject } from 'node:crypto'
import { openContent } from '../protection/content'
import { readRange } from './byte-range'
import { DECODER_DELAY_SAMPLES, type Mp3Info, mp3Cutter, parseMp3Info } from './mp3-frames'
import type { Mp3Header } from './mp3-header'

/** Where every frame of an MP3 file is. */
export interface Mp3Index {
  /** The first frame's: what the stream is. */
  readonly header: Mp3Header
  /** Bytes of each frame that has sound, in order. */
  readonly sizes: readonly number[]
  /** Frames that follow one another without a gap: the number of the first, and where it begins in the file. */
  readonly runs: readonly { readonly frame: number; readonly start: number }[]
  /** Where the first frame begins and the last one ends in the file. */
  readonly start: number
  readonly end: number
  /** What an encoder added before and behind the sound, in samples of the decoded stream. */
  readonly skip: { readonly before: number; readonly behind: number }
}

/** A hundred hours at 48 kHz; an index of more is not worth its memory. */
const MAX_FRAMES = 15_000_000

/**
 * Reads an MP3 file from end to end, without decoding it: about 0.1 s for an hour. The frames are those that `decodeMp3`
 * decodes, and time is counted as there. No header is believed about the length.
 *
 * @returns null where there are no frames
 * @throws the system's error
 */
export async function readMp3Index(
  path: string,
  filesKey: KeyObject | null = null,
): Promise<Mp3Index | null> {
  const handle = await openContent(path, filesKey)
  try {
    const cutter = mp3Cutter()
    const sizes: number[] = []
    const runs: { frame: number; start: number }[] = []
    let end = -1
    let info: Mp3Info | null = null
    let isFirst = true
    const add = (frames: ReturnType<typeof cutter.push>): void => {
      for (const { header, bytes, start } of frames) {
        if (isFirst) info = parseMp3Info(bytes, header)
        const isSound = !isFirst || info === null
        isFirst = false
        if (!isSound) continue
        if (start !== end) runs.push({ frame: sizes.length, start })
        sizes.push(header.length)
        end = start + header.length
      }
    }
    const { size } = await handle.stat()
    for await (const bytes of readRange(handle, 0, size)) {
      add(cutter.push(bytes))
      if (sizes.length > MAX_FRAMES) return null
    }
    add(cutter.finish())
    const header = cutter.first
    const start = runs[0]?.start
    if (!header || start === undefined) return null
    return { header, sizes, runs, start, end, skip: skipped(info, sizes.length) }
  } finally {
    await handle.close()
  }
}

function skipped(info: Mp3Info | null, frames: number): Mp3Index['skip'] {
  if (!info?.padding) return { before: 0, behind: 0 }
  const behind = info.frames === frames ? Math.max(0, info.padding.endSamples - DECODER_DELAY_SAMPLES) : 0
  return { before: info.padding.startSamples + DECODER_DELAY_SAMPLES, behind }
}
