/**
 * What a reviewer notices while everything happens at once: a sync brings calls and their recordings, a recording plays,
 * somebody types searches, opens calls and saves annotations. Prints a table; asserts nothing.
 *
 *   npm run bench:busy -- [--calls 100000] [--sync-calls 20000] [--seconds 60] [--dialogues FILE] [--seed N] [--cpu-prof FOLDER]
 *
 * Blocks of the main process: its event loop came over 50 ms late. Beside it, as the kernel tells (schedstat): in how many of them its
 * thread was at work for over 50 ms. In the others it had nothing to do, or waited for one of the processors, which the vendor's simulator,
 * the browser and the workers share: Electron polls the event loop in a thread of its own, and wakes the main one. Blocks of the page:
 * long tasks (w3.org/TR/longtasks), which count waiting for a processor too. The promise is 0 of both on a machine with processors to spare.
 * `--cpu-prof` keeps profiles of the main process and of the page (for DevTools) in a folder, and tells what ran in the blocks.
 */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { ask, connectSimulator, type Earmark, launchEarmark } from '../application'
import { startProsperSimulator } from '../vendors'
import { profileMain, profilePage } from './profiles'
import { takeSeen, watchPage } from './watch-page'
import { benchWorkspace, near, quantile, readCorpus, wordsByShare } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    'sync-calls': { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'cpu-prof': { type: 'string' },
    /** For the process that is the vendor. */
    simulate: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const ROW = '[aria-label="Calls"] li button'
const BLOCK_MS = 50

const Told = z.object({ url: z.string(), apiKey: z.string(), campaigns: z.array(z.string()) })

/** The vendor's process: tells how to connect, and ends when nobody listens any more. */
async function simulate(): Promise<void> {
  const vendor = await startProsperSimulator({ calls: Number(options['sync-calls']), campaigns: ['bench'] })
  const { url, apiKey, campaigns } = vendor
  process.send?.({ url, apiKey, campaigns: [...campaigns] } satisfies z.infer<typeof Told>)
  process.once('disconnect', () => void vendor.close())
}

interface Block {
  /** When it ended, by the clock of profiles: microseconds. */
  endUs: number
  ms: number
  /** Of it, what the thread spent on a processor. */
  ownMs: number
}

/** Begins to look for blocks of the main process; the answer tells those that were seen. */
async function watchMain({ electron }: Earmark): Promise<() => Promise<Block[]>> {
  await electron.evaluate((_, least) => {
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const workedMs = () => {
      try {
        const [worked] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
        return Number(worked) / 1e6
      } catch {
        return 0
      }
    }
    const every = 5
    const blocks: Block[] = []
    let last = performance.now()
    let worked = workedMs()
    const timer = setInterval(() => {
      const now = performance.now()
      const workedNow = workedMs()
      const ms = now - last - every
      if (ms > least)
        blocks.push({ endUs: Number(process.hrtime.bigint() / 1000n), ms, ownMs: workedNow - worked })
      last = now
      worked = workedNow
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

/** Types, opens what it finds, saves an annotation: again and again until the time is over; how often it did. */
async function review(page: Page, queries: readonly string[], untilMs: number): Promise<number> {
  // By selectors that cost nothing: finding by role computes styles of the whole page, in the page, and would be counted.
  const box = page.locator('.search-input')
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
    const play = page.locator('button[aria-label="Play"]')
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
    await page.locator(ROW).first().waitFor()
    const id = await connectSimulator(page, Told.parse(message), 'Busy')
    await pause(3000)
    await watchPage(page)
    const blocksOfMain = await watchMain(earmark)
    const folder = options['cpu-prof']
    const profiles =
      folder === undefined ? null : { main: await profileMain(earmark), page: await profilePage(earmark) }
    await ask(page, 'sync', 'start', { connectionId: id })
    const saved = await review(page, queries, performance.now() + Number(options.seconds) * 1000)
    const blocks = await blocksOfMain()
    const { tasks, keys } = await takeSeen(page)
    const [running] = await ask(page, 'sync', 'status', {})
    const own = blocks.filter(({ ownMs }) => ownMs > BLOCK_MS)
    say(
      `blocks of the main process over ${BLOCK_MS} ms   ${described(blocks.map(({ ms }) => ms))}; of its own doing: ${described(own.map(({ ownMs }) => ownMs))}`,
    )
    say(`blocks of the page over ${BLOCK_MS} ms           ${described(tasks.map(({ ms }) => ms))}`)
    say(
      `key to painted results                   ${keys.length} keys, p50 ${quantile(keys, 0.5).toFixed(0)} ms, p95 ${quantile(keys, 0.95).toFixed(0)} ms`,
    )
    say(
      `annotations saved ${saved}; the sync ${running ? `is at ${running.done} of ${running.total}, ${running.phase}` : 'ended before'}`,
    )
    if (folder === undefined || profiles === null) return
    mkdirSync(folder, { recursive: true })
    const stretches = blocks.map(({ endUs, ms }) => ({ startUs: endUs - ms * 1000, endUs }))
    say('In the blocks of the main process:')
    for (const one of await profiles.main(join(folder, 'main.cpuprofile'), stretches)) say(`  ${one}`)
    say('In the blocks of the page:')
    for (const one of await profiles.page(join(folder, 'page.cpuprofile'), tasks)) say(`  ${one}`)
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
