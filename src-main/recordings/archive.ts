import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CallId, EarmarkError, type RecordingState } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { AUDIO_KINDS } from './mime'
import { describeNonAudio, SNIFF_BYTES, sniffAudio } from './sniff'

/** The largest recording that is taken: a day of telephone sound. */
export const MAX_RECORDING_BYTES = 500 * 1024 * 1024

/** An archived recording, as the database keeps it. */
export interface ArchivedAudio {
  /** Below the workspace's recordings folder, with `/`. */
  file: string
  /** `mp3`, `wav`, `ogg`, `flac` or `m4a`, by the bytes. */
  format: string
  bytes: number
  /** Hexadecimal. */
  sha256: string
}

type Sink = (chunk: Uint8Array) => Promise<void>

/**
 * Brings one call's audio into the archive: `recordings/<first two letters of the id>/<id>.<kind>`. Written beside
 * its place, checked by its bytes, on the disk (fsync) before it takes its name; nothing is left when it fails.
 *
 * @param fill writes all of the audio into the sink, in order
 * Raises `not_audio` (an HTML page, say), `too_large`, `disk_full`, and what `fill` raises.
 */
export async function archiveAudio(
  paths: WorkspacePaths,
  callId: CallId,
  fill: (sink: Sink) => Promise<unknown>,
  maxBytes: number = MAX_RECORDING_BYTES,
): Promise<ArchivedAudio> {
  const folder = join(paths.recordings, callId.slice(0, 2))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `${callId}.${process.pid}.part`)
  const handle = await open(temporary, 'w', 0o600)
  try {
    const hash = createHash('sha256')
    let head = new Uint8Array(0)
    let bytes = 0
    await fill(async (chunk) => {
      if (head.length < SNIFF_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, SNIFF_BYTES - head.length)])
        // A login page is refused before more of it comes.
        if (head.length === SNIFF_BYTES) requireAudio(head)
      }
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      hash.update(chunk)
      await handle.appendFile(chunk)
    })
    const kind = requireAudio(head)
    await handle.sync()
    await handle.close()
    const file = `${callId.slice(0, 2)}/${callId}.${AUDIO_KINDS[kind].extension}`
    await rename(temporary, join(paths.recordings, file))
    syncFolder(folder)
    const format = kind.startsWith('ogg') ? 'ogg' : kind
    return { file, format, bytes, sha256: hash.digest('hex') }
  } catch (error) {
    // Closed already when the renaming failed.
    await handle.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw explained(error)
  }
}

function requireAudio(head: Uint8Array) {
  const kind = sniffAudio(head)
  if (kind === null)
    throw new EarmarkError('not_audio', `What came instead of a recording is ${describeNonAudio(head)}.`)
  return kind
}

const tooLarge = (maxBytes: number): EarmarkError =>
  new EarmarkError(
    'too_large',
    `The recording is larger than ${Math.round(maxBytes / 1024 / 1024)} MB, and was not kept.`,
  )

function explained(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new EarmarkError(
      'disk_full',
      'The disk is full: a recording could not be kept. Free some space, then sync again.',
      {},
      { cause: error },
    )
  return error
}

/** Makes the new name itself last through a power cut. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Takes away what archiving left unfinished when its process died. Only while nothing archives. */
export async function removeUnfinished(paths: WorkspacePaths, callIds: readonly CallId[]): Promise<void> {
  const wanted = new Set<string>(callIds)
  for (const folder of new Set(callIds.map((id) => join(paths.recordings, id.slice(0, 2))))) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names)
      if (name.endsWith('.part') && wanted.has(name.slice(0, name.indexOf('.'))))
        await rm(join(folder, name), { force: true })
  }
}

/** What is known of a call's recording. */
export interface RecordingRow {
  callPk: number
  callId: CallId
  connectionId: string
  state: RecordingState
  /** Best first. */
  urls: string[]
  file: string | null
}

interface RawRow extends Omit<RecordingRow, 'urls'> {
  urls: string | null
}

const SELECT = `SELECT c.pk AS callPk, c.id AS callId, c.connection_id AS connectionId,
    c.recording_state AS state, r.urls, r.file
  FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk`

