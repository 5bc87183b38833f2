import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from '@playwright/test'
import { ask, audioState, type Earmark, writeAnnotation } from '../application'
import { type Counts, settled } from '../listening/counts'

/** Hours of reviewing, one round after the other, and what each leaves behind. */

const ROW = '[aria-label="Calls"] li button'
const LABELS = ['Missed intent', 'Misheard', 'Repeated itself', 'Good handling', 'Long silence']
const WORDS = [
  'appointment',
  'house',
  'insurance',
  'thank you',
  '"how can I"',
  'morning -voicemail',
  'has:recording',
]

/** One round: a search, a call that is opened, heard and annotated; now and then a dialog, another order, a sync. */
export async function round({ page }: Earmark, n: number, connectionId: string): Promise<void> {
  const box = page.getByRole('combobox', { name: 'Search calls' })
  await box.click()
  await page.keyboard.type(WORDS[n % WORDS.length] ?? '', { delay: 20 })
  await pause(150)
  await showHeard(page)
  await openRow(page, n % 10)
  await page.keyboard.press('Space')
  await page
    .waitForFunction(() => document.querySelector('audio')?.paused === false)
    .catch(async () => {
      throw new Error(`Space began nothing in round ${n}: ${await page.evaluate(soundState)}`)
    })
  await pause(400)
  for (const key of ['l', 'k', 'j', 'h', ']', '[']) await page.keyboard.press(key)
  await page.keyboard.press('Space')
  await page.keyboard.press('a')
  const label = LABELS[n % LABELS.length] ?? ''
  await annotate(page, { label, comment: `Round ${n}` })
  if (n % 5 === 1) {
    await ask(page, 'sync', 'start', { connectionId })
    while ((await ask(page, 'sync', 'status', {})).length > 0) await pause(100)
  }
  if (n % 4 === 2) await lookAtDialogs(page)
  if (n % 6 === 3) await page.keyboard.press('m')
}

/** Runs in the page: what there is to be said of the sound and of who has the keys. */
function soundState(): string {
  const audio = document.querySelector('audio')
  const { src, currentTime, duration, ended, readyState, networkState, error } = audio ?? {}
  const focus = document.activeElement?.outerHTML.slice(0, 120)
  const dialog = document.querySelector('[role="dialog"]')?.getAttribute('aria-label') ?? null
  return JSON.stringify({
    src,
    currentTime,
    duration,
    ended,
    readyState,
    networkState,
    error: error?.message,
    focus,
    dialog,
  })
}

/** Written by hand, and taken back: days of work fill calls, but one call does not get all of it. */
async function annotate(page: Page, words: { label: string; comment: string }): Promise<void> {
  await writeAnnotation(page, words)
  const card = page
    .getByRole('region', { name: 'Annotations' })
    .getByRole('article')
    .filter({ hasText: words.comment })
  await card.getByRole('button', { name: 'Delete' }).click()
  await card.waitFor({ state: 'detached' })
}

async function lookAtDialogs(page: Page): Promise<void> {
  for (const keys of ['Control+k', 'Control+,', 'Control+e', 'Shift+?', 'Control+Shift+c']) {
    await page.keyboard.press(keys)
    await page.getByRole('dialog').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').first().waitFor({ state: 'detached' })
  }
}

/** The list of the calls that can be heard. */
export async function showHeard(page: Page): Promise<void> {
  const box = page.getByRole('combobox', { name: 'Search calls' })
  await box.fill('has:recording')
  await box.blur()
  await page.locator('[aria-label="Calls"][aria-busy="false"]').waitFor()
}

/** Opens a row and waits until its sound and its waveform are there. */
export async function openRow(page: Page, index: number): Promise<void> {
  const before = await page.evaluate(() => document.querySelector('audio')?.src ?? '')
  const row = page.locator(ROW).nth(index)
  const isOther = (await row.getAttribute('aria-current')) === null
  await row.click()
  await page.waitForFunction(
    ([src, isOther]) => {
      const audio = document.querySelector('audio')
      return audio !== null && audio.readyState > 1 && (audio.src !== src || !isOther)
    },
    [before, isOther] as const,
  )
  await page.locator('[aria-label="Waveform"][aria-busy="false"]').waitFor()
  if (!(await audioState(page)).paused) await page.keyboard.press('Space')
}

