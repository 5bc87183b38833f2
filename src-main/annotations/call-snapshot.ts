import { type CallId, EarmarkError, type Turn } from '@contract'
import Database from 'better-sqlite3'
import { explained, type ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { timedTurns, timingSources } from '../timing/timed-turns'

/** What an annotation or a review keeps of its call, so that it outlives the cache. */
export interface CallSnapshot {
  vendor: string
  connection_id: string
  connection: string
  campaign_id: string | null
  external_id: string
  call_started_at_ms: number | null
}

interface Row extends CallSnapshot {
  pk: number
  completeness: 'summary' | 'detail'
}

export interface FoundCall {
  call: CallSnapshot
  turns: Turn[]
  /** Whether the call itself was read, with its transcript, and not only its row of the vendor's list. */
  isComplete: boolean
}

/**
 * The call as it is in the cache now, with its turns. `db`: `calls.db`; `reviews`: `reviews.db`, for the anchors, or the
 * same when that has it attached. Raises `not_found`.
 */
export function snapshotOf(db: ReadDb, callId: CallId, reviews: ReadDb): FoundCall {
  const found = findSnapshot(db, callId, reviews)
  if (found) return found
  throw new EarmarkError(
    'not_found',
    'This call is not in the workspace any more, so nothing can be written on it. Sync or import it again.',
    { callId },
  )
}

/** Like `snapshotOf`; null when the cache does not have the call. */
export function findSnapshot(db: ReadDb, callId: CallId, reviews: ReadDb): FoundCall | null {
  // The call and its turns of one moment: a sync may write between two statements.
  return explained(db, () => db.transaction(() => read(db, callId, reviews))())
}

function read(db: ReadDb, callId: CallId, reviews: ReadDb): FoundCall | null {
  const row = prepared<Row>(
    db,
    `SELECT c.pk, c.vendor, c.connection_id, n.name AS connection, c.campaign_id, c.external_id, c.completeness,
       iif(c.started_at_source = 'vendor', c.started_at_ms, NULL) AS call_started_at_ms
     FROM calls c CROSS JOIN connections n ON n.id = c.connection_id WHERE c.id = ?`,
  ).get(callId)
  if (!row) return null
  const { pk, completeness, ...call } = row
  const turns = timedTurns(timingSources(db, reviews, { pk, id: callId }))
  return { call, turns, isComplete: completeness === 'detail' }
}

/**
 * Like `findSnapshot`; null as well when the cache can't be opened or read: what people wrote is readable and can be
 * exported all the same.
 */
export function findSnapshotIfReadable(
  readCalls: () => ReadDb,
  callId: CallId,
  reviews: ReadDb,
): FoundCall | null {
  try {
    return findSnapshot(readCalls(), callId, reviews)
  } catch (error) {
    if (error instanceof Database.SqliteError || error instanceof EarmarkError) return null
    throw error
  }
}
