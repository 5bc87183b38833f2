/**
 * How long a start takes until somebody can work: the first calls are painted and the search box takes a key. Prints a
 * table for each size; asserts nothing.
 *
 *   npm run bench:start -- [--calls 0,10000,100000,1000000] [--starts 10] [--kinds warm,unclean,cold] [--dialogues FILE] [--seed N]
 *
 * warm: what was read before is in the computer's memory. unclean: the same after a kill -9 while something was written,
 * with the write-ahead logs there. cold: Linux is told to forget all files first, the program's own too (as root:
 * `sync; echo 3 > /proc/sys/vm/drop_caches`); where that is not allowed there are no cold starts.
 *
 * Nobody drives the window: the page notes its milestones itself, and is asked afterwards. They are milliseconds since
 * the process was asked for: `window`: its page begins to load (Electron is ready, our code has run); `shell`: the first
 * paint; `answer`: the backend's first answer (workers are up, databases open); `rows`: the first calls are painted;
 * `usable`: no task of the page keeps a key waiting any more (a task over 50 ms that begins before `rows` + 50).
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type BareWindow, openBareWindow } from './bare-window'
import { benchWorkspace, quantile, readCorpus } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '0,10000,100000' },
    starts: { type: 'string', default: '10' },
    kinds: { type: 'string', default: 'warm,unclean,cold' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const corpus = readCorpus(options.dialogues, Number(options.seed))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const MILESTONES = ['window', 'shell', 'answer', 'rows', 'usable'] as const
type Start = Record<(typeof MILESTONES)[number], number>

/** Makes Linux forget what it has read; false where that is not allowed. */
function forgetFiles(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

/** Runs in the page: when it came by each milestone, in this computer's clock. */
async function milestones(): Promise<{
  window: number
  shell: number
  answer: number
  rows: number
  usable: number
}> {
  const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime
  const rows = at('earmark:rows') ?? Number.NaN
  const tasks = await new Promise<{ from: number; to: number }[]>((resolve) => {
    const seen: { from: number; to: number }[] = []
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries())
        seen.push({ from: startTime, to: startTime + duration })
    }).observe({ type: 'longtask', buffered: true })
    setTimeout(() => resolve(seen), 300)
  })
  let usable = rows
  for (const { from, to } of tasks.sort((a, b) => a.from - b.from))
    if (from < usable + 50 && to > usable) usable = to
  const since = (ms: number | undefined) => performance.timeOrigin + (ms ?? Number.NaN)
  return {
    window: performance.timeOrigin,
    shell: since(at('first-contentful-paint')),
    answer: since(at('earmark:answered')),
    rows: since(rows),
    usable: since(usable),
  }
}

/** Leaves something in both write-ahead logs, as work does. */
const write = (window: BareWindow): Promise<void> =>
  window.evaluate(async (id) => {
    const { earmark } = globalThis as unknown as {
      earmark: { invoke: (...args: unknown[]) => Promise<{ value: { hits: { id: string }[] } }> }
    }
    const { value } = await earmark.invoke('search', 'page', {
      query: '',
      sort: 'date',
      limit: 1,
      cursor: null,
    })
    const [hit] = value.hits
    if (!hit) return
    const place = { kind: 'turn', turnIndex: 0 }
    const words = { label: 'Misheard', severity: 'minor', comment: 'before the kill', reviewer: 'Bench' }
    await earmark.invoke('annotations', 'create', { id, callId: hit.id, place, ...words })
    await earmark.invoke('recordings', 'use', { callId: hit.id })
  }, randomUUID())

async function start(workspace: string, isKilled: boolean): Promise<Start> {
  const window = await openBareWindow(workspace)
  // Asked early, the page may still be the empty one before it.
  const isThere = () => performance.getEntriesByName('earmark:rows').length > 0
  while (!(await window.evaluate(isThere, null).catch(() => false))) await pause(50)
  const reached = await window.evaluate(milestones, null)
  if (isKilled) {
    await write(window)
    await window.kill()
  } else await window.close()
  const since = (name: keyof Start) => reached[name] - window.askedAtMs
  return {
    window: since('window'),
    shell: since('shell'),
    answer: since('answer'),
    rows: since('rows'),
    usable: since('usable'),
  }
}

const cell = (ms: number): string => (Number.isNaN(ms) ? '–' : ms.toFixed(0)).padStart(8)

async function measure(kind: string, workspace: string): Promise<void> {
  if (kind === 'cold' && !forgetFiles()) {
    say('cold: not allowed here')
    return
  }
  const starts: Start[] = []
  for (let n = 0; n < Number(options.starts); n += 1) {
    if (kind === 'cold') forgetFiles()
    starts.push(await start(workspace, kind === 'unclean'))
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const)
    say(
      `${(name === 'p50' ? kind : '').padEnd(10)}${name}${MILESTONES.map((milestone) =>
        cell(
          quantile(
            starts.map((one) => one[milestone]),
            share,
          ),
        ),
      ).join('')}`,
    )
}

async function atSize(total: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-start-'))
  const workspace = join(folder, 'workspace')
  try {
    if (total > 0) cpSync((await benchWorkspace(corpus, total, false)).root, workspace, { recursive: true })
    say(
      `\n${`${total.toLocaleString('en')} calls`.padEnd(13)}${MILESTONES.map((one) => one.padStart(8)).join('')}`,
    )
    // The first makes the profile and the page's code cache; with "unclean", the logs.
    await start(workspace, options.kinds.startsWith('unclean'))
    for (const kind of options.kinds.split(',')) await measure(kind, workspace)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

say(`Milliseconds from the asking for the process, ${options.starts} starts each`)
for (const total of options.calls.split(',').map(Number)) await atSize(total)