/** What is measured at one moment, after a collection, with the first call open and nothing going on. */
export interface Sample {
  minute: number
  rounds: number
  counts: Counts
  /** Open files and threads of the main process, its workers' included; null where the system does not say. */
  files: number | null
  threads: number | null
  /** Memory that is each process's own, MB, by its kind. */
  memory: Record<string, number>
}

export async function takeSample(
  earmark: Earmark,
  session: CDPSession,
  at: Pick<Sample, 'minute' | 'rounds'>,
): Promise<Sample> {
  await openRow(earmark.page, 0)
  const counts = await settled(session, earmark, 3)
  const seen = await earmark.electron.evaluate(({ app }) => {
    const { readdirSync, readFileSync } = process.getBuiltinModule('node:fs')
    const v8 = process.getBuiltinModule('node:v8')
    const vm = process.getBuiltinModule('node:vm')
    v8.setFlagsFromString('--expose-gc')
    vm.runInNewContext('gc')()
    const count = (folder: string) => {
      try {
        return readdirSync(folder).length
      } catch {
        return null
      }
    }
    const ownMb = (pid: number, otherwiseKb: number) => {
      try {
        const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
        const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
        return (kb('Private_Dirty') + kb('Private_Clean') + kb('Swap')) / 1024
      } catch {
        return otherwiseKb / 1024
      }
    }
    const memory: Record<string, number> = {}
    for (const { pid, type, name, memory: used } of app.getAppMetrics()) {
      const kind = type === 'Browser' ? 'main' : type === 'Tab' ? 'page' : (name ?? type)
      memory[kind] = (memory[kind] ?? 0) + ownMb(pid, used.workingSetSize)
    }
    return { files: count('/proc/self/fd'), threads: count('/proc/self/task'), memory }
  })
  return { ...at, counts, ...seen }
}

/** Broken promises, a sentence each: what was there at first (several samples), and what at last. */
export function broken(first: readonly Sample[], last: readonly Sample[]): string[] {
  const found: string[] = []
  const median = (samples: readonly Sample[], of: (sample: Sample) => number) => {
    const sorted = samples.map(of).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  }
  const limit = (name: string, of: (sample: Sample) => number, most: (before: number) => number) => {
    const [before, after] = [median(first, of), median(last, of)]
    if (after > most(before))
      found.push(`${name}: ${before.toFixed(1)} at first, ${after.toFixed(1)} at last`)
  }
  const tenth = (slack: number) => (before: number) => Math.max(before * 1.1, before + slack)
  for (const kind of Object.keys(last[0]?.memory ?? {}))
    limit(`memory of ${kind}, MB`, ({ memory }) => memory[kind] ?? 0, tenth(MEMORY_SLACK_MB))
  limit('JavaScript memory of the page, MB', ({ counts }) => counts.heapMb, tenth(1))
  limit('listeners', ({ counts }) => counts.listeners, tenth(20))
  limit('nodes', ({ counts }) => counts.nodes, tenth(50))
  for (const name of ['urls', 'workers', 'mainThings'] as const)
    limit(
      name,
      ({ counts }) => counts[name],
      (before) => before,
    )
  limit(
    'audio elements',
    ({ counts }) => counts.audios,
    (before) => before + 1,
  )
  limit(
    'audio contexts',
    ({ counts }) => counts.contexts,
    () => 1,
  )
  limit(
    'open files',
    ({ files }) => files ?? 0,
    (before) => before + 4,
  )
  limit(
    'threads',
    ({ threads }) => threads ?? 0,
    (before) => before + 4,
  )
  return found
}

/** A tenth of a process that holds 40 MB is less than what its allocator gives back one time and another not. */
const MEMORY_SLACK_MB = 6
