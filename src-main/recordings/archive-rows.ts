import type { CallId, RecordingState } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { ArchivedAudio } from './archive'
import { PartNote } from './partial'

/** What is known of a call's recording. */
export interface RecordingRow {
  callPk: number
  callId: CallId
  connectionId: string
  state: RecordingState
  startedAtMs: number
  /** Best first. */
  urls: string[]
  file: string | null
  isKept: boolean
}

interface RawRow extends Omit<RecordingRow, 'urls' | 'isKept'> {
  urls: string | null
  keptOfflineAtMs: number | null
}

const COLUMNS = `c.pk AS callPk, c.id AS callId, c.connection_id AS connectionId, c.recording_state AS state,
    c.started_at_ms AS startedAtMs, r.urls, r.file, r.kept_offline_at_ms AS keptOfflineAtMs`

const recordingRow = ({ urls, keptOfflineAtMs, ...row }: RawRow): RecordingRow => ({
  ...row,
  urls: urls === null ? [] : JSON.parse(urls),
  isKept: keptOfflineAtMs !== null,
})

/** The recording of a call; null when there is no such call. */
export function getRecording(db: ReadDb, callId: CallId): RecordingRow | null {
  const row = prepared<RawRow>(
    db,
    `SELECT ${COLUMNS} FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk WHERE c.id = ?`,
  ).get(callId)
  return row ? recordingRow(row) : null
}

/** SQL of `waitingRecordings`, for the tests of its plan. */
export const WAITING = {
  kept: `SELECT ${COLUMNS} FROM recordings r INDEXED BY recordings_wanted CROSS JOIN calls c ON c.pk = r.call_pk
     WHERE r.kept_offline_at_ms IS NOT NULL AND r.file IS NULL AND c.connection_id = ?
       AND c.recording_state = 'waiting' LIMIT ?`,
  all: `SELECT ${COLUMNS} FROM calls c INDEXED BY calls_with_waiting_recording
     LEFT JOIN recordings r ON r.call_pk = c.pk
     WHERE c.connection_id = ? AND c.recording_state = 'waiting' ORDER BY c.search_key DESC LIMIT ?`,
} as const

/** Recordings of a connection that wait to be downloaded: those that are kept offline, then the newest calls first. */
export function waitingRecordings(db: ReadDb, connectionId: string, limit: number): RecordingRow[] {
  const kept = prepared<RawRow>(db, WAITING.kept).all(connectionId, limit)
  const rows = kept.length < limit ? prepared<RawRow>(db, WAITING.all).all(connectionId, limit) : []
  const known = new Set(kept.map(({ callPk }) => callPk))
  return [...kept, ...rows.filter(({ callPk }) => !known.has(callPk))].slice(0, limit).map(recordingRow)
}

/** How many recordings wait, of one connection or of all. */
export function countWaiting(db: ReadDb, connectionId: string | null): number {
  const where = connectionId === null ? '' : ' AND connection_id = ?'
  return (
    prepared<number>(
      db,
      `SELECT count(*) FROM calls INDEXED BY calls_with_waiting_recording WHERE recording_state = 'waiting'${where}`,
    )
      .pluck()
      .get(...(connectionId === null ? [] : [connectionId])) ?? 0
  )
}

/** Connections, removed ones too, of which recordings wait, with their names. */
export function connectionsWithWaiting(db: ReadDb): { id: string; name: string }[] {
  return prepared<{ id: string; name: string }>(
    db,
    `SELECT n.id, n.name FROM connections n WHERE EXISTS (
       SELECT 1 FROM calls c INDEXED BY calls_with_waiting_recording
       WHERE c.connection_id = n.id AND c.recording_state = 'waiting')`,
  ).all()
}

/** A recording that failed so often is only tried again by hand, or when the vendor names another address. */
const MAX_FAILED_ATTEMPTS = 5

/** Puts back in line what a sync should try: downloads that a dead process left, and failed ones. */
export function requeueRecordings(db: WriteDb, connectionId: string): void {
  prepared(
    db,
    `UPDATE calls SET recording_state = 'waiting' WHERE connection_id = ? AND (recording_state = 'downloading'
       OR (recording_state = 'failed'
         AND pk IN (SELECT call_pk FROM recordings WHERE attempts < ${MAX_FAILED_ATTEMPTS} AND urls <> '[]')))`,
  ).run(connectionId)
}

export function setRecordingState(db: WriteDb, callPk: number, state: RecordingState): void {
  prepared(db, 'UPDATE calls SET recording_state = ? WHERE pk = ?').run(state, callPk)
}

/** What the unfinished download of a call is a part of; null: nothing that could be continued. */
export function partOf(db: ReadDb, callPk: number): PartNote | null {
  const text = prepared<string | null>(db, 'SELECT validator FROM recordings WHERE call_pk = ?')
    .pluck()
    .get(callPk)
  return text === null || text === undefined ? null : (PartNote.safeParse(JSON.parse(text)).data ?? null)
}

/** Keeps what an unfinished download is a part of; null: there is none. */
export function notePart(db: WriteDb, callPk: number, note: PartNote | null): void {
  const text = note === null ? null : JSON.stringify(note)
  prepared(db, 'UPDATE recordings SET validator = ? WHERE call_pk = ? AND validator IS NOT ?').run(
    text,
    callPk,
    text,
  )
}

