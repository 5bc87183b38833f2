import PQueue from 'p-queue'
import { cancelled, sleep } from './retry'

export interface GateSettings {
  /** Requests a second; null: as fast as they come. */
  ratePerSec: number | null
  concurrency: number
}

/** So that a vendor's limit is not met in the first place. Nobody limits a server on this computer. */
export function gateSettings(
  url: URL,
  chosen: { ratePerSec: number | null; concurrency: number | null },
): GateSettings {
  const isLocal = isLoopback(url.hostname)
  return {
    ratePerSec: chosen.ratePerSec ?? (isLocal ? null : 5),
    concurrency: chosen.concurrency ?? (isLocal ? 8 : 4),
  }
}

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** Lets requests to one host through: so many at once, so many a second, none while the host wants peace. */
export class HostGate {
  #queue: PQueue
  #notBeforeMs = 0

  constructor({ ratePerSec, concurrency }: GateSettings) {
    // Slow rates are spread evenly; above a timer's resolution they are counted by the tenth of a second.
    const perInterval =
      ratePerSec === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(ratePerSec / 10))
    const limit =
      ratePerSec === null ? {} : { intervalCap: perInterval, interval: (1000 * perInterval) / ratePerSec }
    this.#queue = new PQueue({ concurrency, ...limit })
  }

  /** Nothing goes through until then (epoch). */
  holdUntil(untilMs: number): void {
    // Kept as a time that no clock changes: one that is set back meanwhile would hold everything for as long.
    this.#notBeforeMs = Math.max(this.#notBeforeMs, performance.now() + untilMs - Date.now())
  }

  /** Raises `cancelled`, and what `request` raises. */
  async pass<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      // The queue's own signal, so that what still waits in it is let go at once.
      return await this.#queue.add(
        async () => {
          const waitMs = this.#notBeforeMs - performance.now()
          if (waitMs > 0) await sleep(waitMs, signal)
          return await request()
        },
        { signal },
      )
    } catch (error) {
      throw signal.aborted ? cancelled() : error
    }
  }
}
