import type { ConnectionId } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { nextSyncAtMs, type ScheduleFacts, spreadOf } from './schedule'

/** Failures beyond these change nothing. */
const LOOKED_AT = 8

/** A connection's run as scheduling sees it. */
interface Run {
  started_at_ms: number
  finished_at_ms: number | null
  outcome: string | null
}

/** What scheduling knows of a connection's runs; those of webhooks are no syncs. */
export function runFacts(
  db: ReadDb,
  id: ConnectionId,
): Pick<ScheduleFacts, 'lastRun' | 'failuresInARow' | 'spread'> {
  const runs = prepared<Run>(
    db,
    `SELECT started_at_ms, finished_at_ms, outcome FROM sync_runs
     WHERE connection_id = ? AND trigger <> 'webhook' ORDER BY id DESC LIMIT ${LOOKED_AT}`,
  ).all(id)
  const succeeded = runs.findIndex(({ outcome }) => outcome !== 'failed')
  const [last] = runs
  return {
    lastRun: last ? { startedAtMs: last.started_at_ms, finishedAtMs: last.finished_at_ms } : null,
    failuresInARow: succeeded < 0 ? runs.length : succeeded,
    spread: spreadOf(id, last?.started_at_ms ?? 0),
  }
}

/** When the schedule syncs a connection next; null without a schedule. */
export const scheduledAtMs = (
  db: ReadDb,
  id: ConnectionId,
  everyMinutes: number | null,
  nowMs: number,
): number | null =>
  everyMinutes === null ? null : nextSyncAtMs({ everyMinutes, ...runFacts(db, id) }, nowMs)

/** All connections that sync by themselves, with the time that they are due. Those without kept secrets can't. */
export function dueConnections(db: ReadDb, nowMs: number): { id: ConnectionId; atMs: number }[] {
  return prepared<{ id: ConnectionId; everyMinutes: number }>(
    db,
    `SELECT id, json_extract(settings, '$.everyMinutes') AS everyMinutes FROM connections
     WHERE removed_at_ms IS NULL AND kind = 'api' AND keeps_secrets = 1
       AND json_extract(settings, '$.everyMinutes') IS NOT NULL`,
  )
    .all()
    .map(({ id, everyMinutes }) => ({ id, atMs: scheduledAtMs(db, id, everyMinutes, nowMs) ?? nowMs }))
}
