import { spawnSync } from 'node:child_process'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { DECODING_LIMITS } from '../../src-main/backend/host'
import { computePeaks } from '../../src-main/recordings/compute-peaks'

/** How one recording became peaks. */
export interface Measured {
  readonly durationSec: number
  readonly elapsedSec: number
  /** Of all threads together: what would have passed on a machine with nothing else to do. */
  readonly cpuSec: number
  readonly firstPeaksSec: number
  /** Of the process with the worker in it, MB. */
  readonly peakMb: number
}

/** Measures in a process of its own, so that the largest resident size is its own. */
export function measureApart(path: string): Measured {
  const run = spawnSync(process.execPath, [process.argv[1] ?? '', '--measure', path], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`Measuring ${path} failed: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

/** That process: decodes in a worker that has the limits of the application's. */
export async function measureInWorker(path: string): Promise<Measured> {
  const worker = new Worker(process.argv[1] ?? '', { workerData: { path }, resourceLimits: DECODING_LIMITS })
  const before = process.cpuUsage()
  const told = await new Promise<Pick<Measured, 'durationSec' | 'elapsedSec' | 'firstPeaksSec'>>(
    (resolve, reject) => worker.once('message', resolve).once('error', reject),
  )
  const { user, system } = process.cpuUsage(before)
  return { ...told, cpuSec: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1024 }
}

/** The worker in that process. */
export async function decodeInWorker(): Promise<void> {
  const startMs = performance.now()
  const sinceStart = () => (performance.now() - startMs) / 1000
  let firstPeaksSec = 0
  const { durationSec } = await computePeaks(String(workerData.path), {
    onProgress: () => {
      firstPeaksSec ||= sinceStart()
    },
  })
  const elapsedSec = sinceStart()
  parentPort?.postMessage({ durationSec, elapsedSec, firstPeaksSec: firstPeaksSec || elapsedSec })
}
