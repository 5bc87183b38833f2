import {
  type CallId,
  type ConnectionId,
  EarmarkError,
  type Secrets,
  type SyncCounts,
  type SyncOutcome,
  type SyncProgress,
} from '@contract'
import { readSecrets } from '../connections/accounts'
import { getConnection, type StoredConnection } from '../connections/queries'
import type { RecordingsPump } from '../recordings/download'
import { type CallsContext, programOf } from './context'
import { fetchAlone, requireDownloaded, requireRecording } from './fetch-recording'
import { gateSettings, HostGate } from './host-gate'
import { lockConnection } from './lock'
import { Reporter } from './reporter'
import { DEFAULT_RETRY, type RetryRules } from './retry'
import { runSync } from './run'
import { closeInterrupted, connectionsWithOpenRuns } from './runs'

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
          readSecrets: async () => secrets ?? (await keptSecrets(context, connection)),
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
    const recording = requireRecording(db, callId)
    const pump = running.get(recording.connectionId)?.pump
    if (pump) await pump.now(recording)
    else await fetchAlone(context, recording, gateFor, rules)
    requireDownloaded(db, callId)
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

async function keptSecrets(
  { secrets }: CallsContext,
  { id, name, keepsSecrets }: StoredConnection,
): Promise<Secrets> {
  if (keepsSecrets) return readSecrets(secrets, id, name)
  throw new EarmarkError(
    'secret_missing',
    `"${name}" was made without keeping its secrets. Sync it with --secrets-from-env, or open its settings and enter the key.`,
    { connectionId: id },
  )
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
