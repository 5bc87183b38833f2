/**
 * How fast, and in how much memory, recordings of one hour become peaks, and how long a reviewer waits for them in the
 * real window. Prints a table a part, with the goals; asserts nothing.
 *
 *   npm run bench:audio -- [--minutes 60] [--seeks 200] [--only decode|window]
 *
 * `--measure FILE` is the process in which one recording is decoded.
 */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { decodeInWorker, measureApart, measureInWorker } from './audio-decode'
import { benchAudioWindow } from './audio-window'
import { printTable } from './table'

const RECORDINGS = [
  { what: 'mp3, stereo, 44.1 kHz, 64 kbit/s', file: 'hour.mp3', coding: ['-b:a', '64k'] },
  { what: 'opus, stereo, 32 kbit/s', file: 'hour-opus.opus', coding: ['-c:a', 'libopus', '-b:a', '32k'] },
  { what: 'vorbis, stereo, 44.1 kHz', file: 'hour.ogg', coding: ['-c:a', 'libvorbis', '-q:a', '1'] },
  { what: 'flac, stereo, 44.1 kHz', file: 'hour.flac', coding: ['-c:a', 'flac'] },
  { what: 'wav, stereo, 8 kHz, 16 bit', file: 'hour.wav', coding: ['-ar', '8000'] },
  { what: 'wav, stereo, 8 kHz, µ-law', file: 'hour-mulaw.wav', coding: ['-ar', '8000', '-c:a', 'pcm_mulaw'] },
] as const
const AAC = { file: 'hour-aac.m4a', coding: ['-c:a', 'aac', '-b:a', '64k'] }
/** Those that the window gets; AAC is decoded nowhere else. */
const IN_WINDOW = ['hour.mp3', 'hour-opus.opus', AAC.file]

/**
 * Only a piece is coded, and repeated to the whole: coding an hour takes longer than all that is measured. Two voices' worth
 * of noise that swells and fades like speech: pure tones would compress, and decode, too well.
 */
function make(path: string, coding: readonly string[], seconds: number): void {
  const pieceSec = Math.min(120, seconds)
  const noise = (seed: number) => `anoisesrc=color=pink:seed=${seed}:duration=${pieceSec}:sample_rate=44100`
  const source = `${noise(1)}[a];${noise(2)}[b];[a][b]join=inputs=2:channel_layout=stereo,tremolo=f=3:d=0.8`
  const piece = path.replace(/(\.\w+)$/, '-piece$1')
  const again = String(Math.max(1, Math.round(seconds / pieceSec)) - 1)
  for (const args of [
    ['-f', 'lavfi', '-i', source, ...coding, piece],
    // FLAC numbers its frames: copies would number them anew.
    ['-stream_loop', again, '-i', piece, ...(path.endsWith('.flac') ? [] : ['-c', 'copy']), path],
  ]) {
    const made = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`ffmpeg could not make ${path}: ${made.stderr.trim()}`)
  }
  rmSync(piece)
}

async function benchDecoding(folder: string, seconds: number): Promise<void> {
  const rows = [['recording', 'time', 'x real', 'x processor', 'first peaks', 'largest memory']]
  for (const { what, file, coding } of RECORDINGS) {
    const path = join(folder, file)
    make(path, coding, seconds)
    const { elapsedSec, cpuSec, firstPeaksSec, durationSec, peakMb } = measureApart(path)
    rows.push([
      what,
      `${elapsedSec.toFixed(1)} s`,
      `${Math.round(durationSec / elapsedSec)} x`,
      `${Math.round(durationSec / cpuSec)} x`,
      `${firstPeaksSec.toFixed(2)} s`,
      `${Math.round(peakMb)} MB`,
    ])
    if (!IN_WINDOW.includes(file)) await rm(path)
  }
  rows.push(['goal', '', '>= 150 x', '', '', '<= 250 MB'])
  printTable(`${seconds / 60} minutes to peaks, in a worker`, rows)
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      seeks: { type: 'string', default: '200' },
      only: { type: 'string' },
      measure: { type: 'string' },
    },
  })
  if (options.measure !== undefined) {
    process.stdout.write(JSON.stringify(await measureInWorker(options.measure)))
    return
  }
  if (spawnSync('ffmpeg', ['-version']).status !== 0) {
    console.log(
      'bench:audio: ffmpeg is not installed, so the recordings could not be made. Nothing measured.',
    )
    return
  }
  const seconds = Number(options.minutes) * 60
  const folder = await mkdtemp(join(tmpdir(), 'earmark-bench-audio-'))
  try {
    if (options.only !== 'window') await benchDecoding(folder, seconds)
    if (options.only === 'decode') return
    for (const { file, coding } of [...RECORDINGS, AAC])
      if (IN_WINDOW.includes(file) && (file === AAC.file || options.only === 'window'))
        make(join(folder, file), coding, seconds)
    await benchAudioWindow({ folder, files: IN_WINDOW, seconds, seeks: Number(options.seeks) })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

await (isMainThread ? main() : decodeInWorker())
