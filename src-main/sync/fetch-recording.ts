import { type CallId, EarmarkError, type Secrets } from '@contract'
import { getConnection, type StoredConnection } from '../connections/queries'
import { RecordingLogIns } from '../connections/recording-hosts'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { getRecording, type RecordingRow } from '../recordings/archive-rows'
import { downloadRecording } from '../recordings/download'
import { type PumpContext, type RecordingsPump, startRecordings } from '../recordings/pump'
import type { RecordingRoom } from '../recordings/storage'
import { vendors } from '../vendors'
import { type Http, openHttp } from '../vendors/http'
import { type CallsContext, programOf } from './context'
import { freshener } from './fresh-addresses'
import type { HostGate } from './host-gate'
import { lockConnection } from './lock'
import type { Reporter } from './reporter'
import { persistently, type RetryRules } from './retry'
import { readState } from './state'
import { VendorClient } from './vendor-client'

/** Recordings of one connection that are downloaded at the same time. */
export const RECORDINGS_AT_ONCE = 4

/** The recording of a call, with an address. Raises `not_found`, `recording_missing`. */
export function requireRecording(db: ReadDb, callId: CallId): RecordingRow {
  const recording = getRecording(db, callId)
  if (recording === null) throw new EarmarkError('not_found', 'This call is not there any more.', { callId })
  if (recording.urls.length === 0)
    throw new EarmarkError('recording_missing', 'The vendor gives no address for this recording.', { callId })
  return recording
}

/** Raises `recording_missing` with the reason, unless the last download succeeded. */
export function requireDownloaded(db: ReadDb, callId: CallId): void {
  const row = prepared<{ state: string; problem: string | null }>(
    db,
    `SELECT c.recording_state AS state, r.problem
     FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk WHERE c.id = ?`,
  ).get(callId)
  if (row?.state === 'ready' && row.problem === null) return
  throw new EarmarkError('recording_missing', row?.problem ?? 'The recording could not be downloaded.', {
    callId,
  })
}

/** What downloads outside of a sync need. */
export interface AloneContext {
  context: CallsContext
  gateFor: (connection: StoredConnection) => HostGate
  rules: RetryRules
  /** Raises what stands in the way of asking the vendor. */
  secretsOf: (connection: StoredConnection) => Promise<Secrets>
  room: RecordingRoom
  signal: AbortSignal
}

/** One recording outside of a sync. Raises `busy`, `cancelled`, `disk_full`; other failures are noted with it. */
export async function fetchAlone(alone: AloneContext, recording: RecordingRow): Promise<void> {
  const { context, rules, room } = alone
  const { db, paths } = context
  const unlock = lockConnection(
    paths,
    { id: recording.connectionId, name: nameOf(db, recording.connectionId) },
    programOf(context),
  )
  const http = openHttp({ loopbackOnly: context.loopbackOnly, timeouts: rules.timeouts })
  // Somebody is watching: fewer attempts than a sync makes.
  const patience: RetryRules = { ...rules, attempts: Math.min(rules.attempts, 3), retryAfterCapMs: 10_000 }
  try {
    const download = downloadsOf({ ...alone, rules: patience }, recording.connectionId, http)
    // What a person asked for comes; what may go goes, and what can't be removed stays.
    const makeRoom = async (recencyMs: number) => {
      await room.make(recencyMs, Date.now()).catch((error: unknown) => {
        if (!(error instanceof EarmarkError)) throw error
      })
    }
    await downloadRecording({ ...download, makeRoom }, recording, true)
  } finally {
    unlock()
    http.close()
  }
}

/** Downloads what waits of one connection, outside of a sync. `problem`: why some are left in line; null: none are. */
export async function downloadLine(
  alone: AloneContext,
  connectionId: string,
  reporter: Reporter,
  { total, onPump }: { total: number; onPump: (pump: RecordingsPump) => void },
): Promise<{ problem: string | null }> {
  const http = openHttp({
    loopbackOnly: alone.context.loopbackOnly,
    timeouts: alone.rules.timeouts,
  })
  const counts = reporter.counts.recordings
  try {
    const pump = startRecordings(
      {
        ...downloadsOf(alone, connectionId, http),
        connectionId,
        concurrency: RECORDINGS_AT_ONCE,
        room: alone.room,
      },
      (state) => {
        if (state === 'ready') counts.downloaded += 1
        else counts.failed += 1
        const done = counts.downloaded + counts.failed
        reporter.goesOn({ done, total: Math.max(total, done) })
      },
    )
    onPump(pump)
    const { paused } = await pump.finish()
    return { problem: paused }
  } finally {
    http.close()
  }
}

function downloadsOf(
  { context, gateFor, rules, secretsOf, signal }: AloneContext,
  connectionId: string,
  http: Http,
): Omit<PumpContext, 'connectionId' | 'concurrency' | 'room'> {
  const { db, paths, emit } = context
  const connection = findConnection(db, connectionId)
  let client: Promise<VendorClient | null> | null = null
  const ask = async (): Promise<VendorClient | null> =>
    connection &&
    new VendorClient({
      api: vendors[connection.vendor],
      config: connection,
      secrets: await secretsOf(connection),
      learned: readState(db, connection.id).learned,
      http,
      gate: gateFor(connection),
      rules,
      signal,
      onWait: () => undefined,
      onAnswer: () => undefined,
    })
  return {
    db,
    paths,
    http,
    emit,
    signal,
    persistently: (attempt) => persistently(attempt, { signal, rules, onWait: () => undefined }),
    logIns: new RecordingLogIns(context),
    freshen: freshener(db, connection, () => {
      client ??= ask()
      return client
    }),
  }
}

const nameOf = (db: ReadDb, id: string): string =>
  prepared<string>(db, 'SELECT name FROM connections WHERE id = ?').pluck().get(id) ?? ''

/** null for one that was removed: its calls stay. */
function findConnection(db: ReadDb, id: string): StoredConnection | null {
  try {
    return getConnection(db, id)
  } catch (error) {
    if (error instanceof EarmarkError && error.code === 'not_found') return null
    throw error
  }
}
