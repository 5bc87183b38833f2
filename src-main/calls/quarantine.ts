import type { ConnectionId, JsonValue, QuarantinedRecord } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import { hashRecord } from './canonical'

/** How much of a record the list of the quarantine shows. */
const SHOWN_CHARACTERS = 20_000

/**
 * Sets aside records that could not be read; one that is there already is only seen again. Answers the hashes:
 * what a run counts. In the caller's transaction.
 */
export function quarantineRecords(
  db: WriteDb,
  connectionId: ConnectionId,
  records: readonly UnreadableRecord[],
  nowMs: number,
): Set<string> {
  const hashes = new Set<string>()
  for (const { externalId, reason, raw } of records) {
    const hash = hashAside(externalId, raw)
    hashes.add(hash)
    prepared(
      db,
      `INSERT INTO quarantine (connection_id, external_id, reason, raw, hash, first_seen_at_ms, last_seen_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (connection_id, hash) DO UPDATE SET
         external_id = excluded.external_id, reason = excluded.reason, last_seen_at_ms = excluded.last_seen_at_ms`,
    ).run(connectionId, externalId, reason, JSON.stringify(raw), hash, nowMs, nowMs)
  }
  return hashes
}

/** What says nothing of its call (null instead of its details) is set aside once for each. */
const hashAside = (externalId: string | null, raw: JsonValue): string =>
  externalId !== null && (typeof raw !== 'object' || raw === null)
    ? hashRecord([externalId, raw])
    : hashRecord(raw)

/**
 * Lets go what can be read now: the same record, and, when the call was read in full, every earlier record of
 * it. `except`: what was set aside in this very batch. In the caller's transaction.
 */
export function releaseReadable(
  db: WriteDb,
  connectionId: ConnectionId,
  calls: readonly VendorCall[],
  except: ReadonlySet<string>,
): void {
  const isEmpty =
    prepared(db, 'SELECT 1 FROM quarantine WHERE connection_id = ? LIMIT 1').get(connectionId) === undefined
  if (isEmpty) return
  const bySameId = prepared<{ id: number; hash: string }>(
    db,
    'SELECT id, hash FROM quarantine WHERE connection_id = ? AND external_id = ?',
  )
  for (const { externalId, completeness, raw } of calls) {
    const hash = hashAside(externalId, raw)
    // A row of a list can be read while its details can't be had: then it is what was set aside for them.
    if (!except.has(hash))
      prepared(db, 'DELETE FROM quarantine WHERE connection_id = ? AND hash = ?').run(connectionId, hash)
    if (completeness !== 'detail') continue
    for (const { id, hash: aside } of bySameId.all(connectionId, externalId))
      if (!except.has(aside)) prepared(db, 'DELETE FROM quarantine WHERE id = ?').run(id)
  }
}

/** What is set aside, newest first, at most 200; of one connection or of all. */
export function listQuarantine(db: ReadDb, connectionId: ConnectionId | null): QuarantinedRecord[] {
  return prepared<Omit<QuarantinedRecord, 'firstSeenAt'> & { firstSeenAtMs: number }>(
    db,
    `SELECT q.id, q.connection_id AS connectionId, c.name AS connectionName, q.external_id AS externalId, q.reason,
       q.first_seen_at_ms AS firstSeenAtMs, substr(q.raw, 1, ${SHOWN_CHARACTERS}) AS raw
     FROM quarantine q JOIN connections c ON c.id = q.connection_id
     WHERE ? IS NULL OR q.connection_id = ?
     ORDER BY q.id DESC LIMIT 200`,
  )
    .all(connectionId, connectionId)
    .map(({ firstSeenAtMs, ...row }) => ({ ...row, firstSeenAt: new Date(firstSeenAtMs).toISOString() }))
}
