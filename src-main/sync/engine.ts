import {
  type CallId,
  type ConnectionId,
  EarmarkError,
  type Secrets,
  type SyncCounts,
  type SyncOutcome,
  type SyncProgress,
  type SyncTrigger,
  toFailure,
} from '@contract'
import { getConnection, type StoredConnection } from '../connections/queries'
import { type FolderPatience, runFolder } from '../imports/folder-run'
import { AnnotatedCalls } from '../recordings/annotated'
import { connectionsWithWaiting, countWaiting } from '../recordings/archive-rows'
import type { RecordingsPump } from '../recordings/pump'
import { RecordingRoom } from '../recordings/storage'
import { PurgedCalls } from '../retention/purged'
import { type CallsContext, programOf } from './context'
import { detailAlone, detailBeside, type FetchedCall, storeFetched } from './fetch-call'
import {
  type AloneContext,
  downloadLine,
  fetchAlone,
  requireDownloaded,
  requireRecording,
} from './fetch-recording'
import { gateSettings, HostGate } from './host-gate'
import { lockConnection } from './lock'
import { Reporter } from './reporter'
import { keptSecrets, requireDetails, requireSyncable } from './requirements'
import { DEFAULT_RETRY, type RetryRules, sleep } from './retry'
import { runSync } from './run'
import { closeInterrupted, connectionsWithOpenRuns } from './runs'
import type { VendorClient } from './vendor-client'

export interface SyncResult {
  outcome: SyncOutcome
  counts: SyncCounts
  problem: string | null
}

export interface SyncOptions {
  recordings: 'all' | 'none'
  /** null: those in the keychain. */
  secrets: Secrets | null
  /** What began it; default: a person. */
  trigger?: SyncTrigger
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
  /** Stops what `fetchRecording` began outside of a sync, if it goes on still. */
  cancelFetch(callId: CallId): void
  /**
   * Downloads what waits in line of every connection, in the background; how it goes is said as of a sync that is in its
   * last phase. `connections`: at how many it began or went on already; `busy`: at how many another process is; `ended`:
   * how it went at each, never rejects.
   */
  downloadWaiting(): { connections: number; busy: number; ended: Promise<SyncResult[]> }
  /** Within what recordings may take. */
  readonly room: RecordingRoom
  /**
   * Reads one call in full now and stores it: by the sync of its connection that is going on, else alone, as soon as
   * no other process is at the connection. Its recording waits to be downloaded, and is soon. `campaignId`: for an
   * answer that names none. Raises `not_found`, `invalid_input` for a vendor without details, `busy` when another
   * process stays at the connection for longer than a minute, `vendor_error` and what requests raise.
   */
  fetchCall(id: ConnectionId, externalId: string, campaignId: string | null): Promise<FetchedCall>
  /** Cancels everything and waits for it. */
  close(): Promise<void>
}

interface Running {
  reporter: Reporter
  stop: AbortController
  ended: Promise<SyncResult>
  pump: RecordingsPump | null
  /** How to ask the vendor; null when the sync ended before it came to that. */
  client: Promise<VendorClient | null>
  haveClient: (client: VendorClient | null) => void
}

/** How long a single call waits for another process to be through with its connection. */
const LOCK_PATIENCE_MS = 60_000

