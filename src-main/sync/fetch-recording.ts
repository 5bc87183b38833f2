import { type CallId, EarmarkError } from '@contract'
import { upsertCalls } from '../calls/store'
import { readSecrets } from '../connections/accounts'
import { getConnection, type StoredConnection } from '../connections/queries'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { getRecording, type RecordingRow } from '../recordings/archive'
import { downloadRecording } from '../recordings/download'
import { vendors } from '../vendors'
import { type Http, openHttp } from '../vendors/http'
import { type CallsContext, programOf } from './context'
import type { HostGate } from './host-gate'
import { lockConnection } from './lock'
import { persistently, type RetryRules } from './retry'
import { readState } from './state'
import { VendorClient } from './vendor-client'

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

/** One recording outside of a sync; when its addresses fail, the call is read again for fresh ones. */
export async function fetchAlone(
  context: CallsContext,
  recording: RecordingRow,
  gateFor: (connection: StoredConnection) => HostGate,
  rules: RetryRules,
): Promise<void> {
  const { db, paths, emit } = context
  const name = prepared<string>(db, 'SELECT name FROM connections WHERE id = ?')
    .pluck()
    .get(recording.connectionId)
  const unlock = lockConnection(paths, { id: recording.connectionId, name: name ?? '' }, programOf(context))
  const http = openHttp({ loopbackOnly: context.loopbackOnly })
  const { signal } = new AbortController()
  // Somebody is watching: fewer attempts than a sync makes.
  const patience: RetryRules = { ...rules, attempts: Math.min(rules.attempts, 3), retryAfterCapMs: 10_000 }
  const hooks = { signal, rules: patience, onWait: () => undefined }
  const download = (row: RecordingRow) =>
    downloadRecording(
      { db, paths, http, emit, signal, persistently: (attempt) => persistently(attempt, hooks) },
      row,
    )
  try {
    if (recording.file === null)
      emit({ type: 'recordings.changed', callId: recording.callId, state: 'downloading' })
    if ((await download(recording)) === 'ready') return
    const fresh = await withFreshAddresses(context, recording, { http, gateFor, rules: patience, signal })
    if (fresh !== null) await download(fresh)
  } finally {
    unlock()
    http.close()
  }
}

/** The recording with the addresses that the vendor gives now; null where they are the same, or can't be had. */
async function withFreshAddresses(
  context: CallsContext,
  recording: RecordingRow,
  how: {
    http: Http
    gateFor: (connection: StoredConnection) => HostGate
    rules: RetryRules
    signal: AbortSignal
  },
): Promise<RecordingRow | null> {
  const { db } = context
  try {
    const connection = getConnection(db, recording.connectionId)
    const api = vendors[connection.vendor]
    if (connection.kind !== 'api' || api.details === null) return null
    const externalId = prepared<string>(db, 'SELECT external_id FROM calls WHERE pk = ?')
      .pluck()
      .get(recording.callPk)
    if (externalId === undefined) return null
    const client = new VendorClient({
      api,
      config: connection,
      secrets: await readSecrets(context.secrets, connection.id, connection.name),
      learned: readState(db, connection.id).learned,
      http: how.http,
      gate: how.gateFor(connection),
      rules: how.rules,
      signal: how.signal,
      onWait: () => undefined,
      onAnswer: () => undefined,
    })
    const detail = await client.detail(externalId, null)
    if (detail.kind !== 'call') return null
    upsertCalls(db, connection, [detail.call], Date.now())
    const fresh = getRecording(db, recording.callId)
    return fresh && JSON.stringify(fresh.urls) !== JSON.stringify(recording.urls) ? fresh : null
  } catch (error) {
    // The download's own failure is the one to tell; without the vendor there are no fresh addresses.
    if (error instanceof EarmarkError) return null
    throw error
  }
}
