import { setTimeout as sleepFor } from 'node:timers/promises'
import { EarmarkError } from '@contract'
import { isTransient, retryAfterOf } from '../vendors/problems'
import type { Timeouts } from '../vendors/request-options'

export interface RetryRules {
  /** How often a request is made at most. */
  attempts: number
  /** The first wait is up to this long, the next up to twice as long, and so on. Milliseconds. */
  baseMs: number
  /** No wait is longer. */
  capMs: number
  /** Nor one that the vendor asks for. */
  retryAfterCapMs: number
  /** How long one request waits; default: those of requests. */
  timeouts?: Timeouts
}

export const DEFAULT_RETRY: RetryRules = { attempts: 6, baseMs: 500, capMs: 60_000, retryAfterCapMs: 300_000 }

/**
 * How long to wait before the next attempt, in milliseconds; null: give up. Full jitter: evenly spread between
 * nothing and the doubled bound ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015), so that many clients
 * that failed together don't come back together. A vendor's own `Retry-After` is the least.
 *
 * @param attempt how many were made, from 1
 * @param random from 0 to 1
 */
export function planRetry(
  error: EarmarkError,
  attempt: number,
  rules: RetryRules,
  random: number,
): number | null {
  if (!isTransient(error) || attempt >= rules.attempts) return null
  const bound = Math.min(rules.capMs, rules.baseMs * 2 ** (attempt - 1))
  const asked = Math.min(retryAfterOf(error) ?? 0, rules.retryAfterCapMs)
  return Math.round(asked + random * bound)
}

/** The failure that stands for a cancelled run. */
export const cancelled = (): EarmarkError => new EarmarkError('cancelled', 'The work was cancelled.')

/** Raises `cancelled` once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled()
}

/** Waits; raises `cancelled` as soon as the signal is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, { signal })
  } catch {
    throw cancelled()
  }
}

export interface RetryHooks {
  signal: AbortSignal
  rules: RetryRules
  /** A wait begins: until when, and what made it necessary. */
  onWait: (untilMs: number, error: EarmarkError) => void
}

/** Runs `attempt` until it succeeds, its failure is no passing one, or the rules say that it is enough. */
export async function persistently<T>(
  attempt: () => Promise<T>,
  { signal, rules, onWait }: RetryHooks,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    throwIfCancelled(signal)
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof EarmarkError)) throw error
      const waitMs = planRetry(error, made, rules, Math.random())
      if (waitMs === null) throw error
      onWait(Date.now() + waitMs, error)
      await sleep(waitMs, signal)
    }
  }
}
