import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computePeaks } from '../../src-main/recordings/compute-peaks'

/**
 * How fast, and in how much memory, recordings of one hour become peaks. Each is measured in a process of its own, so
 * that its largest resident size is its own. `--measure FILE` is that process.
 */

const HOUR_SEC = 3600
const MEASURE = '--measure'

interface Measured {
  readonly elapsedSec: number
  readonly durationSec: number
  readonly peakRssMb: number
  readonly buckets: number
}

const RECORDINGS = [
  { what: 'mp3, stereo, 44.1 kHz, 64 kbit/s', file: 'hour.mp3', coding: ['-b:a', '64k'] },
  { what: 'opus, stereo, 32 kbit/s', file: 'hour.opus', coding: ['-c:a', 'libopus', '-b:a', '32k'] },
  { what: 'vorbis, stereo, 44.1 kHz', file: 'hour.ogg', coding: ['-c:a', 'libvorbis', '-q:a', '1'] },
  { what: 'wav, stereo, 8 kHz, 16 bit', file: 'hour.wav', coding: ['-ar', '8000'] },
  { what: 'wav, stereo, 8 kHz, µ-law', file: 'hour-mulaw.wav', coding: ['-ar', '8000', '-c:a', 'pcm_mulaw'] },
] as const

/** Two voices' worth of noise that swells and fades like speech: pure tones would compress, and decode, too well. */
const SOURCE = [
  '-f',
  'lavfi',
  '-i',
  `anoisesrc=color=pink:seed=1:duration=${HOUR_SEC}:sample_rate=44100[a];anoisesrc=color=pink:seed=2:duration=${HOUR_SEC}:sample_rate=44100[b];[a][b]join=inputs=2:channel_layout=stereo,tremolo=f=3:d=0.8`,
]

async function measure(path: string): Promise<Measured> {
  const startMs = performance.now()
  const { durationSec, peaks } = await computePeaks(path)
  const elapsedSec = (performance.now() - startMs) / 1000
  return { elapsedSec, durationSec, peakRssMb: process.resourceUsage().maxRSS / 1024, buckets: peaks.buckets }
}

function measureApart(path: string): Measured {
  const program = process.argv[1] ?? ''
  const run = spawnSync(process.execPath, [program, MEASURE, path], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`Measuring ${path} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

async function main(): Promise<void> {
  if (spawnSync('ffmpeg', ['-version']).status !== 0) {
    console.log(
      'bench:audio: ffmpeg is not installed, so the hour-long recordings could not be made. Nothing measured.',
    )
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'earmark-bench-audio-'))
  try {
    const columns = [34, 9, 9, 14, 9]
    const line = (cells: readonly string[]) =>
      console.log(cells.map((c, i) => c.padEnd(columns[i] ?? 0)).join('  '))
    line(['one hour', 'time', 'x real', 'peak memory', 'buckets'])
    for (const { what, file, coding } of RECORDINGS) {
      const path = join(folder, file)
      const made = spawnSync('ffmpeg', ['-v', 'error', '-y', ...SOURCE, ...coding, path], {
        encoding: 'utf8',
      })
      if (made.status !== 0) {
        line([what, `ffmpeg could not make it: ${made.stderr.trim()}`])
        continue
      }
      const { elapsedSec, durationSec, peakRssMb, buckets } = measureApart(path)
      const speed = Math.round(durationSec / elapsedSec)
      line([what, `${elapsedSec.toFixed(2)} s`, `${speed} x`, `${Math.round(peakRssMb)} MB`, String(buckets)])
      await rm(path)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const [mode, path] = process.argv.slice(2)
if (mode === MEASURE && path !== undefined) process.stdout.write(JSON.stringify(await measure(path)))
else await main()
