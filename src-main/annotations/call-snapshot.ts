import { type CallId, EarmarkError, type Turn } from '@contract'
import { secondsOf } from '../calls/call-row'
import { turnsOf } from '../calls/queries'
import type { ReadDb } from '../db/open'
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
}

/** The call as it is in the cache now, with its turns. `db`: `calls.db`. Raises `not_found`. */
export function snapshotOf(db: ReadDb, callId: CallId): { call: CallSnapshot; turns: Turn[] } {
  const found = findSnapshot(db, callId)
  if (found) return found
  throw new EarmarkError(
    'not_found',
    'This call is not in the workspace any more, so nothing can be written on it. Sync or import it again.',
    { callId },
  )
}

/** Like `snapshotOf`; null when the cache does not have the call. */
export function findSnapshot(db: ReadDb, callId: CallId): { call: CallSnapshot; turns: Turn[] } | null {
  const row = prepared<Row>(
    db,
    `SELECT c.pk, c.vendor, c.connection_id, n.name AS connection, c.campaign_id, c.external_id,
       iif(c.started_at_source = 'vendor', c.started_at_ms, NULL) AS call_started_at_ms,
       coalesce(r.duration_ms, c.duration_ms) AS duration_ms
     FROM calls c CROSS JOIN connections n ON n.id = c.connection_id LEFT JOIN recordings r ON r.call_pk = c.pk
     WHERE c.id = ?`,
  ).get(callId)
  if (!row) return null
  const { pk, duration_ms, ...call } = row
  return { call, turns: turnsOf(db, pk, secondsOf(duration_ms)) }
}
