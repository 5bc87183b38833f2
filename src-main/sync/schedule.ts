import type { ConnectionId } from '@contract'

/*
 * When connections sync by themselves, decided by pure functions; scheduler.ts acts. Everything is worked out anew from
 * what is kept, so that a restart, a sleep or another window changes nothing.
 */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** After a sync that took longer than its interval. */
const LEAST_PAUSE_MS = MINUTE_MS
/** Clocks are put right by less than this all the time. */
const CLOCK_SLACK_MS = MINUTE_MS

export interface ScheduleFacts {
  /** Five or more. */
  everyMinutes: number
  /** The last run but those of webhooks; `finishedAtMs: null`: it goes on, or died. null: there was none. */
  lastRun: { startedAtMs: number; finishedAtMs: number | null } | null
  /** How many runs up to the last one failed one after the other. */
  failuresInARow: number
  /** From 0 to 1, different from connection to connection: so that not all start in the same second. */
  spread: number
}

/**
 * When a connection is to be synced next, in milliseconds since 1970; now at the earliest. Counted from the last run's
 * start, whoever began it; a run that was missed, or several (the laptop slept), is made up for once. After failures the wait
 * is doubled each time, from ten minutes to an hour, but never to less than the interval; intervals of more than
 * an hour are shortened to one then. A last run in the future means that the clock was set back: it is due.
 */
export function nextSyncAtMs(
  { everyMinutes, lastRun, failuresInARow, spread }: ScheduleFacts,
  nowMs: number,
): number {
  if (lastRun === null || lastRun.startedAtMs > nowMs + CLOCK_SLACK_MS) return nowMs
  const intervalMs = everyMinutes * MINUTE_MS
  const backOffMs = Math.min(HOUR_MS, 5 * MINUTE_MS * 2 ** failuresInARow)
  const waitMs = failuresInARow === 0 ? intervalMs : Math.min(HOUR_MS, Math.max(intervalMs, backOffMs))
  const jitterMs = Math.round(spread * Math.min(waitMs / 10, MINUTE_MS))
  const rested = (lastRun.finishedAtMs ?? lastRun.startedAtMs) + LEAST_PAUSE_MS
  return Math.max(nowMs, lastRun.startedAtMs + waitMs + jitterMs, Math.min(rested, nowMs + LEAST_PAUSE_MS))
}

/** A connection's `spread` for the run after its last one: the same each time it is asked for. */
export function spreadOf(id: ConnectionId, lastRunMs: number): number {
  // FNV-1a, 32 bits (Fowler, Noll, Vo): enough to scatter, and free of dependencies.
  let hash = 0x811c9dc5
  for (const char of `${id}/${lastRunMs}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0
  return hash / 0x1_0000_0000
}

/** The clock is looked at this often at least: timers stand still while a computer sleeps. */
export const LONGEST_TICK_MS = 30_000
/** Between the starts of two connections. */
const STAGGER_MS = 5_000
/** After waking up, until the network is there again. */
const WAKING_MS = 15_000

export interface Tick {
  /** The one to start now; null: none. */
  start: ConnectionId | null
  /** When to look again, in milliseconds from now. */
  againInMs: number
  /** Nothing starts before; to be given back at the next tick. */
  quietUntilMs: number
}

/**
 * What to do now. `due`: connections that are free to be synced, with the time that they are due. One starts at a
 * time; after a gap between two ticks (the computer slept), a little later.
 */
export function planTick(
  due: readonly { id: ConnectionId; atMs: number }[],
  nowMs: number,
  before: { tickAtMs: number; quietUntilMs: number },
): Tick {
  const hasSlept = nowMs - before.tickAtMs > 3 * LONGEST_TICK_MS
  // A clock that was set back must not keep everything quiet for long.
  const quietUntilMs = hasSlept ? nowMs + WAKING_MS : Math.min(before.quietUntilMs, nowMs + WAKING_MS)
  if (nowMs < quietUntilMs) return { start: null, againInMs: quietUntilMs - nowMs, quietUntilMs }
  const next = due.toSorted((a, b) => a.atMs - b.atMs)[0]
  if (next && next.atMs <= nowMs) return { start: next.id, againInMs: STAGGER_MS, quietUntilMs }
  const againInMs = Math.min(LONGEST_TICK_MS, next ? next.atMs - nowMs : LONGEST_TICK_MS)
  return { start: null, againInMs, quietUntilMs }
}