/**
 * Notes that a call's audio is in the archive.
 *
 * @param isAsked a person asked for it: it counts as used now, and not as old as its call
 */
export function noteArchived(
  db: WriteDb,
  callPk: number,
  audio: ArchivedAudio,
  nowMs: number,
  isAsked = false,
): void {
  db.transaction(() => {
    const startedAtMs =
      prepared<number>(db, 'SELECT started_at_ms FROM calls WHERE pk = ?').pluck().get(callPk) ?? nowMs
    prepared(
      db,
      `INSERT INTO recordings (call_pk, urls, file, format, bytes, sha256, fetched_at_ms, recency_ms)
       VALUES (@callPk, '[]', @file, @format, @bytes, @sha256, @nowMs, @recencyMs)
       ON CONFLICT (call_pk) DO UPDATE SET file = @file, format = @format, bytes = @bytes,
         duration_ms = iif(sha256 IS @sha256, duration_ms, NULL), channels = iif(sha256 IS @sha256, channels, NULL),
         sha256 = @sha256, problem = NULL, attempts = 0, fetched_at_ms = @nowMs, validator = NULL,
         removed_at_ms = NULL, log_in_host = NULL, recency_ms = max(coalesce(recency_ms, 0), @recencyMs)`,
    ).run({ callPk, ...audio, nowMs, recencyMs: isAsked ? nowMs : Math.min(nowMs, startedAtMs) })
    setRecordingState(db, callPk, 'ready')
  })()
}

/**
 * Notes why a call's audio could not be had. Audio that is there already stays. Answers the state now.
 *
 * @param logInHost the host that wants a log-in, where that is why
 */
export function noteFailed(
  db: WriteDb,
  { callPk, file }: Pick<RecordingRow, 'callPk' | 'file'>,
  problem: string,
  logInHost: string | null = null,
): RecordingState {
  const state = file === null ? 'failed' : 'ready'
  db.transaction(() => {
    prepared(
      db,
      `INSERT INTO recordings (call_pk, urls, problem, attempts, log_in_host) VALUES (?, '[]', ?, 1, ?)
       ON CONFLICT (call_pk) DO UPDATE SET problem = excluded.problem, attempts = attempts + 1,
         log_in_host = excluded.log_in_host`,
    ).run(callPk, problem, logInHost)
    setRecordingState(db, callPk, state)
  })()
  return state
}

/**
 * Notes that the files of these calls' recordings are not here: a sync downloads those that a vendor has. `problem`: what is said
 * of the others.
 */
export function noteMissing(db: WriteDb, callPks: readonly number[], problem: string): void {
  const pks = JSON.stringify(callPks)
  db.transaction(() => {
    prepared(
      db,
      `UPDATE calls SET recording_state = (SELECT iif(urls = '[]', 'failed', 'waiting') FROM recordings WHERE call_pk = pk)
       WHERE pk IN (SELECT value FROM json_each(?))`,
    ).run(pks)
    prepared(
      db,
      `UPDATE recordings SET file = NULL, attempts = 0, problem = iif(urls = '[]', ?, NULL)
       WHERE call_pk IN (SELECT value FROM json_each(?))`,
    ).run(problem, pks)
  })()
}

/** Puts what failed for want of a log-in at this host back in line; answers how many. */
export function requeueOfHost(db: WriteDb, host: string): number {
  return db.transaction(() => {
    const { changes } = prepared(
      db,
      `UPDATE calls SET recording_state = 'waiting' WHERE recording_state = 'failed'
         AND pk IN (SELECT call_pk FROM recordings WHERE log_in_host = ?)`,
    ).run(host)
    prepared(
      db,
      'UPDATE recordings SET log_in_host = NULL, problem = NULL, attempts = 0 WHERE log_in_host = ?',
    ).run(host)
    return changes
  })()
}

/** Keeps what decoding found out about a call's audio; says whether it was news. */
export function noteFacts(
  db: WriteDb,
  callId: CallId,
  {
    durationSec,
    channels,
    loudnessLufs,
  }: { durationSec: number; channels: number; loudnessLufs: number | null },
): boolean {
  const durationMs = Math.round(durationSec * 1000)
  const { changes } = prepared(
    db,
    `UPDATE recordings SET duration_ms = @durationMs, channels = @channels, loudness_lufs = @loudnessLufs
     WHERE call_pk = (SELECT pk FROM calls WHERE id = @callId) AND file IS NOT NULL
       AND (duration_ms IS NOT @durationMs OR channels IS NOT @channels OR loudness_lufs IS NOT @loudnessLufs)`,
  ).run({ callId, durationMs, channels, loudnessLufs })
  return changes > 0
}

/** A recording counts as used at most so often, in milliseconds. */
export const USE_EVERY_MS = 60_000

/** The call is open: its recording was used just now. */
export function noteUsed(db: WriteDb, callId: CallId, nowMs: number): void {
  prepared(
    db,
    `UPDATE recordings SET recency_ms = @nowMs WHERE call_pk = (SELECT pk FROM calls WHERE id = @callId)
       AND coalesce(recency_ms, 0) <= @nowMs - ${USE_EVERY_MS - 5000}`,
  ).run({ callId, nowMs })
}
