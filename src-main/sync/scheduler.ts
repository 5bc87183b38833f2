import { type ConnectionId, EarmarkError } from '@contract'
import type { ReadDb } from '../db/open'
import type { SyncEngine } from './engine'
import { planTick } from './schedule'
import { dueConnections } from './scheduled-runs'

/** How long a connection is left alone after it was started, or found busy; whatever became of that. */
const HELD_MS = 60_000
/** After the application's start. */
const FIRST_TICK_MS = 10_000

export interface Scheduler {
  /** Looks at the clock once; answers when to look again, in milliseconds. For tests; otherwise the timer's. */
  tick: () => number
  close: () => void
}

/**
 * Syncs connections that have a schedule while the application is open. One timer for all, which keeps nothing
 * alive. A sync that fails says so where any sync does, and is tried again later; so is a connection that somebody else works on.
 */
export function openScheduler(
  db: ReadDb,
  engine: Pick<SyncEngine, 'start' | 'status'>,
  { now = Date.now, firstTickMs = FIRST_TICK_MS }: { now?: () => number; firstTickMs?: number } = {},
): Scheduler {
  const heldSinceMs = new Map<ConnectionId, number>()
  let before = { tickAtMs: now(), quietUntilMs: 0 }
  let timer: NodeJS.Timeout | null = null

  const isHeld = (id: ConnectionId, nowMs: number): boolean => {
    const sinceMs = heldSinceMs.get(id)
    return sinceMs !== undefined && nowMs >= sinceMs && nowMs < sinceMs + HELD_MS
  }

  const tick = (): number => {
    const nowMs = now()
    const running = new Set(engine.status().map(({ connectionId }) => connectionId))
    const due = dueConnections(db, nowMs).filter(({ id }) => !running.has(id) && !isHeld(id, nowMs))
    const { start, againInMs, quietUntilMs } = planTick(due, nowMs, before)
    before = { tickAtMs: nowMs, quietUntilMs }
    if (start !== null) {
      heldSinceMs.set(start, nowMs)
      try {
        void engine.start(start, { recordings: 'all', secrets: null, trigger: 'schedule' }).ended
      } catch (error) {
        // Another process is at it, or it was removed a moment ago: the next tick sees.
        if (!(error instanceof EarmarkError)) throw error
      }
    }
    return againInMs
  }

  const again = (ms: number): void => {
    timer = setTimeout(() => {
      let nextMs = FIRST_TICK_MS
      try {
        nextMs = tick()
      } finally {
        // A tick that fails (the disk, say) is no reason to look at the clock no more.
        again(nextMs)
      }
    }, ms)
    timer.unref()
  }
  again(firstTickMs)
  return {
    tick,
    close: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
