import type { Page } from '@playwright/test'

/** What the page did while it was watched. */
export interface Seen {
  /** From a key in the search box to its painted results, milliseconds. */
  keys: number[]
  /** Keys whose results a later key came before. */
  superseded: number
  /** Long tasks: over 50 ms (w3.org/TR/longtasks). */
  tasks: { startMs: number; ms: number }[]
}

/** From now on the page notes its long tasks, and how long each key took to its painted results. */
export const watchPage = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: Seen = { keys: [], superseded: 0, tasks: [] }
    Object.assign(window, { benchSeen: seen })
    new PerformanceObserver((entries) => {
      for (const { startTime, duration } of entries.getEntries())
        seen.tasks.push({ startMs: startTime, ms: duration })
    }).observe({ entryTypes: ['longtask'] })
    let newest = 0
    document.addEventListener(
      'input',
      (event) => {
        if (!(event.target instanceof HTMLInputElement) || !event.target.matches('.search-input')) return
        newest += 1
        const mine = newest
        const look = () => {
          if (mine !== newest) {
            seen.superseded += 1
            return
          }
          const list = document.querySelector('[aria-label="Calls"]')
          if (list?.getAttribute('aria-busy') === 'true') requestAnimationFrame(look)
          // The frame behind the one that drew it: it has been painted then.
          else requestAnimationFrame((now) => seen.keys.push(now - event.timeStamp))
        }
        requestAnimationFrame(look)
      },
      { capture: true },
    )
  })

/** What was seen since it was last asked. */
export const takeSeen = (page: Page): Promise<Seen> =>
  page.evaluate(() => {
    const { benchSeen } = window as unknown as { benchSeen: Seen }
    const taken = { ...benchSeen }
    Object.assign(benchSeen, { keys: [], superseded: 0, tasks: [] } satisfies Seen)
    return taken
  })
