/**
 * How long a reviewer waits in the real window: start, typing, opening a call, scrolling, and all of it during a sync.
 * Prints a table; asserts nothing.
 *
 *   npm run bench:window -- [--calls 10000,100000] [--dialogues FILE] [--seed N] [--starts N] [--fresh]
 *
 * Times of the window are taken inside the page: from the event's own time stamp to the frame behind the one in
 * which the answer stands. Databases are kept in the system's temporary folder; each window works on a copy.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { ask, connectSimulator, type Earmark, launchEarmark } from '../application'
import { startProsperSimulator } from '../vendors'
import { watchMain } from './main-process'
import { type Seen, takeSeen, watchPage } from './watch-page'
import { benchWorkspace, near, quantile, readCorpus, wordsByShare } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000,100000' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
    starts: { type: 'string', default: '7' },
    'sync-calls': { type: 'string', default: '4000' },
    fresh: { type: 'boolean', default: false },
  },
})
const corpus = readCorpus(options.dialogues, Number(options.seed))
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const ROW = '[aria-label="Calls"] li button'
const KEY_EVERY_MS = 110

/** Queries by class, as they are typed letter by letter. */
function typedQueries(): Record<string, string[]> {
  const words = wordsByShare(corpus.dialogues)
  const common = near(words, 0.33)
  const middle = near(words, 0.02)
  const rare = near(words, 0.0008)
  const [first = '', second = ''] = common
  const turns = corpus.dialogues
    .slice(0, 40)
    .map(({ turns: [, , turn] }) => turn?.text.match(/\p{L}{2,}/gu) ?? [])
  const phrases = turns.flatMap(([, a, b]) => (a && b ? [`"${a} ${b}"`] : []))
  return {
    'common word': common.slice(0, 3),
    'word in 2 %': middle.slice(0, 3),
    'rare word': rare.slice(0, 3),
    'two words': [`${first} ${middle[0] ?? ''}`, `${second} ${first}`],
    phrase: phrases.slice(0, 2),
    exclusion: [`${first} -${second}`],
    'filter + word': [`status:completed ${first}`, `date:2026-05 ${second}`, `score:<20 ${first}`],
  }
}

/** Milliseconds from a process's creation to a usable list, in this computer's clock. */
async function coldStart(workspace: string): Promise<{ list: number; shell: number }> {
  const earmark = await launchEarmark(workspace)
  try {
    const list = await earmark.page.evaluate(
      (row) =>
        new Promise<number>((resolve) => {
          const look = () => {
            if (!document.querySelector(row) || !document.querySelector('.search-input')) {
              requestAnimationFrame(look)
              return
            }
            requestAnimationFrame(() => setTimeout(() => resolve(Date.now())))
          }
          look()
        }),
      ROW,
    )
    const shell = await earmark.page.evaluate(() => {
      const paint = performance.getEntriesByName('first-contentful-paint')[0]
      return performance.timeOrigin + (paint?.startTime ?? Number.NaN)
    })
    const created = await earmark.electron.evaluate(() => process.getCreationTime() ?? Number.NaN)
    return { list: list - created, shell: shell - created }
  } finally {
    await earmark.close()
  }
}

async function typeQueries(page: Page, queries: readonly string[]): Promise<Seen> {
  const box = page.getByRole('combobox', { name: 'Search calls' })
  await takeSeen(page)
  for (const query of queries) {
    await box.focus()
    await page.keyboard.type(query, { delay: KEY_EVERY_MS })
    await pause(400)
    await box.fill('')
    await pause(150)
  }
  return takeSeen(page)
}

/** From the press on a row of the list to its painted transcript. */
async function openCalls(page: Page, count: number): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < count; i += 1) {
    const row = page.locator(ROW).nth(i)
    const opened = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          document.addEventListener(
            'click',
            (event) => {
              const before = document.querySelector('[aria-label="Transcript"]')
              const look = () => {
                const now = document.querySelector('[aria-label="Transcript"]')
                if (!now || now === before || !now.querySelector('[data-turn]')) requestAnimationFrame(look)
                else requestAnimationFrame((at) => resolve(at - event.timeStamp))
              }
              requestAnimationFrame(look)
            },
            { capture: true, once: true },
          )
        }),
    )
    await row.click()
    took.push(await opened)
    await pause(120)
  }
  return took
}

/** Scrolls the list as fast as it grows, to its end or for so long; rows reached, and what frames took. */
async function scrollToEnd(page: Page, total: number, maxMs: number) {
  return page.evaluate(
    ([rows, limitMs]) =>
      new Promise<{ rows: number; ms: number; frames: number[] }>((resolve) => {
        const list = document.querySelector('[aria-label="Calls"]')
        const scroller = list?.parentElement
        const from = performance.now()
        const frames: number[] = []
        let before = from
        const step = (now: number) => {
          frames.push(now - before)
          before = now
          if (scroller) scroller.scrollTop = scroller.scrollHeight
          const last = Number(list?.querySelector('li:last-of-type')?.getAttribute('aria-posinset') ?? 0)
          if (last >= rows || now - from > limitMs) resolve({ rows: last, ms: now - from, frames })
          else requestAnimationFrame(step)
        }
        requestAnimationFrame(step)
      }),
    [total, maxMs] as const,
  )
}

