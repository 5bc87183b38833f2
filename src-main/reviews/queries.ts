import { type CallId, type Review, Settings } from '@contract'
import type { CallSnapshot } from '../annotations/call-snapshot'
import { instantOf } from '../calls/call-row'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** The latest review of a call; null when nobody has reviewed it. */
export function latestReview(db: ReadDb, callId: CallId): Review | null {
  const row = prepared<{ reviewer: string; reviewed_at_ms: number }>(
    db,
    'SELECT reviewer, reviewed_at_ms FROM reviews WHERE call_id = ? ORDER BY reviewed_at_ms DESC, reviewer LIMIT 1',
  ).get(callId)
  return row ? { callId, reviewer: row.reviewer, reviewedAt: instantOf(row.reviewed_at_ms) } : null
}

/** Marks a call reviewed by somebody now; a second mark by the same person takes the place of the first. */
export function markReviewed(
  db: WriteDb,
  callId: CallId,
  reviewer: string,
  call: CallSnapshot,
  nowMs: number,
): void {
  prepared(
    db,
    `INSERT INTO reviews (call_id, reviewer, vendor, connection, external_id, reviewed_at_ms)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (call_id, reviewer) DO UPDATE SET reviewed_at_ms = excluded.reviewed_at_ms`,
  ).run(callId, reviewer, call.vendor, call.connection, call.external_id, nowMs)
}

/** Takes somebody's mark back. */
export function unmarkReviewed(db: WriteDb, callId: CallId, reviewer: string): void {
  prepared(db, 'DELETE FROM reviews WHERE call_id = ? AND reviewer = ?').run(callId, reviewer)
}

const DEFAULTS: Settings = {
  reviewer: '',
  theme: 'system',
  playbackRate: 1,
  rewindOnResume: true,
  skipSilence: false,
  playNext: false,
  maskNumbers: false,
}

/** The settings; what is missing or can't be understood (a newer Earmark's) is as by default. */
export function readSettings(db: ReadDb): Settings {
  const settings: Record<string, unknown> = { ...DEFAULTS }
  for (const { key, value } of prepared<{ key: string; value: string }>(
    db,
    'SELECT key, value FROM settings',
  ).all()) {
    const schema = Object.hasOwn(Settings.shape, key) ? Settings.shape[key as keyof Settings] : null
    const parsed = schema?.safeParse(jsonOrNull(value))
    if (parsed?.success) settings[key] = parsed.data
  }
  return Settings.parse(settings)
}

/** Changes the settings that are given, all or none. In the caller's transaction. */
export function writeSettings(
  db: WriteDb,
  changes: { readonly [K in keyof Settings]?: Settings[K] | undefined },
): Settings {
  const write = prepared(
    db,
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  for (const [key, value] of Object.entries(changes))
    if (value !== undefined) write.run(key, JSON.stringify(value))
  return readSettings(db)
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
