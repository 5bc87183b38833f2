import type { Turn } from '@contract'
import { locateNow } from '../annotations/annotate'
import { findSnapshot } from '../annotations/call-snapshot'
import { ANNOTATION_COLUMNS, type AnnotationRecord } from '../annotations/queries'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { callsAmong, callsFound } from '../search/queries'
import type { AnnotationRow, CallCsvRow } from './columns'

const PAGE = 500

const ANNOTATIONS_AFTER = `
  SELECT ${ANNOTATION_COLUMNS.join(', ')} FROM annotations
  WHERE deleted_at_ms IS NULL AND (created_at_ms, id) > (?, ?) ORDER BY created_at_ms, id LIMIT ${PAGE}`

/**
 * The annotations in the order they were written, page by page. `calls`: both databases, for the query and for where
 * the texts are now; null when there is no cache, then as they were written and without a query.
 */
export function* annotationPages(
  reviews: ReadDb,
  calls: ReadDb | null,
  query: string | null,
  nowMs: number,
): Generator<AnnotationRow[]> {
  let after: [number, string] = [Number.MIN_SAFE_INTEGER, '']
  for (;;) {
    const records = prepared<AnnotationRecord>(reviews, ANNOTATIONS_AFTER).all(...after)
    const last = records.at(-1)
    if (!last) return
    after = [last.created_at_ms, last.id]
    const callIds = [...new Set(records.map((record) => record.call_id))]
    const wanted = query === null || calls === null ? null : callsAmong(calls, query, callIds, nowMs)
    yield rowsOf(wanted === null ? records : records.filter((record) => wanted.has(record.call_id)), calls)
    if (records.length < PAGE) return
  }
}

function rowsOf(records: readonly AnnotationRecord[], calls: ReadDb | null): AnnotationRow[] {
  // The annotations of a call were mostly written in a row: only the latest call's turns are kept.
  let callId: string | null = null
  let turns: Turn[] | null = null
  return records.map((record) => {
    if (record.call_id !== callId) {
      callId = record.call_id
      turns = calls ? (findSnapshot(calls, callId)?.turns ?? null) : null
    }
    const located = locateNow(record, turns)
    const now =
      located.status === 'orphaned' ? undefined : turns?.find((turn) => turn.index === located.turnIndex)
    return { record, located, turnText: record.turn_index === null ? null : (now?.text ?? record.turn_text) }
  })
}

/** The calls, newest first, page by page. `db`: both databases. */
export function* callPages(db: ReadDb, query: string | null, nowMs: number): Generator<CallCsvRow[]> {
  const labels = prepared<{ label: string }>(
    db,
    `SELECT DISTINCT label FROM reviews.annotations WHERE call_id = ? AND deleted_at_ms IS NULL ORDER BY label`,
  )
  let cursor: number | null = null
  do {
    const page: ReturnType<typeof callsFound> = callsFound(db, query ?? '', { cursor, limit: PAGE, nowMs })
    yield page.rows.map((call) => ({
      call,
      labels: labels.all(call.id).map(({ label }) => label),
    }))
    cursor = page.cursor
  } while (cursor !== null)
}