const recordingRow = ({ urls, ...row }: RawRow): RecordingRow => ({
  ...row,
  urls: urls === null ? [] : JSON.parse(urls),
})

/** The recording of a call; null when there is no such call. */
export function getRecording(db: ReadDb, callId: CallId): RecordingRow | null {
  const row = prepared<RawRow>(db, `${SELECT} WHERE c.id = ?`).get(callId)
  return row ? recordingRow(row) : null
}

/** Recordings of a connection that wait to be downloaded, the newest calls first. */
export function waitingRecordings(db: ReadDb, connectionId: string, limit: number): RecordingRow[] {
  return prepared<RawRow>(
    db,
    `${SELECT} WHERE c.connection_id = ? AND c.recording_state = 'waiting' ORDER BY c.search_key DESC LIMIT ?`,
  )
    .all(connectionId, limit)
    .map(recordingRow)
}

/** A recording that failed so often is only tried again by hand, or when the vendor names another address. */
const MAX_FAILED_ATTEMPTS = 5

/**
 * Puts back in line what a sync should try: downloads that a dead process left, and failed ones. Answers the calls
 * whose unfinished files may lie about.
 */
export function requeueRecordings(db: WriteDb, connectionId: string): CallId[] {
  return db.transaction(() => {
    const interrupted = prepared<CallId>(
      db,
      "SELECT id FROM calls WHERE connection_id = ? AND recording_state = 'downloading'",
    )
      .pluck()
      .all(connectionId)
    prepared(
      db,
      `UPDATE calls SET recording_state = 'waiting' WHERE connection_id = ? AND (recording_state = 'downloading'
         OR (recording_state = 'failed'
           AND pk IN (SELECT call_pk FROM recordings WHERE attempts < ${MAX_FAILED_ATTEMPTS} AND urls <> '[]')))`,
    ).run(connectionId)
    return interrupted
  })()
}

export function setRecordingState(db: WriteDb, callPk: number, state: RecordingState): void {
  prepared(db, 'UPDATE calls SET recording_state = ? WHERE pk = ?').run(state, callPk)
}

/** Notes that a call's audio is in the archive. */
export function noteArchived(db: WriteDb, callPk: number, audio: ArchivedAudio, nowMs: number): void {
  db.transaction(() => {
    prepared(
      db,
      `INSERT INTO recordings (call_pk, urls, file, format, bytes, sha256, fetched_at_ms)
       VALUES (@callPk, '[]', @file, @format, @bytes, @sha256, @nowMs)
       ON CONFLICT (call_pk) DO UPDATE SET file = @file, format = @format, bytes = @bytes,
         duration_ms = iif(sha256 IS @sha256, duration_ms, NULL), channels = iif(sha256 IS @sha256, channels, NULL),
         sha256 = @sha256, problem = NULL, attempts = 0, fetched_at_ms = @nowMs`,
    ).run({ callPk, ...audio, nowMs })
    setRecordingState(db, callPk, 'ready')
  })()
}

/** Notes why a call's audio could not be had. Audio that is there already stays. Answers the state now. */
export function noteFailed(
  db: WriteDb,
  { callPk, file }: Pick<RecordingRow, 'callPk' | 'file'>,
  problem: string,
): RecordingState {
  const state = file === null ? 'failed' : 'ready'
  db.transaction(() => {
    prepared(
      db,
      `INSERT INTO recordings (call_pk, urls, problem, attempts) VALUES (?, '[]', ?, 1)
       ON CONFLICT (call_pk) DO UPDATE SET problem = excluded.problem, attempts = attempts + 1`,
    ).run(callPk, problem)
    setRecordingState(db, callPk, state)
  })()
  return state
}

/** Keeps what decoding found out about a call's audio; says whether it was news. */
export function noteFacts(db: WriteDb, callId: CallId, durationSec: number, channels: number): boolean {
  const durationMs = Math.round(durationSec * 1000)
  const { changes } = prepared(
    db,
    `UPDATE recordings SET duration_ms = ?, channels = ?
     WHERE call_pk = (SELECT pk FROM calls WHERE id = ?) AND file IS NOT NULL
       AND (duration_ms IS NOT ? OR channels IS NOT ?)`,
  ).run(durationMs, channels, callId, durationMs, channels)
  return changes > 0
}
