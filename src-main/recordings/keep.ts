import { setImmediate as nextTick } from 'node:timers/promises'
import type { CallId } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { callKeysFound } from '../search/queries'

/** So many calls are marked in one transaction: 30 ms or so. */
const BATCH = 300

interface Kept {
  calls: number
  /** Of these, how many are in line to be downloaded. */
  toDownload: number
}

/**
 * Keeps the recordings of these calls offline, or lets them go; those that are missing are put in line. Calls without
 * a recording are passed over. `calls` counts those with one.
 *
 * @param keys of the search index, as JSON array
 */
function keepByKeys(db: WriteDb, keys: string, keep: boolean, nowMs: number): Kept {
  const among = 'SELECT c.pk FROM json_each(?) wanted CROSS JOIN calls c ON c.search_key = wanted.value'
  return keepAmong(db, among, keys, keep, nowMs)
}

function keepAmong(db: WriteDb, among: string, parameter: string, keep: boolean, nowMs: number): Kept {
  return db.transaction(() => {
    const { changes: calls } = prepared(
      db,
      `UPDATE recordings SET kept_offline_at_ms = iif(?, coalesce(kept_offline_at_ms, ?), NULL)
       WHERE call_pk IN (${among})`,
    ).run(keep ? 1 : 0, nowMs, parameter)
    if (!keep) return { calls, toDownload: 0 }
    prepared(
      db,
      `UPDATE recordings SET attempts = 0 WHERE attempts > 0 AND file IS NULL AND call_pk IN (${among})`,
    ).run(parameter)
    prepared(
      db,
      `UPDATE calls SET recording_state = 'waiting' WHERE recording_state IN ('removed', 'failed')
         AND pk IN (SELECT r.call_pk FROM recordings r WHERE r.call_pk IN (${among}) AND r.urls <> '[]')`,
    ).run(parameter)
    const toDownload =
      prepared<number>(
        db,
        `SELECT count(*) FROM calls WHERE recording_state IN ('waiting', 'downloading') AND pk IN (${among})`,
      )
        .pluck()
        .get(parameter) ?? 0
    return { calls, toDownload }
  })()
}

/** One call's recording; see `keepFound`. */
export const keepOne = (db: WriteDb, callId: CallId, keep: boolean, nowMs: number): Kept =>
  keepAmong(db, 'SELECT pk FROM calls WHERE id = ?', callId, keep, nowMs)

/**
 * The recordings of all calls that a query finds, a few hundred at a time; other work of the thread runs in between, and the
 * signal ends it after any of them.
 *
 * @param reader both databases (`openBothForReading`)
 */
export async function keepFound(
  db: WriteDb,
  reader: ReadDb,
  what: { query: string; keep: boolean; nowMs: number },
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number) => void },
): Promise<Kept & { isCancelled: boolean }> {
  const total = { calls: 0, toDownload: 0 }
  let seen = 0
  for (let cursor: number | null = null; !signal.aborted; ) {
    const keys = callKeysFound(reader, what.query, { cursor, limit: BATCH, nowMs: what.nowMs })
    if (keys.length > 0) {
      const { calls, toDownload } = keepByKeys(db, JSON.stringify(keys), what.keep, what.nowMs)
      total.calls += calls
      total.toDownload += toDownload
    }
    seen += keys.length
    onProgress(seen)
    if (keys.length < BATCH) return { ...total, isCancelled: false }
    cursor = keys.at(-1) ?? null
    await nextTick()
  }
  return { ...total, isCancelled: true }
}

/** More are not counted for a preview. */
const PREVIEWED = 20_000

/**
 * What keeping a query's recordings offline would mean. What is to be downloaded is estimated from the calls' lengths
 * and what a second takes in the recordings that are here. `reader`: both databases.
 */
export async function previewKeep(
  reader: ReadDb,
  query: string,
  nowMs: number,
): Promise<{
  calls: number
  kept: number
  toDownload: number
  downloadBytes: number | null
  isExact: boolean
}> {
  const total = { calls: 0, kept: 0, toDownload: 0, waitingMs: 0, unknown: 0 }
  let isExact = true
  for (let cursor: number | null = null; ; ) {
    const keys = callKeysFound(reader, query, { cursor, limit: BATCH, nowMs })
    const page = prepared<Record<keyof typeof total, number>>(
      reader,
      `SELECT count(*) AS calls, count(r.kept_offline_at_ms) AS kept,
         count(*) FILTER (WHERE r.file IS NULL) AS toDownload,
         coalesce(sum(c.duration_ms) FILTER (WHERE r.file IS NULL), 0) AS waitingMs,
         count(*) FILTER (WHERE r.file IS NULL AND c.duration_ms IS NULL) AS unknown
       FROM json_each(?) wanted CROSS JOIN calls c ON c.search_key = wanted.value
         CROSS JOIN recordings r ON r.call_pk = c.pk`,
    ).get(JSON.stringify(keys))
    if (page) {
      total.calls += page.calls
      total.kept += page.kept
      total.toDownload += page.toDownload
      total.waitingMs += page.waitingMs
      total.unknown += page.unknown
    }
    cursor = keys.at(-1) ?? null
    if (keys.length < BATCH) break
    if (total.calls >= PREVIEWED) {
      isExact = false
      break
    }
    await nextTick()
  }
  const known = total.toDownload - total.unknown
  const perMs = bytesPerMs(reader)
  const downloadBytes =
    total.toDownload === 0
      ? 0
      : perMs === null || known === 0
        ? null
        : Math.round((total.waitingMs / known) * total.toDownload * perMs)
  return { calls: total.calls, kept: total.kept, toDownload: total.toDownload, downloadBytes, isExact }
}

/** From some of the recordings that are here; null where none has a known length. */
function bytesPerMs(reader: ReadDb): number | null {
  const row = prepared<{ bytes: number | null; ms: number | null }>(
    reader,
    `SELECT sum(bytes) AS bytes, sum(duration_ms) AS ms FROM (
       SELECT r.bytes, coalesce(r.duration_ms, c.duration_ms) AS duration_ms
       FROM recordings r INDEXED BY recordings_stored CROSS JOIN calls c ON c.pk = r.call_pk
       WHERE r.file IS NOT NULL LIMIT 500) WHERE duration_ms > 0`,
  ).get()
  return row?.bytes && row.ms ? row.bytes / row.ms : null
}
