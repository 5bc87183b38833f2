/**
 * What a reviewer notices while everything happens at once: a sync brings calls and their recordings, a recording plays,
 * somebody types searches, opens calls and saves annotations. Prints a table; asserts nothing.
 *
 *   npm run bench:busy -- [--calls 100000] [--sync-calls 20000] [--seconds 60] [--dialogues FILE] [--seed N]
 *
 * Blocks of the main process: its event loop came over 50 ms late. Beside it, as the kernel tells (/proc, schedstat): in how many of them
 * its thread had work of its own to do or waited for a disk for over 50 ms, and did not merely wait for one of the processors, which the
 * vendor's simulator shares. Blocks of the page: long tasks (w3.org/TR/longtasks). The promise is 0 of both.
 */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { ask, type Earmark, launchEarmark } from '../application'
import { startProsperSimulator } from '../vendors'
import { benchWorkspace, near, quantile, readCorpus, wordsByShare } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    'sync-calls': { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** For the process that is the vendor. */
    simulate: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const ROW = '[aria-label="Calls"] li button'
const BLOCK_MS = 50

const Told = z.object({ url: z.string(), apiKey: z.string() })

/** The vendor's process: tells how to connect, and ends when nobody listens any more. */
async function simulate(): Promise<void> {
  const vendor = await startProsperSimulator({ calls: Number(options['sync-calls']), campaigns: ['bench'] })
  process.send?.({ url: vendor.url, apiKey: vendor.apiKey } satisfies z.infer<typeof Told>)
  process.once('disconnect', () => void vendor.close())
}

interface Block {
  ms: number
  /** Of it, what the thread did not spend waiting for a processor. */
  ownMs: number
}

/** Begins to look for blocks of the main process; the answer tells those that were seen. */
async function watchMain({ electron }: Earmark): Promise<() => Promise<Block[]>> {
  await electron.evaluate((_, least) => {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const waitedMs = () => {
      try {
        const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
        return Number(waited) / 1e6
      } catch {
        return 0
      }
    }
    const every = 5
    const blocks: Block[] = []
    let last = performance.now()
    let waited = waitedMs()
    const timer = setInterval(() => {
      const now = performance.now()
      const waitedNow = waitedMs()
      const ms = now - last - every
      if (ms > least) blocks.push({ ms, ownMs: ms - (waitedNow - waited) })
      last = now
      waited = waitedNow
    }, every)
    Object.assign(globalThis, { benchBlocks: { blocks, timer } })
  }, BLOCK_MS)
  return () =>
    electron.evaluate(() => {
      const { benchBlocks } = globalThis as unknown as {
        benchBlocks: { blocks: Block[]; timer: NodeJS.Timeout }
      }
      clearInterval(benchBlocks.timer)
      return benchBlocks.blocks
    })
}

interface Seen {
  tasks: number[]
  keys: number[]
}

/** From now on the page notes its long tasks, and how long each key took to its painted results. */
const watchPage = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: Seen = { tasks: [], keys: [] }
    Object.assign(window, { benchSeen: seen })
    new PerformanceObserver((entries) => {
      for (const { duration } of entries.getEntries()) seen.tasks.push(duration)
    }).observe({ entryTypes: ['longtask'] })
    let newest = 0
    document.addEventListener(
      'input',
      (event) => {
        if (!(event.target instanceof HTMLInputElement) || !event.target.matches('.search-input')) return
        newest += 1
        const mine = newest
        const look = () => {
          if (mine !== newest) return
          const list = document.querySelector('[aria-label="Calls"]')
          if (list?.getAttribute('aria-busy') === 'true') requestAnimationFrame(look)
          else requestAnimationFrame((now) => seen.keys.push(now - event.timeStamp))
        }
        requestAnimationFrame(look)
      },
      { capture: true },
    )
  })
const seenBy = (page: Page): Promise<Seen> =>
  page.evaluate(() => (window as unknown as { benchSeen: Seen }).benchSeen)

