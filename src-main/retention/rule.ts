import { RetentionRule } from '@contract'
import { z } from 'zod'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/*
 * The daily rule: what it is, and when it runs, decided by pure functions; keeper.ts acts. It is kept with what people
 * chose (reviews.db), so that a lost cache does not switch it off.
 */

export const DAY_MS = 86_400_000
const KEY = 'retention'
/** A run a day, at the hour that comes by itself. */
const EVERY_MS = 20 * 3_600_000
/** After so long without a run, the clock may be wrong, or the laptop lay in a drawer: somebody has to look first. */
const TRUSTED_GAP_MS = 31 * DAY_MS
const CLOCK_SLACK_MS = 10 * 60_000

const StoredRule = RetentionRule.extend({ lastRunAtMs: z.number().nullable() })
export type StoredRule = z.infer<typeof StoredRule>

/** null: off, or not to be understood. `reviews.db`. */
export function readRule(db: ReadDb): StoredRule | null {
  const text = prepared<string>(db, 'SELECT value FROM settings WHERE key = ?').pluck().get(KEY)
  if (text === undefined) return null
  try {
    const parsed = StoredRule.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** In the caller's transaction. */
export function writeRule(db: WriteDb, rule: StoredRule | null): void {
  if (rule === null) prepared(db, 'DELETE FROM settings WHERE key = ?').run(KEY)
  else
    prepared(
      db,
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ).run(KEY, JSON.stringify(rule))
}

/** `run`: purge now. `ask`: somebody has to see the preview first. `wait`: nothing to do yet. */
export type RuleStep = 'run' | 'ask' | 'wait'

/**
 * What the rule does now. It asks before its first run, and again after a month without one, or when the clock stands
 * before its last run: a clock that was set wrong must not purge everything.
 */
export function stepOf(rule: StoredRule | null, nowMs: number): RuleStep {
  if (rule === null) return 'wait'
  if (!rule.isConfirmed || rule.lastRunAtMs === null) return 'ask'
  const sinceMs = nowMs - rule.lastRunAtMs
  if (sinceMs < -CLOCK_SLACK_MS || sinceMs > TRUSTED_GAP_MS) return 'ask'
  return sinceMs >= EVERY_MS ? 'run' : 'wait'
}

/** Calls that began before then are purged by the rule. */
export const beforeOf = (rule: Pick<StoredRule, 'days'>, nowMs: number): number => nowMs - rule.days * DAY_MS

/** Calls that began before then are not fetched while the rule is on and confirmed; null: all are. */
export function floorOf(db: ReadDb, nowMs: number): number | null {
  const rule = readRule(db)
  // As long as the rule would ask, the clock is not to be relied upon.
  return rule === null || stepOf(rule, nowMs) === 'ask' ? null : beforeOf(rule, nowMs)
}
