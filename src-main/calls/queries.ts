import {
  type CallDetail,
  type CallId,
  EarmarkError,
  JsonValue,
  type Recording,
  RecordingState,
} from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { callTiming, timingSources } from '../timing/timed-turns'
import { CALL_ROW_COLUMNS, type CallRowRecord, callRowOf, instantOf, secondsOf } from './call-row'
import { storedMeaningHash, versionOf } from './meaning'
import { talkOfCall } from './talk-of-call'

interface DetailRecord extends CallRowRecord {
  ended_at_ms: number | null
  first_seen_at_ms: number
  updated_at_ms: number
  fields: string
  revisions: number
  meaning_hash: string | null
  summary_hash: string | null
  detail_hash: string | null
}

interface RecordingRecord {
  format: string | null
  bytes: number | null
  duration_ms: number | null
  channels: number | null
  problem: string | null
  kept_offline_at_ms: number | null
  removed_at_ms: number | null
  log_in_host: string | null
}

const DETAIL = `
  SELECT ${CALL_ROW_COLUMNS}, c.ended_at_ms, c.first_seen_at_ms, c.updated_at_ms, c.fields,
    c.meaning_hash, c.summary_hash, c.detail_hash,
    (SELECT count(*) FROM revisions v WHERE v.call_pk = c.pk) AS revisions
  FROM calls c CROSS JOIN connections n ON n.id = c.connection_id WHERE c.id = ?`

/**
 * A call with everything that is shown of it; `db` has `reviews` attached. Each turn has the best times known
 * (timing/timed-turns.ts). Raises `not_found`.
 */
export function getCall(db: ReadDb, callId: CallId): CallDetail {
  const row = prepared<DetailRecord>(db, DETAIL).get(callId)
  if (!row) throw noSuchCall(callId)
  const stored = prepared<RecordingRecord>(
    db,
    `SELECT format, bytes, duration_ms, channels, problem, kept_offline_at_ms, removed_at_ms, log_in_host
     FROM recordings WHERE call_pk = ?`,
  ).get(row.pk)
  return withTalk({
    ...callRowOf(row),
    endedAt: row.ended_at_ms === null ? null : instantOf(row.ended_at_ms),
    firstSeenAt: instantOf(row.first_seen_at_ms),
    updatedAt: instantOf(row.updated_at_ms),
    revisions: row.revisions,
    version: versionOf({
      meaningHash: row.meaning_hash ?? storedMeaningHash(db, row.pk),
      summaryHash: row.summary_hash,
      detailHash: row.detail_hash,
    }),
    recording: recordingOf(row, stored),
    ...callTiming(timingSources(db, db, { pk: row.pk, id: callId })),
    fields: fieldsOf(row.fields),
  })
}

const withTalk = (call: Omit<CallDetail, 'talk'>): CallDetail => ({ ...call, talk: talkOfCall(call) })

function recordingOf(row: DetailRecord, stored: RecordingRecord | undefined): Recording {
  const state = RecordingState.parse(row.recording_state)
  return {
    state,
    problem: stored?.problem ?? null,
    bytes: stored?.bytes ?? null,
    format: stored?.format ?? null,
    durationSec: secondsOf(stored?.duration_ms ?? null),
    channels: stored?.channels ?? null,
    keptOffline: (stored?.kept_offline_at_ms ?? null) !== null,
    removedAt: state === 'removed' && stored?.removed_at_ms ? instantOf(stored.removed_at_ms) : null,
    logInHost: state === 'failed' ? (stored?.log_in_host ?? null) : null,
  }
}

function fieldsOf(json: string): CallDetail['fields'] {
  const fields = JsonValue.parse(JSON.parse(json))
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {}
}

/** The vendor's latest record of a call as it came: its detail if there is one. Raises `not_found`. */
export function rawOfCall(db: ReadDb, callId: CallId): { json: string } {
  const json = prepared<string>(
    db,
    `SELECT v.raw FROM calls c CROSS JOIN revisions v ON v.call_pk = c.pk
     WHERE c.id = ? ORDER BY v.kind = 'detail' DESC, v.id DESC LIMIT 1`,
  )
    .pluck()
    .get(callId)
  if (json === undefined) throw noSuchCall(callId)
  return { json }
}

/** Whether a call is in the cache. */
export const isCached = (db: ReadDb, callId: string): boolean =>
  prepared(db, 'SELECT 1 FROM calls WHERE id = ?').get(callId) !== undefined

export const noSuchCall = (callId: string): EarmarkError =>
  new EarmarkError(
    'not_found',
    `There is no call ${callId} in this workspace. Sync again, or search for the vendor's id of the call.`,
    { callId },
  )
