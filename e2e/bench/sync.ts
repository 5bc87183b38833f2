/**
 * How fast calls come in through the real application, and what a reviewer notices of it: the window is open, the list
 * of calls is on screen, an annotation is saved four times a second, and somebody types in the search box. Prints a
 * table; asserts nothing.
 *
 *   npm run bench:sync -- [--calls 100000] [--dialogues FILE] [--vendors page,openapi,malakai]
 *
 * The vendor is a simulator in a process of its own, over HTTP on loopback: it shares the processors. Prosper: list and
 * detail of each call in either dialect; Malakai: one campaign, one answer.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { ask, connectSimulator, type Earmark, launchEarmark } from '../application'
import { makeCalls, readDialogues, startMalakaiSimulator, startProsperSimulator } from '../vendors'
import { BUILT_IN_DIALOGUES } from '../vendors/dialogues'
import { watchMain } from './main-process'
import { quantile } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    dialogues: { type: 'string' },
    vendors: { type: 'string', default: 'page,openapi,malakai' },
    /** For the process that is the vendor. */
    simulate: { type: 'string' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const Told = z.object({
  url: z.string(),
  campaigns: z.array(z.string()),
  apiKey: z.string(),
  accessToken: z.string().nullable(),
})
const Used = z.object({ cpuSec: z.number() })

/** The vendor's process: tells how to connect, then at each message what it has used. */
async function simulate(vendor: string): Promise<void> {
  const dialogues =
    options.dialogues === undefined ? BUILT_IN_DIALOGUES : await readDialogues(options.dialogues)
  const campaigns = ['bench']
  const common = {
    calls: makeCalls({ dialogues, count: Number(options.calls), campaigns, startMs: Date.UTC(2023, 0, 2) }),
    campaigns,
    recordings: null,
  }
  const simulator =
    vendor === 'malakai'
      ? await startMalakaiSimulator(common)
      : await startProsperSimulator({ ...common, dialect: vendor === 'openapi' ? 'openapi' : 'page' })
  const { url, apiKey } = simulator
  const accessToken =
    'accessToken' in simulator && typeof simulator.accessToken === 'string' ? simulator.accessToken : null
  process.send?.({ url, campaigns, apiKey, accessToken } satisfies z.infer<typeof Told>)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuSec: (user + system) / 1e6 } satisfies z.infer<typeof Used>)
  })
  process.once('disconnect', () => void simulator.close())
}

async function cpuOf(vendor: ChildProcess): Promise<number> {
  vendor.send('used')
  const [message] = await once(vendor, 'message')
  return Used.parse(message).cpuSec
}

interface Request {
  feature: string
  call: string
  input: unknown
}

/**
 * Asks one request after the other, in the page, with a pause behind each, from the first again at the end; until told
 * to stop. Answers how many milliseconds each took.
 */
async function repeated(page: Page, name: string, pauseMs: number, requests: readonly Request[]) {
  await page.evaluate(
    ({ name, pauseMs, requests }) => {
      const { earmark } = window as unknown as {
        earmark: { invoke: (...args: unknown[]) => Promise<{ ok: boolean; message?: string }> }
      }
      const state = { isOver: false, took: [] as number[], ended: Promise.resolve() }
      const next = async (at: number): Promise<void> => {
        const request = requests[at % requests.length]
        const startedMs = performance.now()
        const answer = await earmark.invoke(request?.feature, request?.call, request?.input)
        if (!answer.ok) throw new Error(answer.message)
        state.took.push(performance.now() - startedMs)
        await new Promise((later) => setTimeout(later, pauseMs))
        if (!state.isOver) await next(at + 1)
      }
      state.ended = next(0)
      Object.assign(window, { [name]: state })
    },
    { name, pauseMs, requests: [...requests] },
  )
  return () =>
    page.evaluate(async (name) => {
      const states = window as unknown as Record<
        string,
        { isOver: boolean; took: number[]; ended: Promise<void> }
      >
      const state = states[name]
      if (!state) return []
      state.isOver = true
      await state.ended
      return state.took
    }, name)
}