const figure = (ms: number): string => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0)).padStart(8)
const line = (name: string, values: readonly number[], more = ''): void =>
  say(
    `${name.padEnd(44)}${String(values.length).padStart(6)}${figure(quantile(values, 0.5))}${figure(quantile(values, 0.95))}${figure(Math.max(...values))}  ${more}`,
  )
const longTasks = ({ tasks, superseded }: Seen): string =>
  `long tasks ${tasks.length}${tasks.length > 0 ? ` (longest ${Math.max(...tasks.map(({ ms }) => ms)).toFixed(0)} ms)` : ''}${superseded > 0 ? `, ${superseded} keys overtaken` : ''}`

async function measure(total: number): Promise<void> {
  const kept = await benchWorkspace(corpus, total, options.fresh)
  const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-window-'))
  const workspace = join(folder, 'workspace')
  cpSync(kept.root, workspace, { recursive: true })
  say(`\n${total.toLocaleString('en')} calls`)
  say(
    `${''.padEnd(44)}${['times', 'p50', 'p95', 'max'].map((h, i) => h.padStart(i ? 8 : 6)).join('')}   (ms)`,
  )
  try {
    const starts: { list: number; shell: number }[] = []
    for (let i = 0; i < Number(options.starts); i += 1) starts.push(await coldStart(workspace))
    line(
      'start to the first paint',
      starts.map(({ shell }) => shell),
    )
    line(
      'start to a usable list',
      starts.map(({ list }) => list),
    )
    await inOneWindow(workspace, total)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function inOneWindow(workspace: string, total: number): Promise<void> {
  const earmark = await launchEarmark(workspace)
  const { page } = earmark
  try {
    await page.locator(ROW).first().waitFor()
    await watchPage(page)
    const idle = await watchMain(earmark)
    await pause(3000)
    const quiet = await idle()
    say(
      `main process, nothing going on${' '.repeat(20)}${figure(quiet.p50)}${' '.repeat(8)}${figure(quiet.max)}  p99 ${quiet.p99.toFixed(1)}`,
    )

    const typing = await watchMain(earmark)
    const allKeys: number[] = []
    for (const [name, queries] of Object.entries(typedQueries())) {
      const seen = await typeQueries(page, queries)
      allKeys.push(...seen.keys)
      line(`key to results: ${name}`, seen.keys, longTasks(seen))
    }
    line('key to results: all', allKeys)
    await takeSeen(page)
    line('press to transcript', await openCalls(page, 12), longTasks(await takeSeen(page)))
    const busy = await typing()
    say(
      `main process, typing and opening${' '.repeat(18)}${figure(busy.p50)}${' '.repeat(8)}${figure(busy.max)}  p99 ${busy.p99.toFixed(1)}`,
    )

    await takeSeen(page)
    const scroll = await scrollToEnd(page, total, 120_000)
    const scrolled = await takeSeen(page)
    line(
      'scrolling: frames',
      scroll.frames,
      `${scroll.rows.toLocaleString('en')} rows in ${(scroll.ms / 1000).toFixed(1)} s, ${longTasks(scrolled)}`,
    )
    await page.evaluate(
      (row) => document.querySelector(row)?.closest('ul')?.parentElement?.scrollTo(0, 0),
      ROW,
    )
    await duringSync(earmark)
  } finally {
    await earmark.close()
  }
}

/** Typing while calls with recordings are synced and one of them plays. */
async function duringSync(earmark: Earmark): Promise<void> {
  const { page } = earmark
  const vendor = await startProsperSimulator({
    dialogues: corpus.dialogues.slice(0, 400).map(({ turns }, i) => ({
      id: String(i),
      services: ['Bench'],
      turns: turns.map(({ speaker, text }) => [speaker === 'caller' ? 'u' : 'a', text] as const),
    })),
    calls: Number(options['sync-calls']),
    campaigns: ['bench'],
  })
  try {
    const id = await connectSimulator(page, vendor, 'Syncing')
    const main = await watchMain(earmark)
    await ask(page, 'sync', 'start', { connectionId: id })
    const box = page.getByRole('combobox', { name: 'Search calls' })
    await box.fill('has:recording connection:Syncing')
    await page.locator(ROW).first().click({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Play', exact: true }).click({ timeout: 20_000 })
    await box.fill('')
    const all: Seen = { keys: [], superseded: 0, tasks: [] }
    for (const queries of Object.values(typedQueries())) {
      const seen = await typeQueries(page, queries.slice(0, 2))
      all.keys.push(...seen.keys)
      all.tasks.push(...seen.tasks)
      all.superseded += seen.superseded
    }
    const delay = await main()
    line('key to results, syncing and playing', all.keys, longTasks(all))
    const [state] = (await ask(page, 'sync', 'status', {})).filter((one) => one.connectionId === id)
    say(
      `main process, typing, syncing, playing${' '.repeat(12)}${figure(delay.p50)}${' '.repeat(8)}${figure(delay.max)}  p99 ${delay.p99.toFixed(1)}; ${state ? `sync at ${state.done} of ${state.total}` : 'sync ended before'}`,
    )
  } finally {
    await vendor.close().catch(() => undefined)
  }
}

for (const total of options.calls.split(',').map(Number)) await measure(total)
