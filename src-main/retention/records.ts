import {
  type AnnotationsFate,
  type CallId,
  EarmarkError,
  type LeftCall,
  type PurgeRecord,
  Vendor,
} from '@contract'
import { instantOf } from '../calls/call-row'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** A purge as `reviews.db` keeps it. */
export interface PurgeRow {
  id: number
  begun_at_ms: number
  ended_at_ms: number | null
  outcome: 'done' | 'cancelled' | null
  by_whom: PurgeRecord['by']
  user_name: string
  before_ms: number
  annotations: AnnotationsFate
  exported_to: string | null
  exported_rows: number | null
  calls: number
  recordings: number
  recording_bytes: number
  not_overwritten: number
  annotations_removed: number
  set_aside: number
  wiped_at_ms: number | null
}

export type NewPurge = Pick<
  PurgeRow,
  'begun_at_ms' | 'by_whom' | 'user_name' | 'before_ms' | 'annotations' | 'exported_to' | 'exported_rows'
>

/** Numbers that a purge adds to its row as it goes. */
export type PurgeCounts = Pick<
  PurgeRow,
  'calls' | 'recordings' | 'recording_bytes' | 'not_overwritten' | 'annotations_removed' | 'set_aside'
>

export function insertPurge(db: WriteDb, purge: NewPurge): PurgeRow {
  const { lastInsertRowid } = prepared(
    db,
    `INSERT INTO purges (begun_at_ms, by_whom, user_name, before_ms, annotations, exported_to, exported_rows)
     VALUES (@begun_at_ms, @by_whom, @user_name, @before_ms, @annotations, @exported_to, @exported_rows)`,
  ).run(purge)
  return getPurge(db, Number(lastInsertRowid))
}

export function getPurge(db: ReadDb, id: number): PurgeRow {
  const row = prepared<PurgeRow>(db, 'SELECT * FROM purges WHERE id = ?').get(id)
  if (!row) throw new EarmarkError('not_found', 'There is no such purge.', { id })
  return row
}

/** Purges that were interrupted: some calls, or traces of them, are still here. Oldest first. */
export const purgesToGoOn = (db: ReadDb): PurgeRow[] =>
  prepared<PurgeRow>(db, 'SELECT * FROM purges WHERE wiped_at_ms IS NULL ORDER BY id').all()

/** Newest first, at most 200. */
export const listPurges = (db: ReadDb): PurgeRecord[] =>
  prepared<PurgeRow>(db, 'SELECT * FROM purges ORDER BY id DESC LIMIT 200').all().map(purgeRecordOf)

export function addCounts(db: WriteDb, id: number, counts: Partial<PurgeCounts>): void {
  const names = Object.keys(counts)
  if (names.length === 0) return
  prepared(
    db,
    `UPDATE purges SET ${names.map((name) => `${name} = ${name} + @${name}`).join(', ')} WHERE id = @id`,
  ).run({ id, ...counts })
}

export function endPurge(db: WriteDb, id: number, outcome: 'done' | 'cancelled', nowMs: number): void {
  prepared(db, 'UPDATE purges SET ended_at_ms = ?, outcome = ? WHERE id = ? AND outcome IS NULL').run(
    nowMs,
    outcome,
    id,
  )
}

export function noteWiped(db: WriteDb, id: number, nowMs: number): void {
  prepared(db, 'UPDATE purges SET wiped_at_ms = ? WHERE id = ?').run(nowMs, id)
}

/** Keeps what must not come back; true when it is new to this purge (and not counted yet). */
export function notePurged(db: WriteDb, purgeId: number, id: string): boolean {
  return (
    prepared(
      db,
      `INSERT INTO purged (id, purge_id) VALUES (?, ?)
       ON CONFLICT (id) DO UPDATE SET purge_id = excluded.purge_id WHERE purge_id <> excluded.purge_id`,
    ).run(id, purgeId).changes > 0
  )
}

/** Whether a call (by its own id), or a record that was set aside (by its hash), was purged. */
export const wasPurged = (db: ReadDb, id: string): boolean =>
  prepared(db, 'SELECT 1 FROM purged WHERE id = ?').get(id) !== undefined

/**
 * Takes away again what purges took, where a repair has brought it back out of an older copy; in the caller's transaction. What was
 * written behind a purge, on a call that was imported again, stays.
 */