/** Annotations for calls that are there, each with an id of its own; waits for the first calls. */
async function annotations(page: Page): Promise<Request[]> {
  for (;;) {
    const { hits } = await ask(page, 'search', 'page', { query: '', sort: 'date', limit: 50, cursor: null })
    const callIds = hits.filter(({ turnCount }) => turnCount > 0).map(({ id }) => id)
    if (callIds.length > 0)
      return Array.from({ length: 2000 }, (_, at) => ({
        feature: 'annotations',
        call: 'create',
        input: {
          id: randomUUID(),
          callId: callIds[at % callIds.length],
          place: { kind: 'turn', turnIndex: 0 },
          label: 'Missed intent',
          severity: 'major',
          comment: 'The caller asked twice for another day and was given the same one again.',
          reviewer: 'Bench',
        },
      }))
    await pause(50)
  }
}

/** What a reviewer's typing asks, key by key: pages of 50 with snippets. */
const TYPED: readonly Request[] = ['restaurant ', 'looking for', 'the time', '"thank you" t'].flatMap(
  (text) =>
    [...text].map((_, at) => ({
      feature: 'search',
      call: 'page',
      input: { query: text.slice(0, at + 1), sort: 'date', limit: 50, cursor: null },
    })),
)
const KEY_MS = 150
const AFTERWARDS_MS = 15_000

/** Resolves with the run once it has ended. */
async function ended(page: Page, id: string) {
  for (;;) {
    const [run] = await ask(page, 'sync', 'history', { connectionId: id, limit: 1 })
    if (run?.finishedAt)
      return { ...run, seconds: (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 }
    await pause(1000)
  }
}

async function measure(earmark: Earmark, vendor: string): Promise<void> {
  const args = process.argv.slice(2)
  const child = fork(fileURLToPath(import.meta.url), [...args, '--simulate', vendor], { execArgv: [] })
  try {
    const [message] = await once(child, 'message')
    const { page } = earmark
    const id = await connectSimulator(
      page,
      Told.parse(message),
      `Bench ${vendor}`,
      vendor === 'malakai' ? 'malakai' : 'prosper',
    )
    const vendorBefore = await cpuOf(child)
    const main = await watchMain(earmark)
    await ask(page, 'sync', 'start', { connectionId: id })
    const saves = await repeated(page, 'saves', 250, await annotations(page))
    const typing = await repeated(page, 'typing', KEY_MS, TYPED)
    const run = await ended(page, id)
    const took = await saves()
    const typed = await typing()
    const seen = await main()
    const vendorCpu = (await cpuOf(child)) - vendorBefore
    const cells = [
      `${run.counts.listed}`,
      run.seconds.toFixed(1),
      `${Math.round(run.counts.listed / run.seconds)}`,
      seen.peakMb.toFixed(0),
      seen.max.toFixed(1),
      seen.p99.toFixed(1),
      `${took.length}`,
      quantile(took, 0.5).toFixed(1),
      quantile(took, 0.95).toFixed(1),
      Math.max(...took).toFixed(1),
      seen.cpuSec.toFixed(0),
      seen.windowCpuSec.toFixed(0),
      vendorCpu.toFixed(0),
    ]
    const typingAfter = await repeated(page, 'typing', KEY_MS, TYPED)
    await pause(AFTERWARDS_MS)
    const typedAfter = await typingAfter()
    for (const share of [0.5, 0.95]) {
      const [during, after] = [quantile(typed, share), quantile(typedAfter, share)]
      cells.push(`${during.toFixed(1)}/${after.toFixed(1)}`)
    }
    row(vendor, cells)
    if (run.outcome !== 'done') say(`  ${run.outcome}: ${run.problem}`)
  } finally {
    child.disconnect()
    await once(child, 'exit')
  }
}

const row = (name: string, cells: readonly string[]): void =>
  say(name.padEnd(9) + cells.map((cell) => cell.padStart(10)).join(''))

async function main(): Promise<void> {
  say(
    `${options.calls} calls from ${options.dialogues ?? 'the built-in dialogues'}, ${cpus().length} processors; main: ms of its event loop; saves: ms until on disk; s: processor seconds; typed: ms to a page of 50 with snippets for each key, during the sync / after it`,
  )
  row('', [
    'calls',
    'sec',
    'calls/s',
    'peak MB',
    'main max',
    'p99',
    'saves',
    'p50',
    'p95',
    'max',
    's backend',
    's window',
    's vendor',
    'typed p50',
    'p95',
  ])
  for (const vendor of options.vendors.split(',')) {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-sync-'))
    const earmark = await launchEarmark(join(folder, 'workspace'))
    try {
      await measure(earmark, vendor)
    } finally {
      await earmark.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

if (options.simulate === undefined) await main()
else await simulate(options.simulate)
