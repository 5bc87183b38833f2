import {
  type CallId,
  type ConnectionId,
  EarmarkError,
  type Secrets,
  type SyncCounts,
  type SyncOutcome,
  type SyncProgress,
} from '@contract'
import { upsertCalls } from '../calls/store'
import { readSecrets } from '../connections/accounts'
import { getConnection, type StoredConnection } from '../connections/queries'
import { prepared } from '../db/prepared'
import { getRecording, type RecordingRow } from '../recordings/archive'
import { downloadRecording, type RecordingsPump } from '../recordings/download'
import { vendors } from '../vendors'
import { openHttp } from '../vendors/http'
import { type CallsContext, programOf } from './context'
import { gateSettings, HostGate } from './host-gate'
import { lockConnection } from './lock'
import { Reporter } from './reporter'
import { DEFAULT_RETRY, persistently, type RetryRules } from './retry'
import { runSync } from './run'
import { closeInterrupted, connectionsWithOpenRuns } from './runs'
import { readState } from './state'
import { VendorClient } from './vendor-client'

export interface SyncResult {
  outcome: SyncOutcome
  counts: SyncCounts
  problem: string | null
}

export interface SyncOptions {
  recordings: 'all' | 'none'
  /** null: those in the keychain. */
  secrets: Secrets | null
}

export interface SyncEngine {
  /**
   * Begins a sync; `ended` never rejects. Raises `busy` naming who is at it, `not_found`, `invalid_input` for a
   * connection that can't be synced.
   */
  start(id: ConnectionId, options: SyncOptions): { ended: Promise<SyncResult> }
  /** Resolves when the sync, if there is one, has stopped. */
  cancel(id: ConnectionId): Promise<void>
  status(): SyncProgress[]
  /**
   * Downloads one call's recording now (again), with a fresh address where the old one has expired. Raises
   * `not_found`, `recording_missing` with the reason, `busy` when another process is at the connection.
   */
  fetchRecording(callId: CallId): Promise<void>
  /** Cancels everything and waits for it. */
  close(): Promise<void>
}

interface Running {
  reporter: Reporter
  stop: AbortController
  ended: Promise<SyncResult>
  pump: RecordingsPump | null
}

/** The syncs of this process: one a connection at a time. `rules`: for tests. */
export function openSyncEngine(context: CallsContext, rules: RetryRules = DEFAULT_RETRY): SyncEngine {
  const { db, paths, emit } = context
  const running = new Map<ConnectionId, Running>()
  const gates = new Map<string, HostGate>()
  closeDeadRuns(context)

  const gateFor = (connection: StoredConnection): HostGate => {
    const url = new URL(connection.baseUrl)
    const settings = gateSettings(url, connection.settings)
    const key = JSON.stringify([url.host, settings])
    const gate = gates.get(key) ?? new HostGate(settings)
    gates.set(key, gate)
    return gate
  }

  const start: SyncEngine['start'] = (id, options) => {
    const connection = getConnection(db, id)
    requireApi(connection)
    const unlock = lockConnection(paths, connection, programOf(context))
    const reporter = new Reporter(connection, emit)
    const stop = new AbortController()
    const { secrets } = options
    const entry: Running = { reporter, stop, pump: null, ended: Promise.resolve(noResult(reporter)) }
    const work = async (): Promise<SyncResult> => {
      try {
        const { outcome, problem } = await runSync({
          db,
          paths,
          emit,
          loopbackOnly: context.loopbackOnly,
          gateFor,
          rules,
          connection,
          readSecrets: async () => secrets ?? (await readSecrets(context.secrets, id, connection.name)),
          recordings: options.recordings,
          reporter,
          signal: stop.signal,
          onPump: (pump) => {
            entry.pump = pump
          },
        })
        const result = { outcome, counts: structuredClone(reporter.counts), problem }
        reporter.flush()
        emit({ type: 'sync.done', connectionId: id, connectionName: connection.name, ...result })
        emit({ type: 'connections.changed' })
        return result
      } finally {
        running.delete(id)
        unlock()
      }
    }
    running.set(id, entry)
    entry.ended = work()
    return { ended: entry.ended }
  }

  const fetchRecording: SyncEngine['fetchRecording'] = async (callId) => {
    const recording = requireRecording(context, callId)
    const pump = running.get(recording.connectionId)?.pump
    if (pump) await pump.now(recording)
    else await fetchAlone(context, recording, gateFor, rules)
    const row = prepared<{ state: string; problem: string | null }>(
      db,
      `SELECT c.recording_state AS state, r.problem FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk WHERE c.id = ?`,
    ).get(callId)
    if (row?.state !== 'ready' || row.problem !== null)
      throw new EarmarkError('recording_missing', row?.problem ?? 'The recording could not be downloaded.', {
        callId,
      })
  }

  return {
    start,
    cancel: async (id) => {
      const entry = running.get(id)
      entry?.stop.abort()
      await entry?.ended
    },
    status: () => [...running.values()].map(({ reporter }) => reporter.progress()),
    fetchRecording,
    close: async () => {
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

const noResult = (reporter: Reporter): SyncResult => ({
  outcome: 'cancelled',
  counts: reporter.counts,
  problem: null,
})

function requireApi(connection: StoredConnection): void {
  if (connection.kind === 'api') return
  throw new EarmarkError(
    'invalid_input',
    `"${connection.name}" holds calls that were imported from files; there is nothing to sync it with. Import newer files instead.`,
    { connectionId: connection.id },
  )
}

function requireRecording({ db }: CallsContext, callId: CallId): RecordingRow {
  const recording = getRecording(db, callId)
  if (recording === null) throw new EarmarkError('not_found', 'This call is not there any more.', { callId })
  if (recording.urls.length === 0)
    throw new EarmarkError('recording_missing', 'The vendor gives no address for this recording.', { callId })
  return recording
}

/** Runs whose process died are closed as interrupted; those of a process that lives are left alone. */
function closeDeadRuns(context: CallsContext): void {
  const { db, paths } = context
  for (const connection of connectionsWithOpenRuns(db)) {
    try {
      const unlock = lockConnection(paths, connection, programOf(context))
      closeInterrupted(db, connection.id)
      unlock()
    } catch (error) {
      if (!(error instanceof EarmarkError && error.code === 'busy')) throw error
    }
  }
}

/** One recording outside of a sync; when its addresses fail, the call is read again for fresh ones. */
async function fetchAlone(
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
    http: ReturnType<typeof openHttp>
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
