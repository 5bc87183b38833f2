import type { EarmarkError, EarmarkEvent, SyncCounts, SyncPhase, SyncProgress } from '@contract'
import { noCounts } from './runs'

const PROGRESS_MS = 250
/** Each time the open window asks for its list again, which costs as much as storing hundreds of calls. */
const CALLS_MS = 1500

/** Says the same thing at most once in `everyMs`; the latest wish is never lost. */
export function throttled(everyMs: number, say: () => void): { wish: () => void; flush: () => void } {
  let timer: NodeJS.Timeout | null = null
  // Not the clock's time: set back, it would keep everything quiet.
  let saidAtMs = Number.NEGATIVE_INFINITY
  let isWished = false
  const flush = () => {
    if (timer) clearTimeout(timer)
    timer = null
    if (!isWished) return
    isWished = false
    saidAtMs = performance.now()
    say()
  }
  return {
    wish: () => {
      isWished = true
      if (timer) return
      const waitMs = saidAtMs + everyMs - performance.now()
      if (waitMs <= 0) flush()
      else timer = setTimeout(flush, waitMs)
    },
    flush,
  }
}

/** Keeps what is to be said of one run, and says it a few times a second. */
export class Reporter {
  readonly counts: SyncCounts = noCounts()
  #progress: SyncProgress
  #phase: SyncPhase = 'starting'
  #saying: ReturnType<typeof throttled>
  #callsChanged: ReturnType<typeof throttled>

  constructor(connection: { id: string; name: string }, emit: (event: EarmarkEvent) => void) {
    this.#progress = {
      connectionId: connection.id,
      connectionName: connection.name,
      phase: 'starting',
      done: 0,
      total: null,
      counts: this.counts,
      waitUntil: null,
      reason: null,
    }
    this.#saying = throttled(PROGRESS_MS, () => emit({ type: 'sync.progress', progress: this.progress() }))
    this.#callsChanged = throttled(CALLS_MS, () => emit({ type: 'calls.changed' }))
    this.#saying.wish()
  }

  progress(): SyncProgress {
    return structuredClone({ ...this.#progress, counts: this.counts })
  }

  /** What the run is about from now on. */
  enter(phase: Exclude<SyncPhase, 'starting' | 'waiting'>): void {
    this.#phase = phase
    this.goesOn()
  }

  /** Something was done: nothing is waited for any more. */
  goesOn(change: Partial<Pick<SyncProgress, 'done' | 'total'>> = {}): void {
    Object.assign(this.#progress, { phase: this.#phase, waitUntil: null, reason: null }, change)
    this.#saying.wish()
  }

  waiting(untilMs: number, because: EarmarkError): void {
    Object.assign(this.#progress, {
      phase: 'waiting',
      waitUntil: new Date(untilMs).toISOString(),
      reason: because.message,
    } satisfies Partial<SyncProgress>)
    this.#saying.wish()
  }

  callsChanged(): void {
    this.#callsChanged.wish()
  }

  /** Says what was held back; to be called at the end. */
  flush(): void {
    this.#saying.flush()
    this.#callsChanged.flush()
  }
}
