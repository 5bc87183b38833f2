import type { ConnectionId, SyncCounts, SyncOutcome, SyncTrigger } from '@contract'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

export const noCounts = (): SyncCounts => ({
  listed: 0,
  added: 0,
  updated: 0,
  unchanged: 0,
  quarantined: 0,
  recordings: { downloaded: 0, failed: 0 },
})

/**
 * Begins a run. Whoever holds the connection's lock knows that an open run of before died with its process.
 * Answers the run's id.
 */
export function beginRun(db: WriteDb, id: ConnectionId, trigger: SyncTrigger, nowMs: number): number {
  return db.transaction(() => {
    closeInterrupted(db, id)
    const { lastInsertRowid } = prepared(
      db,
      'INSERT INTO sync_runs (connection_id, trigger, started_at_ms) VALUES (?, ?, ?)',
    ).run(id, trigger, nowMs)
    return Number(lastInsertRowid)
  })()
}

/** Only with the connection's lock. */
export function closeInterrupted(db: WriteDb, id: ConnectionId): void {
  prepared(
    db,
    `UPDATE sync_runs SET outcome = 'interrupted',
       problem = 'Earmark ended while this sync was going on. What it had read is kept; sync again to go on.'
     WHERE connection_id = ? AND outcome IS NULL`,
  ).run(id)
}

/** Connections with a run that has no end: it goes on somewhere, or its process died. */
export function connectionsWithOpenRuns(db: WriteDb): { id: ConnectionId; name: string }[] {
  return prepared<{ id: ConnectionId; name: string }>(
    db,
    `SELECT c.id, c.name FROM connections c
     WHERE c.id IN (SELECT connection_id FROM sync_runs WHERE outcome IS NULL)`,
  ).all()
}

/** Keeps the numbers so far: with each page, so that an interrupted run still has them. */
export function noteCounts(db: WriteDb, runId: number, counts: SyncCounts): void {
  prepared(
    db,
    `UPDATE sync_runs SET listed = @listed, added = @added, updated = @updated, unchanged = @unchanged,
       quarantined = @quarantined, recordings_downloaded = @downloaded, recordings_failed = @failed
     WHERE id = @runId`,
  ).run({
    runId,
    listed: counts.listed,
    added: counts.added,
    updated: counts.updated,
    unchanged: counts.unchanged,
    quarantined: counts.quarantined,
    ...counts.recordings,
  })
}

export function endRun(
  db: WriteDb,
  runId: number,
  counts: SyncCounts,
  outcome: SyncOutcome,
  problem: string | null,
  nowMs: number,
): void {
  db.transaction(() => {
    noteCounts(db, runId, counts)
    prepared(
      db,
      'UPDATE sync_runs SET outcome = ?, problem = ?, finished_at_ms = max(?, started_at_ms) WHERE id = ?',
    ).run(outcome, problem, nowMs, runId)
  })()
}