/** Types, opens what it finds, saves an annotation: again and again until the time is over; how often it did. */
async function review(page: Page, queries: readonly string[], untilMs: number): Promise<number> {
  const box = page.getByRole('combobox', { name: 'Search calls' })
  let saved = 0
  for (let n = 0; performance.now() < untilMs; n += 1) {
    await box.focus()
    await box.fill('')
    await page.keyboard.type(queries[n % queries.length] ?? '', { delay: 100 })
    await pause(300)
    const row = page.locator(ROW).nth(n % 4)
    await row.click({ timeout: 20_000 })
    await page.locator('[data-turn]').first().waitFor({ timeout: 20_000 })
    const { hits } = await ask(page, 'search', 'page', { query: '', limit: 50 })
    const hit = hits.find(({ turnCount }) => turnCount > 0)
    await ask(page, 'annotations', 'create', {
      id: randomUUID(),
      callId: hit?.id ?? '',
      place: { kind: 'turn', turnIndex: 0 },
      label: 'Missed intent',
      severity: 'major',
      comment: 'The caller asked twice for another day and was given the same one again.',
      reviewer: 'Bench',
    })
    saved += 1
    // What has a recording, plays.
    const play = page.getByRole('button', { name: 'Play', exact: true })
    if (await play.isEnabled().catch(() => false)) await play.click().catch(() => undefined)
    await pause(1500)
  }
  return saved
}

const described = (values: readonly number[]): string =>
  values.length === 0 ? '0' : `${values.length} (longest ${Math.max(...values).toFixed(0)} ms)`

async function measure(earmark: Earmark, queries: readonly string[]): Promise<void> {
  const { page } = earmark
  const vendor = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--simulate'], {
    execArgv: [],
  })
  try {
    const [message] = await once(vendor, 'message')
    const { url, apiKey } = Told.parse(message)
    await page.locator(ROW).first().waitFor()
    const { id } = await ask(page, 'connections', 'create', {
      draft: {
        vendor: 'prosper',
        name: 'Busy',
        baseUrl: url,
        campaignIds: ['bench'],
        settings: {
          dialect: 'auto',
          authHeader: 'Authorization',
          authPrefix: 'Bearer ',
          ratePerSec: null,
          concurrency: null,
        },
      },
      secrets: { apiKey, accessToken: null },
    })
    await pause(3000)
    await watchPage(page)
    const blocksOfMain = await watchMain(earmark)
    await ask(page, 'sync', 'start', { connectionId: id })
    const saved = await review(page, queries, performance.now() + Number(options.seconds) * 1000)
    const blocks = await blocksOfMain()
    const { tasks, keys } = await seenBy(page)
    const [running] = await ask(page, 'sync', 'status', {})
    const own = blocks.filter(({ ownMs }) => ownMs > BLOCK_MS)
    say(
      `blocks of the main process over ${BLOCK_MS} ms   ${described(blocks.map(({ ms }) => ms))}; of its own doing: ${described(own.map(({ ownMs }) => ownMs))}`,
    )
    say(`blocks of the page over ${BLOCK_MS} ms           ${described(tasks)}`)
    say(
      `key to painted results                   ${keys.length} keys, p50 ${quantile(keys, 0.5).toFixed(0)} ms, p95 ${quantile(keys, 0.95).toFixed(0)} ms`,
    )
    say(
      `annotations saved ${saved}; the sync ${running ? `is at ${running.done} of ${running.total}, ${running.phase}` : 'ended before'}`,
    )
  } finally {
    vendor.disconnect()
    if (vendor.exitCode === null) await once(vendor, 'exit')
  }
}

async function main(): Promise<void> {
  const corpus = readCorpus(options.dialogues, Number(options.seed))
  const words = wordsByShare(corpus.dialogues)
  const queries = [
    'has:recording',
    ...near(words, 0.33).slice(0, 2),
    'has:recording',
    ...near(words, 0.02).slice(0, 2),
  ]
  const kept = await benchWorkspace(corpus, Number(options.calls), false)
  const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-busy-'))
  const workspace = join(folder, 'workspace')
  cpSync(kept.root, workspace, { recursive: true })
  const earmark = await launchEarmark(workspace)
  try {
    say(
      `${Number(options.calls).toLocaleString('en')} calls, ${cpus().length} processors, ${options.seconds} s of syncing, playing, typing, opening and saving`,
    )
    await measure(earmark, queries)
  } finally {
    await earmark.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

await (options.simulate ? simulate() : main())
