/**
 * Eight hours of use in twenty minutes: calls are opened, played, annotated, searched for and synced without a pause,
 * and what is left behind is counted all the time. Prints a table; exits with 1 when a promise is broken.
 *
 *   npm run soak -- [--minutes 20] [--calls 60]
 *
 * The promises: after a warm-up (the first quarter), no process holds 10 % more memory (its own, shared libraries
 * aside; medians of the first and the last five samples), and no listener, node, audio element or context, object URL, worker, port, file or
 * thread is left over. Collections are forced before each sample in the page and in the main process; the workers' own heaps can't be reached from outside.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launchEarmark } from '../application'
import { broken, type Sample } from './soak-rounds'
import { soak } from './soak-run'

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, calls: { type: 'string', default: '60' } },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

let kinds: string[] = []
const header = (memory: Record<string, number>): void => {
  kinds = Object.keys(memory)
  const names = [
    'minute',
    'rounds',
    ...kinds.map((kind) => `${kind.slice(0, 10)} MB`),
    'page JS',
    'listeners',
    'nodes',
    'audio',
    'ports',
    'files',
    'threads',
  ]
  say(names.map((name) => name.padStart(11)).join(''))
}
function row({ minute, rounds, counts, files, threads, memory }: Sample): void {
  if (kinds.length === 0) header(memory)
  const cells = [
    minute.toFixed(1),
    rounds,
    ...kinds.map((kind) => (memory[kind] ?? 0).toFixed(0)),
    counts.heapMb.toFixed(1),
    counts.listeners,
    counts.nodes,
    counts.audios,
    counts.mainThings,
    files ?? '–',
    threads ?? '–',
  ]
  say(cells.map((cell) => String(cell).padStart(11)).join(''))
}

const folder = mkdtempSync(join(tmpdir(), 'earmark-soak-'))
const earmark = await launchEarmark(join(folder, 'workspace'))
try {
  const samples = await soak(earmark, {
    minutes: Number(options.minutes),
    calls: Number(options.calls),
    samples: 20,
    onSample: row,
  })
  const steady = samples.slice(Math.ceil(samples.length / 4))
  const problems = broken(steady.slice(0, 5), steady.slice(-5))
  say(problems.length === 0 ? 'Every promise was kept.' : `Broken:\n  ${problems.join('\n  ')}`)
  if (earmark.problems.length > 0) say(`The page reported:\n  ${earmark.problems.join('\n  ')}`)
  process.exitCode = problems.length + earmark.problems.length === 0 ? 0 : 1
} finally {
  await earmark.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