export function removePurgedAgain(db: WriteDb): void {
  const PURGED = (callId: string) =>
    `purged o CROSS JOIN purges p ON p.id = o.purge_id WHERE o.id = ${callId}`
  db.exec(`
    DELETE FROM annotations WHERE EXISTS (SELECT 1 FROM ${PURGED('annotations.call_id')}
      AND (deleted_at_ms < p.begun_at_ms OR p.annotations = 'remove' AND updated_at_ms < p.begun_at_ms));
    DELETE FROM replaced_places WHERE annotation_id NOT IN (SELECT id FROM annotations)
      OR EXISTS (SELECT 1 FROM annotations a CROSS JOIN ${PURGED('a.call_id')}
        AND a.id = annotation_id AND replaced_at_ms < p.begun_at_ms);
    DELETE FROM reviews WHERE EXISTS (SELECT 1 FROM ${PURGED('reviews.call_id')}
      AND p.annotations = 'remove' AND reviewed_at_ms < p.begun_at_ms);`)
  for (const [table, time] of [
    ['turn_anchors', 'set_at_ms'],
    ['agent_channels', 'chosen_at_ms'],
    ['looks', 'looked_at_ms'],
  ])
    db.exec(
      `DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM ${PURGED(`${table}.call_id`)} AND ${time} < p.begun_at_ms)`,
    )
}

/** The ids of a purge, in order; behind one, at most so many. They are hashes: a vendor's id can be checked, not read. */
export const idsOfPurge = (db: ReadDb, purgeId: number, after: string, limit: number): string[] =>
  prepared<string>(db, 'SELECT id FROM purged WHERE id > ? AND purge_id = ? ORDER BY id LIMIT ?')
    .pluck()
    .all(after, purgeId, limit)

/** When a call was purged; null: it was not. `reviews.db`, or a database that it is attached to. */
export function purgedAtMs(db: ReadDb, callId: CallId): number | null {
  const ms = prepared<number>(
    db,
    'SELECT p.begun_at_ms FROM purged o CROSS JOIN purges p ON p.id = o.purge_id WHERE o.id = ?',
  )
    .pluck()
    .get(callId)
  return ms ?? null
}

export function purgeRecordOf(row: PurgeRow): PurgeRecord {
  const at = (ms: number | null) => (ms === null ? null : instantOf(ms))
  return {
    id: row.id,
    begunAt: instantOf(row.begun_at_ms),
    endedAt: at(row.ended_at_ms),
    outcome: row.outcome,
    by: row.by_whom,
    userName: row.user_name,
    before: instantOf(row.before_ms),
    annotations: row.annotations,
    exportedTo: row.exported_to,
    exportedRows: row.exported_rows,
    calls: row.calls,
    recordings: row.recordings,
    recordingBytes: row.recording_bytes,
    notOverwritten: row.not_overwritten,
    annotationsRemoved: row.annotations_removed,
    setAside: row.set_aside,
    wipedAt: at(row.wiped_at_ms),
  }
}

/** SQL of this file that can grow, for the tests of its plans. */
export const LEFT_SQL = `
  SELECT call_id, count(*) AS annotations, max(updated_at_ms) AS newest FROM reviews.annotations a
    INDEXED BY annotations_by_call
  WHERE deleted_at_ms IS NULL AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = a.call_id)
  GROUP BY call_id`

/**
 * Calls that are not here and that somebody wrote on, the newest annotation first; at most 200. `db`: both databases.
 */
export function leftCalls(db: ReadDb): { calls: LeftCall[]; total: number } {
  const rows = prepared<{
    call_id: CallId
    annotations: number
    vendor: string
    connection: string
    external_id: string
    call_started_at_ms: number | null
    purged_at_ms: number | null
    total: number
  }>(
    db,
    `SELECT l.call_id, l.annotations, n.vendor, n.connection, n.external_id, n.call_started_at_ms, l.total,
       (SELECT p.begun_at_ms FROM reviews.purged o CROSS JOIN reviews.purges p ON p.id = o.purge_id
         WHERE o.id = l.call_id) AS purged_at_ms
     FROM (SELECT *, count(*) OVER () AS total FROM (${LEFT_SQL}) ORDER BY newest DESC, call_id LIMIT 200) l
       CROSS JOIN reviews.annotations n ON n.id = (SELECT a.id FROM reviews.annotations a
         WHERE a.call_id = l.call_id AND a.deleted_at_ms IS NULL ORDER BY a.updated_at_ms DESC, a.id LIMIT 1)
     ORDER BY l.newest DESC, l.call_id`,
  ).all()
  return {
    total: rows[0]?.total ?? 0,
    calls: rows.map((row) => ({
      callId: row.call_id,
      vendor: Vendor.parse(row.vendor),
      connectionName: row.connection,
      externalId: row.external_id,
      startedAt: row.call_started_at_ms === null ? null : instantOf(row.call_started_at_ms),
      annotations: row.annotations,
      purgedAt: row.purged_at_ms === null ? null : instantOf(row.purged_at_ms),
    })),
  }
}
