import { type CallId, EarmarkError, type Turn } from '@contract'
import Database from 'better-sqlite3'
import { secondsOf } from '../calls/call-row'
import { turnsOf } from '../calls/queries'
import { explained, type ReadDb } from '../db/open'
import { prepared } from '../db/prepared'

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
  duration_ms: number | null
  completeness: 'summary' | 'detail'
}

export interface FoundCall {
  call: CallSnapshot
  turns: Turn[]
  /** Whether the call itself was read, with its transcript, and not only its row of the vendor's list. */
  isComplete: boolean
}

/** The call as it is in the cache now, with its turns. `db`: `calls.db`. Raises `not_found`. */
export function snapshotOf(db: ReadDb, callId: CallId): FoundCall {
  const found = findSnapshot(db, callId)
  if (found) return found
  throw new EarmarkError(
    'not_found',
    'This call is not in the workspace any more, so nothing can be written on it. Sync or import it again.',
    { callId },
  )
}

/** Like `snapshotOf`; null when the cache does not have the call. */
export function findSnapshot(db: ReadDb, callId: CallId): FoundCall | null {
  // The call and its turns of one moment: a sync may write between two statements.
  return explained(db, () => db.transaction(() => read(db, callId))())
}

function read(db: ReadDb, callId: CallId): FoundCall | null {
  const row = prepared<Row>(
    db,
    `SELECT c.pk, c.vendor, c.connection_id, n.name AS connection, c.campaign_id, c.external_id, c.completeness,
       iif(c.started_at_source = 'vendor', c.started_at_ms, NULL) AS call_started_at_ms,
       coalesce(r.duration_ms, c.duration_ms) AS duration_ms
     FROM calls c CROSS JOIN connections n ON n.id = c.connection_id LEFT JOIN recordings r ON r.call_pk = c.pk
     WHERE c.id = ?`,
  ).get(callId)
  if (!row) return null
  const { pk, duration_ms, completeness, ...call } = row
  return { call, turns: turnsOf(db, pk, secondsOf(duration_ms)), isComplete: completeness === 'detail' }
}

/**
 * Like `findSnapshot`; null as well when the cache can't be opened or read: what people wrote is readable and can be
 * exported all the same.
 */
export function findSnapshotIfReadable(readCalls: () => ReadDb, callId: CallId): FoundCall | null {
  try {
    return findSnapshot(readCalls(), callId)
  } catch (error) {
    if (error instanceof Database.SqliteError || error instanceof EarmarkError) return null
    throw error
  }
}
