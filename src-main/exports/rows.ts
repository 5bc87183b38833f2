import type { CallId } from '@contract'
import { type FoundCall, findSnapshotIfReadable } from '../annotations/call-snapshot'
import { shownPlace } from '../annotations/place'
import { findAnnotation, type OrderKey, orderedAnnotations } from '../annotations/queries'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { callsAmong, callsFound } from '../search/queries'
import type { AnnotationRow, CallCsvRow } from './columns'

/** Keys and calls are read by so many. */
const PAGE = 500

/**
 * The annotations in the order of the call's start, then of their place, then by when they were written, in pages
 * of at most 500 (some may be empty). `calls`: both databases, for the query and for where the texts are now; null
 * when there is no cache: then all, as they were written. Hold a read transaction on `reviews` for one moment's rows.
 */
export function* annotationPages(
  reviews: ReadDb,
  calls: ReadDb | null,
  query: string | null,
  nowMs: number,
  beforeMs: number | null = null,
): Generator<Iterable<AnnotationRow>> {
  const callOf = latestCall(reviews, calls)
  for (const keys of annotationKeys(reviews, calls, query, nowMs, beforeMs)) yield rowsOf(keys)

  // One by one: a page of annotations on huge turns is never in memory as a whole.
  function* rowsOf(keys: readonly OrderKey[]): Generator<AnnotationRow> {
    for (const { id, call_id } of keys) {
      const record = findAnnotation(reviews, id)
      if (!record) continue
      const now = callOf(call_id)
      yield {
        record,
        connection: now?.call.connection ?? record.connection,
        shown: shownPlace(record, now?.isComplete ? now.turns : null),
      }
    }
  }
}

/** The keys of `annotationPages`. `beforeMs`: on calls alone that are here and began before then. */
export function* annotationKeys(
  reviews: ReadDb,
  calls: ReadDb | null,
  query: string | null,
  nowMs: number,
  beforeMs: number | null = null,
): Generator<OrderKey[]> {
  let after: OrderKey | null = null
  for (;;) {
    const keys = orderedAnnotations(reviews, after, PAGE)
    if (beforeMs !== null && calls !== null)
      yield keys.filter(({ call_id }) => beganBefore(calls, call_id, beforeMs))
    else if (query === null || calls === null) yield keys
    else {
      const callIds = [...new Set(keys.map(({ call_id }) => call_id))]
      const found = callsAmong(calls, query, callIds, nowMs)
      yield keys.filter(({ call_id }) => found.has(call_id))
    }
    after = keys.at(-1) ?? null
    if (after === null || keys.length < PAGE) return
  }
}

const beganBefore = (calls: ReadDb, callId: CallId, beforeMs: number): boolean =>
  prepared(calls, 'SELECT 1 FROM calls WHERE id = ? AND started_at_ms < ?').get(callId, beforeMs) !==
  undefined

/** Looks calls up in the cache and remembers the latest: a call's annotations follow each other. */
function latestCall(reviews: ReadDb, calls: ReadDb | null): (callId: CallId) => FoundCall | null {
  let latest: { callId: CallId; found: FoundCall | null } | null = null
  return (callId) => {
    if (latest?.callId !== callId)
      latest = { callId, found: calls && findSnapshotIfReadable(() => calls, callId, reviews) }
    return latest.found
  }
}

/** The calls, newest first, in pages of at most 500. `db`: both databases. */
export function* callPages(
  db: ReadDb,
  query: string | null,
  nowMs: number,
): Generator<readonly CallCsvRow[]> {
  const labels = prepared<string>(
    db,
    `SELECT DISTINCT label FROM reviews.annotations WHERE call_id = ? AND deleted_at_ms IS NULL ORDER BY label`,
  ).pluck()
  let cursor: number | null = null
  do {
    const page: ReturnType<typeof callsFound> = callsFound(db, query ?? '', { cursor, limit: PAGE, nowMs })
    yield page.rows.map((call) => ({ call, labels: call.annotationCount > 0 ? labels.all(call.id) : [] }))
    cursor = page.cursor
  } while (cursor !== null)
}