/** The syncs of this process: one a connection at a time. `rules` and `patience`: for tests. */
export function openSyncEngine(
  context: CallsContext,
  rules: RetryRules = DEFAULT_RETRY,
  patience?: FolderPatience,
): SyncEngine {
  const { db, paths, emit } = context
  const running = new Map<ConnectionId, Running>()
  const gates = new Map<string, HostGate>()
  const lines = new Map<ConnectionId, Promise<void>>()
  const closing = new AbortController()
  const annotated = new AnnotatedCalls(paths)
  const room = new RecordingRoom(context, annotated)
  const purged = new PurgedCalls(paths)
  const fetching = new Map<CallId, AbortController>()
  closeDeadRuns(context)

  const gateFor = (connection: StoredConnection): HostGate => {
    const url = new URL(connection.baseUrl)
    const settings = gateSettings(url, connection.settings)
    const key = JSON.stringify([url.host, settings])
    const gate = gates.get(key) ?? new HostGate(settings)
    gates.set(key, gate)
    return gate
  }

  /**
   * Works at a connection until `run` has ended: in line with what this process does there, and alone. What `run`
   * raises is how it ended. Raises `busy` when another process is at it.
   */
  const begin = (
    connection: { id: ConnectionId; name: string },
    kind: { trigger: SyncTrigger } | { isRecordingsOnly: true },
    run: (entry: Running) => Promise<{ outcome: SyncOutcome; problem: string | null }>,
  ): Running => {
    const { id, name } = connection
    const line = lines.get(id)
    // Whoever has to wait for this process itself learns at the end of the line whether another is at it.
    let unlock = line ? null : lockConnection(paths, connection, programOf(context))
    const reporter = new Reporter(connection, emit)
    let haveClient: Running['haveClient'] = () => undefined
    const client = new Promise<VendorClient | null>((resolve) => {
      haveClient = resolve
    })
    const stop = new AbortController()
    const entry: Running = {
      reporter,
      stop,
      pump: null,
      client,
      haveClient,
      ended: Promise.resolve(noResult(reporter)),
    }
    const work = async (): Promise<SyncResult> => {
      let end: { outcome: SyncOutcome; problem: string | null }
      try {
        await line
        unlock ??= lockConnection(paths, connection, programOf(context))
        end = await run(entry)
      } catch (error) {
        end = { outcome: 'failed', problem: toFailure(error).message }
      } finally {
        running.delete(id)
        haveClient(null)
        unlock?.()
      }
      if (stop.signal.aborted) end = { outcome: 'cancelled', problem: null }
      const result = { ...end, counts: structuredClone(reporter.counts) }
      reporter.flush()
      emit({ type: 'sync.done', connectionId: id, connectionName: name, ...result, ...kind })
      emit({ type: 'connections.changed' })
      return result
    }
    running.set(id, entry)
    entry.ended = work()
    return entry
  }

  const start: SyncEngine['start'] = (id, { recordings, secrets, trigger = 'person' }) => {
    const connection = getConnection(db, id)
    requireSyncable(connection)
    return begin(connection, { trigger }, async (entry) => {
      const { reporter, stop } = entry
      const run = { db, paths, emit, connection, purged, recordings, trigger, reporter, signal: stop.signal }
      if (connection.kind !== 'folder')
        return await runSync({
          ...run,
          loopbackOnly: context.loopbackOnly,
          gateFor,
          rules,
          secrets: context.secrets,
          room,
          readSecrets: async () => secrets ?? (await keptSecrets(context, connection)),
          onPump: (pump) => {
            entry.pump = pump
          },
          onClient: entry.haveClient,
        })
      const end = await runFolder({ ...run, ...(patience ? { patience } : {}) })
      // What came as files counts as well.
      await room.make(Number.MAX_SAFE_INTEGER, Date.now()).catch(() => undefined)
      return end
    })
  }

  /** Work at a connection outside of a sync: one after the other, and a sync waits for what is in line before it. */
  const inLine = <T>(id: ConnectionId, work: () => Promise<T>): Promise<T> => {
    const mine = (lines.get(id) ?? Promise.resolve()).then(work)
    const settled = mine.then(
      () => undefined,
      () => undefined,
    )
    lines.set(id, settled)
    void settled.then(() => lines.get(id) === settled && lines.delete(id))
    return mine
  }

  const fetchRecording: SyncEngine['fetchRecording'] = async (callId) => {
    const recording = requireRecording(db, callId)
    const { connectionId } = recording
    const pump = running.get(connectionId)?.pump
    if (pump) await pump.now(recording)
    else {
      const stop = new AbortController()
      fetching.set(callId, stop)
      const signal = AbortSignal.any([stop.signal, closing.signal])
      await inLine(connectionId, () => fetchAlone(aloneContext(signal), recording)).finally(
        () => fetching.get(callId) === stop && fetching.delete(callId),
      )
    }
    requireDownloaded(db, callId)
  }

  const aloneContext = (signal: AbortSignal): AloneContext => ({
    context,
    gateFor,
    rules,
    room,
    signal,
    secretsOf: (connection) => keptSecrets(context, connection),
  })

  /** Raises `busy` when another process is at it. */
  const downloadOf = (connection: { id: ConnectionId; name: string }): void => {
    const { id } = connection
    const { reporter } = begin(connection, { isRecordingsOnly: true }, async (entry) => {
      const { problem } = await downloadLine(aloneContext(entry.stop.signal), id, entry.reporter, {
        total: countWaiting(db, id),
        onPump: (pump) => {
          entry.pump = pump
        },
      })
      return { outcome: 'done', problem }
    })
    reporter.enter('recordings')
    reporter.goesOn({ total: countWaiting(db, id) })
  }

  const downloadWaiting: SyncEngine['downloadWaiting'] = () => {
    const begun = { connections: 0, busy: 0 }
    const ends: Promise<SyncResult>[] = []
    for (const connection of connectionsWithWaiting(db)) {
      const entry = running.get(connection.id)
      // A sync that goes on takes what is in line; what came too late for it is begun when it has ended.
      entry?.pump?.wake()
      if (entry)
        void entry.ended.then(({ outcome, problem }) => {
          const isOver = closing.signal.aborted || outcome === 'cancelled' || problem !== null
          if (!isOver && !running.has(connection.id) && countWaiting(db, connection.id) > 0)
            tryDownloadOf(connection)
        })
      if (entry || tryDownloadOf(connection)) begun.connections += 1
      else begun.busy += 1
      const ended = running.get(connection.id)?.ended
      if (ended) ends.push(ended)
    }
    return { ...begun, ended: Promise.all(ends) }
  }

  const tryDownloadOf = (connection: { id: ConnectionId; name: string }): boolean => {
    try {
      downloadOf(connection)
      return true
    } catch (error) {
      if (error instanceof EarmarkError && error.code === 'busy') return false
      throw error
    }
  }

  const fetchCall: SyncEngine['fetchCall'] = async (id, externalId, campaignId) => {
    const untilMs = Date.now() + LOCK_PATIENCE_MS
    for (let waitMs = 50; ; waitMs = Math.min(2 * waitMs, 2000)) {
      const connection = requireDetails(getConnection(db, id))
      // Purged calls are not brought back, whatever the vendor says of them.
      if (!purged.filter(connection).wants({ externalId, startedAtMs: null })) return 'unchanged'
      const entry = running.get(id)
      const beside = entry && (await detailBeside(await entry.client, externalId, closing.signal))
      if (entry && beside) {
        const { outcome } = storeFetched(db, connection, externalId, campaignId, beside)
        entry.pump?.wake()
        return outcome
      }
      // Its sync was cancelled, or failed before it came to asking.
      if (entry) {
        await entry.ended
        continue
      }
      try {
        // Nobody is kept away while the vendor is asked; what is written is written at once.
        lockConnection(paths, connection, programOf(context))()
        const secrets = await keptSecrets(context, connection)
        const detail = await detailAlone(
          { context, connection, secrets, gateFor, rules },
          externalId,
          closing.signal,
        )
        const unlock = running.has(id) ? null : lockConnection(paths, connection, programOf(context))
        try {
          const { outcome, callId } = storeFetched(db, connection, externalId, campaignId, detail)
          running.get(id)?.pump?.wake()
          if (callId !== null && unlock) void fetchRecording(callId).catch(() => undefined)
          return outcome
        } finally {
          unlock?.()
        }
      } catch (error) {
        const isBusy = error instanceof EarmarkError && error.code === 'busy'
        if (!isBusy || Date.now() + waitMs > untilMs) throw error
        await sleep(waitMs, closing.signal)
      }
    }
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
    cancelFetch: (callId) => fetching.get(callId)?.abort(),
    downloadWaiting,
    room,
    fetchCall,
    close: async () => {
      closing.abort()
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all([...all.map(({ ended }) => ended), ...lines.values()])
      annotated.close()
      purged.close()
    },
  }
}

const noResult = (reporter: Reporter): SyncResult => ({
  outcome: 'cancelled',
  counts: reporter.counts,
  problem: null,
})

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
