import { type CDPSession, expect, type Page } from '@playwright/test'
import type { Earmark } from '../application'

/** What a call that was open may leave behind. */
export interface Counts {
  audios: number
  /** Of all objects of the page, those that are listened to. */
  listeners: number
  nodes: number
  /** Audio contexts that are not closed, object URLs that were not revoked, workers that were not ended. */
  contexts: number
  urls: number
  workers: number
  /** Ports and workers that the main process holds, and windows. */
  mainThings: number
  /** Of the page after a collection: JavaScript, elements and buffers, MB. */
  heapMb: number
}

type Made = Pick<Counts, 'contexts' | 'urls' | 'workers'>

/** Runs in the page: counts from now on what is made and what is let go. */
export function installCounters(): void {
  const made: Made = { contexts: 0, urls: 0, workers: 0 }
  Object.assign(window, { made })
  const Context = window.AudioContext
  window.AudioContext = class extends Context {
    constructor(options?: AudioContextOptions) {
      super(options)
      made.contexts++
    }
    override close(): Promise<void> {
      made.contexts--
      return super.close()
    }
  }
  const Thread = window.Worker
  window.Worker = class extends Thread {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      made.workers++
    }
    override terminate(): void {
      made.workers--
      super.terminate()
    }
  }
  const create = URL.createObjectURL.bind(URL)
  const revoke = URL.revokeObjectURL.bind(URL)
  URL.createObjectURL = (blob) => {
    made.urls++
    return create(blob)
  }
  URL.revokeObjectURL = (url) => {
    made.urls--
    revoke(url)
  }
}

/** Counts after a collection. */
async function countThings(session: CDPSession, { page, electron }: Earmark): Promise<Counts> {
  await session.send('HeapProfiler.collectGarbage')
  const { result } = await session.send('Runtime.evaluate', { expression: 'HTMLAudioElement.prototype' })
  const { objects } = await session.send('Runtime.queryObjects', {
    prototypeObjectId: result.objectId ?? '',
  })
  const { result: found } = await session.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { return this.length }',
    returnByValue: true,
  })
  await session.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' })
  const { jsEventListeners, nodes } = await session.send('Memory.getDOMCounters')
  const heap: Record<string, number> = await session.send('Runtime.getHeapUsage')
  const bytes = ['usedSize', 'embedderHeapUsedSize', 'backingStorageSize'].map((part) => heap[part] ?? 0)
  const made = await page.evaluate(() => (window as unknown as { made: Made }).made)
  const mainThings = await electron.evaluate(
    ({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().length +
      process.getActiveResourcesInfo().filter((name) => /port|worker/i.test(name)).length,
  )
  return {
    audios: Number(found.value),
    listeners: jsEventListeners,
    nodes,
    ...made,
    mainThings,
    heapMb: Math.round(bytes.reduce((sum, one) => sum + one, 0) / 10_000) / 100,
  }
}

/**
 * Counts when no more than so many audio elements are left (one that still loads is let go a moment later), and when three
 * more collections have found nothing to listen to less: what is held across heaps goes in several.
 */
export async function settled(session: CDPSession, earmark: Earmark, atMost: number): Promise<Counts> {
  let counted = await countThings(session, earmark)
  let steady = 0
  await expect
    .poll(
      async () => {
        const before = counted
        counted = await countThings(session, earmark)
        steady = counted.listeners < before.listeners ? 0 : steady + 1
        return counted.audios <= atMost && steady >= 3
      },
      { timeout: 60_000, intervals: [500] },
    )
    .toBe(true)
  return counted
}

/** Opens the next calls one after the other; each makes its graph of channels and begins a loop. */
export async function stepThrough(page: Page, steps: number, name: 'Next call' | 'Previous call') {
  for (let n = 0; n < steps; n++) {
    const before = await page.evaluate(() => document.querySelector('audio')?.src)
    await page.getByRole('button', { name }).click()
    await page.waitForFunction((src) => {
      const audio = document.querySelector('audio')
      return audio && audio.src !== src && audio.readyState > 0
    }, before)
    await page.keyboard.press('1')
    await page.keyboard.press('r')
  }
}
