/**
 * How fast, and in how much memory, recordings of one hour become peaks, and how long a reviewer waits for them in the
 * real window. Prints tables; asserts nothing.
 *
 *   npm run bench:audio -- [--minutes 60] [--seeks 200] [--only decode|window]
 *
 * Each decoding is measured in a process of its own, so that its largest resident size is its own; `--measure FILE` is
 * that process.
 */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { computePeaks } from '../../src-main/recordings/compute-peaks'
import { benchAudioWindow } from './audio-window'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seeks: { type: 'string', default: '200' },
    only: { type: 'string' },
    measure: { type: 'string' },
  },
})
const seconds = Number(options.minutes) * 60
const PIECE_SEC = Math.min(120, seconds)

interface Measured {
  readonly elapsedSec: number
  readonly firstPeaksSec: number
  readonly durationSec: number
  readonly peakRssMb: number
  readonly buckets: number
}

const RECORDINGS = [
  { what: 'mp3, stereo, 44.1 kHz, 64 kbit/s', file: 'hour.mp3', coding: ['-b:a', '64k'] },
  { what: 'opus, stereo, 32 kbit/s', file: 'hour-opus.opus', coding: ['-c:a', 'libopus', '-b:a', '32k'] },
  { what: 'vorbis, stereo, 44.1 kHz', file: 'hour.ogg', coding: ['-c:a', 'libvorbis', '-q:a', '1'] },
  { what: 'flac, stereo, 44.1 kHz', file: 'hour.flac', coding: ['-c:a', 'flac'] },
  { what: 'wav, stereo, 8 kHz, 16 bit', file: 'hour.wav', coding: ['-ar', '8000'] },
  { what: 'wav, stereo, 8 kHz, µ-law', file: 'hour-mulaw.wav', coding: ['-ar', '8000', '-c:a', 'pcm_mulaw'] },
] as const
/** Those that the window gets; AAC is decoded nowhere else. */
const IN_WINDOW = ['hour.mp3', 'hour-opus.opus', 'hour-aac.m4a']

/** Two voices' worth of noise that swells and fades like speech: pure tones would compress, and decode, too well. */
const SOURCE = [
  '-f',
  'lavfi',
  '-i',
  `anoisesrc=color=pink:seed=1:duration=${PIECE_SEC}:sample_rate=44100[a];anoisesrc=color=pink:seed=2:duration=${PIECE_SEC}:sample_rate=44100[b];[a][b]join=inputs=2:channel_layout=stereo,tremolo=f=3:d=0.8`,
]

async function measure(path: string): Promise<Measured> {
  const startMs = performance.now()
  let firstPeaksSec = 0
  const { durationSec, peaks } = await computePeaks(path, {
    onProgress: () => {
      firstPeaksSec ||= (performance.now() - startMs) / 1000
    },
  })
  const elapsedSec = (performance.now() - startMs) / 1000
  const peakRssMb = process.resourceUsage().maxRSS / 1024
  return {
    elapsedSec,
    firstPeaksSec: firstPeaksSec || elapsedSec,
    durationSec,
    peakRssMb,
    buckets: peaks.buckets,
  }
}

function measureApart(path: string): Measured {
  const program = process.argv[1] ?? ''
  const run = spawnSync(process.execPath, [program, '--measure', path], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`Measuring ${path} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

/** Only a piece is coded, and repeated to the whole: coding an hour takes longer than all that is measured. */
function make(path: string, coding: readonly string[]): string | null {
  const piece = path.replace(/(\.\w+)$/, '-piece$1')
  const times = Math.max(1, Math.round(seconds / PIECE_SEC))
  for (const args of [
    [...SOURCE, ...coding, piece],
    // FLAC numbers its frames: copies would number them anew.
    ['-stream_loop', String(times - 1), '-i', piece, ...(path.endsWith('.flac') ? [] : ['-c', 'copy']), path],
  ]) {
    const made = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { encoding: 'utf8' })
    if (made.status !== 0) return `ffmpeg could not make it: ${made.stderr.trim()}`
  }
  rmSync(piece)
  return null
}

const columns = [34, 9, 9, 12, 12, 9]
const line = (cells: readonly string[]) =>
  console.log(cells.map((c, i) => c.padEnd(columns[i] ?? 0)).join('  '))

async function main(): Promise<void> {
  if (spawnSync('ffmpeg', ['-version']).status !== 0) {
    console.log(
      'bench:audio: ffmpeg is not installed, so the recordings could not be made. Nothing measured.',
    )
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'earmark-bench-audio-'))
  try {
    line([
      `${options.minutes} minutes, in a worker's place`,
      'time',
      'x real',
      'first peaks',
      'peak memory',
      'buckets',
    ])
    for (const { what, file, coding } of RECORDINGS) {
      const path = join(folder, file)
      const isWanted = options.only !== 'window' || IN_WINDOW.includes(file)
      const problem = isWanted ? make(path, coding) : null
      if (problem) line([what, problem])
      if (problem || options.only === 'window') continue
      const { elapsedSec, firstPeaksSec, durationSec, peakRssMb, buckets } = measureApart(path)
      line([
        what,
        `${elapsedSec.toFixed(2)} s`,
        `${Math.round(durationSec / elapsedSec)} x`,
        `${firstPeaksSec.toFixed(2)} s`,
        `${Math.round(peakRssMb)} MB`,
        String(buckets),
      ])
      if (!IN_WINDOW.includes(file)) await rm(path)
    }
    if (options.only === 'decode') return
    const problem = make(join(folder, 'hour-aac.m4a'), ['-c:a', 'aac', '-b:a', '64k'])
    if (problem) line(['aac, stereo, 44.1 kHz', problem])
    await benchAudioWindow({ folder, files: IN_WINDOW, seconds, seeks: Number(options.seeks) })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

if (options.measure !== undefined) process.stdout.write(JSON.stringify(await measure(options.measure)))
else await main()
