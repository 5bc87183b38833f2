import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { ask, connectSimulator, type Earmark } from '../application'
import { installCounters } from '../listening/counts'
import { startProsperSimulator } from '../vendors'
import { openRow, round, type Sample, showHeard, takeSample } from './soak-rounds'

export interface SoakOptions {
  minutes: number
  calls: number
  /** How many samples are taken, evenly over the time. */
  samples: number
  onSample: (sample: Sample) => void
}

const WARM_ROUNDS = 4

/** Uses a window on an empty workspace for so long, without a pause; what was counted meanwhile. */
export async function soak(
  earmark: Earmark,
  { minutes, calls, samples, onSample }: SoakOptions,
): Promise<Sample[]> {
  const { page } = earmark
  const vendor = await startProsperSimulator({ calls, campaigns: ['soak'] })
  try {
    await page.evaluate(installCounters)
    await keepNoAnswers(page)
    const id = await connectSimulator(page, vendor, 'Soak')
    await ask(page, 'sync', 'start', { connectionId: id })
    while ((await ask(page, 'sync', 'status', {})).length > 0) await pause(200)
    await ask(page, 'reviews', 'changeSettings', { reviewer: 'Ana', playNext: false, skipSilence: false })
    await page.getByRole('button', { name: 'Filters' }).waitFor()
    await showHeard(page)
    await openRow(page, 0)
    const session = await page.context().newCDPSession(page)
    // What is made once is no leak: one of each thing first.
    for (let n = 0; n < WARM_ROUNDS; n += 1) await round(earmark, n, id)
    const taken: Sample[] = []
    const beganMs = performance.now()
    const minute = () => (performance.now() - beganMs) / 60_000
    for (let rounds = 0; ; rounds += 1) {
      if (minute() >= (taken.length * minutes) / samples) {
        const sample = await takeSample(earmark, session, { minute: minute(), rounds })
        taken.push(sample)
        onSample(sample)
      }
      if (minute() >= minutes) return taken
      await round(earmark, rounds, id)
    }
  } finally {
    await vendor.close().catch(() => undefined)
  }
}

/**
 * Playwright listens to a page's network, for which Chromium keeps what the page has loaded, up to 200 MB of recordings here:
 * nothing that a reviewer's window does. There is no public way to say that nobody asks for it.
 */
async function keepNoAnswers(page: Page): Promise<void> {
  const inside = (page as unknown as Inside)._connection?.toImpl?.(page)
  const client = inside?.delegate?._mainFrameSession?._client
  if (!client)
    throw new Error("Playwright's way to its page has another name now: look for it in its sources.")
  await client.send('Network.disable')
}

interface Inside {
  _connection?: {
    toImpl?: (page: Page) => {
      delegate?: { _mainFrameSession?: { _client?: { send: (method: string) => Promise<unknown> } } }
    }
  }
}
