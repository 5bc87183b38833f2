import type { CallId, ConnectionId, Vendor } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { keyOfMinute, searchKeySpillMinutes } from '../search/search-index'

const MINUTE_MS = 60_000

/** SQL of this file that can grow, for the tests of its plans. */
export const CANDIDATES_SQL = {
  /** In the order of time, which is that of the keys but for a spill: from the oldest up to the bound. */
  batch: `SELECT c.pk, c.id, c.search_key AS searchKey, r.file, r.bytes
    FROM calls c INDEXED BY calls_by_connection LEFT JOIN recordings r ON r.call_pk = c.pk
    WHERE c.connection_id = @connectionId AND c.search_key > @after AND c.search_key < @bound
      AND c.started_at_ms < @beforeMs
    ORDER BY c.search_key LIMIT @limit`,
  /** Keys and starts alone: an index holds both. */
  slice: `SELECT search_key AS key, started_at_ms AS startedAtMs FROM calls INDEXED BY calls_in_time
    WHERE search_key > ? AND search_key < ? ORDER BY search_key LIMIT ?`,
  sums: `SELECT connectionId, count(*) AS calls, min(startedAtMs) AS oldestMs, max(startedAtMs) AS newestMs,
      count(file) AS recordings, coalesce(sum(iif(file IS NULL, 0, bytes)), 0) AS recordingBytes,
      count(keptAtMs) AS keptCalls, sum(annotations > 0) AS annotatedCalls, sum(annotations) AS annotations
    FROM (SELECT c.connection_id AS connectionId, c.started_at_ms AS startedAtMs, r.file, r.bytes,
        r.kept_offline_at_ms AS keptAtMs,
        (SELECT count(*) FROM reviews.annotations a WHERE a.call_id = c.id AND a.deleted_at_ms IS NULL) AS annotations
      FROM calls c INDEXED BY calls_in_time LEFT JOIN recordings r ON r.call_pk = c.pk
      WHERE c.search_key > @after AND c.search_key <= @last AND c.started_at_ms < @beforeMs)
    GROUP BY connectionId`,
} as const

/** Calls that began before then have keys below this one. */
export const keyBoundOf = (db: ReadDb, beforeMs: number): number =>
  keyOfMinute(beforeMs + (searchKeySpillMinutes(db) + 1) * MINUTE_MS)

/** A call that is to go. */
export interface Candidate {
  pk: number
  id: CallId
  searchKey: number
  /** Of its recording, below the recordings' folder; null: it has none here. */
  file: string | null
  bytes: number | null
}

/** The next calls of a connection that began before then, oldest first, behind a key. */
export const nextCandidates = (
  db: ReadDb,
  connectionId: ConnectionId,
  at: { after: number; bound: number; beforeMs: number; limit: number },
): Candidate[] => prepared<Candidate>(db, CANDIDATES_SQL.batch).all({ connectionId, ...at })

/** Every connection, those that were removed too: their calls are still here. */
export const allSources = (db: ReadDb): { id: ConnectionId; name: string; vendor: Vendor }[] =>
  prepared<{ id: ConnectionId; name: string; vendor: Vendor }>(
    db,
    'SELECT id, name, vendor FROM connections ORDER BY name, id',
  ).all()
