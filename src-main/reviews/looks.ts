import type { CallId, Look } from '@contract'
import type { VersionParts } from '../calls/meaning'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** A reviewer's last look at a call, and what they saw. Nulls: from before this was kept, so the time has to do. */
export interface LookRecord {
  kind: Look['kind']
  looked_at_ms: number
  meaning_hash: string | null
  summary_hash: string | null
  detail_hash: string | null
}

/** Somebody has looked at the call in this version; takes the place of an earlier look. In the caller's transaction. */
export function noteLook(
  db: WriteDb,
  callId: CallId,
  reviewer: string,
  kind: Look['kind'],
  version: VersionParts,
  nowMs: number,
): void {
  prepared(
    db,
    `INSERT INTO looks (call_id, reviewer, kind, looked_at_ms, meaning_hash, summary_hash, detail_hash)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (call_id, reviewer) DO UPDATE SET kind = excluded.kind, looked_at_ms = excluded.looked_at_ms,
       meaning_hash = excluded.meaning_hash, summary_hash = excluded.summary_hash,
       detail_hash = excluded.detail_hash`,
  ).run(callId, reviewer, kind, nowMs, version.meaningHash, version.summaryHash, version.detailHash)
}

/** The look of somebody at a call; null when there was none. `reviews.db`, or a database that it is attached to. */
export const lookOf = (db: ReadDb, callId: CallId, reviewer: string): LookRecord | null =>
  prepared<LookRecord>(
    db,
    `SELECT kind, looked_at_ms, meaning_hash, summary_hash, detail_hash FROM looks
     WHERE call_id = ? AND reviewer = ?`,
  ).get(callId, reviewer) ?? null

/**
 * A mark that is taken back is no look any more, unless this person annotated the call: then what they saw last stays
 * what later changes are told from.
 */
export function forgetReview(db: WriteDb, callId: CallId, reviewer: string): void {
  const own = 'call_id = ? AND reviewer = ?'
  const hasWritten =
    prepared<number>(db, `SELECT 1 FROM annotations WHERE ${own} AND deleted_at_ms IS NULL LIMIT 1`)
      .pluck()
      .get(callId, reviewer) !== undefined
  if (hasWritten) prepared(db, `UPDATE looks SET kind = 'annotation' WHERE ${own}`).run(callId, reviewer)
  else prepared(db, `DELETE FROM looks WHERE ${own}`).run(callId, reviewer)
}

/** Whose looks count in lists: the reviewer of the settings; null: nobody has been chosen, so everybody's. */
export const LIST_REVIEWER = `(SELECT CASE WHEN json_valid(s.value) AND json_type(s.value) = 'text'
    THEN nullif(trim(s.value ->> '$'), '') END FROM reviews.settings s WHERE s.key = 'reviewer')`

/**
 * Whether a call (`c`, of calls.db) means something else than what was seen (`l`, of looks). A call that was never
 * written again (no hash) is as it was first stored. Where what was seen was not kept, the times decide.
 */
const IS_OTHER = `CASE WHEN l.meaning_hash IS NOT NULL THEN c.meaning_hash IS NOT NULL AND c.meaning_hash <> l.meaning_hash
    ELSE iif(c.meaning_hash IS NULL, c.updated_at_ms, coalesce(c.changed_at_ms, 0)) > l.looked_at_ms END`

/** For a row of a list (`c`, with `reviews` attached): 1 when the call changed since a look that counts. */
export const CHANGED_COLUMN = `EXISTS (SELECT 1 FROM reviews.looks l WHERE l.call_id = c.id
    AND l.reviewer = coalesce(${LIST_REVIEWER}, l.reviewer) AND ${IS_OTHER})`

/**
 * The keys of all calls that changed since a look that counts. The first part reads one index, of calls that were
 * written again; the second is for looks from before versions were kept.
 */
export const CHANGED_KEYS = `SELECT k.search_key FROM reviews.looks l
    CROSS JOIN calls k INDEXED BY calls_rewritten ON k.id = l.call_id
    WHERE k.meaning_hash IS NOT NULL AND k.meaning_hash <> l.meaning_hash AND k.search_key IS NOT NULL
      AND l.reviewer = coalesce(${LIST_REVIEWER}, l.reviewer)
  UNION ALL SELECT c.search_key FROM reviews.looks l CROSS JOIN calls c ON c.id = l.call_id
    WHERE l.meaning_hash IS NULL AND c.search_key IS NOT NULL
      AND l.reviewer = coalesce(${LIST_REVIEWER}, l.reviewer) AND ${IS_OTHER}`
