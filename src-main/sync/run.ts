import {
  EarmarkError,
  type EarmarkEvent,
  type Secrets,
  type SyncOutcome,
  type SyncTrigger,
  toFailure,
} from '@contract'
import type { StoredConnection } from '../connections/queries'
import { RecordingLogIns } from '../connections/recording-hosts'
import type { SecretStore } from '../connections/secrets'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { explainSqliteError } from '../db/sqlite-errors'
import type { WorkspacePaths } from '../db/workspace'
import { type RecordingsPump, startRecordings } from '../recordings/pump'
import type { RecordingRoom } from '../recordings/storage'
import type { PurgedCalls } from '../retention/purged'
import { vendors } from '../vendors'
import { type Http, openHttp } from '../vendors/http'
import { RECORDINGS_AT_ONCE } from './fetch-recording'
import { freshener } from './fresh-addresses'
import type { HostGate } from './host-gate'
import { Keeper } from './keep'
import { type CacheFacts, overlapStartMs } from './plan'
import { DetailReader } from './read-details'
import type { Reporter } from './reporter'
import { persistently, type RetryRules, throwIfCancelled } from './retry'
import { beginRun, endRun } from './runs'
import { readState } from './state'
import { VendorClient } from './vendor-client'
import { Walk } from './walk'

export interface RunContext {
  db: WriteDb
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
  loopbackOnly: boolean
  gateFor: (connection: StoredConnection) => HostGate
  rules: RetryRules
  /** The connection is locked, and stays so until the run is over. */
  connection: StoredConnection
  readSecrets: () => Promise<Secrets>
  recordings: 'all' | 'none'
  /** The keychain, for log-ins of recording hosts. */
  secrets: SecretStore
  room: Pick<RecordingRoom, 'admits' | 'make'>
  /** What must not come back. */
  purged: PurgedCalls
  trigger: SyncTrigger
  reporter: Reporter
  signal: AbortSignal
  /** Told once recordings can be downloaded on demand. */
  onPump?: (pump: RecordingsPump) => void
  /** Told once the vendor can be asked. */
  onClient?: (client: VendorClient) => void
}

export interface RunEnd {
  outcome: SyncOutcome
  problem: string | null
  /** What stopped the run; null when nothing did. */
  error: EarmarkError | null
}

/**
 * One sync of one connection, from its lists to its recordings. Never rejects: how it ended is kept with the run and
 * answered. Whatever stops it, what was read before is in the cache, and the next run goes on from there.
 */
export async function runSync(context: RunContext): Promise<RunEnd> {
  const { db, connection, reporter, signal } = context
  let runId: number | null = null
  let end: RunEnd
  try {
    runId = beginRun(db, connection.id, context.trigger, Date.now())
    const { problems, paused } = await work(context, runId)
    const said = [...problems, ...(paused === null ? [] : [paused])]
    // Recordings that have to wait for room are no failure of the sync, but are told.
    const outcome = problems.length === 0 ? 'done' : 'failed'
    end = { outcome, problem: said.length === 0 ? null : said.join(' '), error: null }
  } catch (thrown) {
    end = failedEnd(thrown, context)
  }
  if (signal.aborted) end = { outcome: 'cancelled', problem: null, error: null }
  try {
    if (runId !== null) endRun(db, runId, reporter.counts, end.outcome, end.problem, Date.now())
  } catch (thrown) {
    // The disk is full, say: the run stays open, and is closed as interrupted by the next one.
    end = failedEnd(thrown, context)
  }
  return end
}

function failedEnd(thrown: unknown, { paths }: RunContext): RunEnd {
  const explained = explainSqliteError(thrown, 'calls.db', paths.callsDb)
  const { code, message, details } = toFailure(explained)
  const error = explained instanceof EarmarkError ? explained : new EarmarkError(code, message, details)
  return { outcome: 'failed', problem: message, error }
}

/** The run itself; answers what went wrong without stopping it, as sentences. */
async function work(
  context: RunContext,
  runId: number,
): Promise<{ problems: string[]; paused: string | null }> {
  const { db, connection, readSecrets, loopbackOnly, gateFor, rules, reporter, signal } = context
  const api = vendors[connection.vendor]
  const complaint = api.problemWith(connection)
  if (complaint !== null) throw new EarmarkError('invalid_input', `${complaint} Change "${connection.name}".`)
  const secrets = await readSecrets()
  throwIfCancelled(signal)
  const state = readState(db, connection.id)
  const facts = cacheFacts(db, connection.id)
  const http = openHttp({ loopbackOnly, timeouts: rules.timeouts })
  const stop = new AbortController()
  let haveClient: (client: VendorClient | null) => void = () => undefined
  const askable = new Promise<VendorClient | null>((resolve) => {
    haveClient = resolve
  })
  const pump = startPump(context, http, AbortSignal.any([signal, stop.signal]), () => askable)
  try {
    const client = new VendorClient({
      api,
      config: connection,
      secrets,
      learned: state.learned,
      http,
      gate: gateFor(connection),
      rules,
      signal,
      onWait: (untilMs, error) => reporter.waiting(untilMs, error),
      onAnswer: () => reporter.goesOn(),
    })
    context.onClient?.(client)
    haveClient(client)
    const details = new DetailReader(
      db,
      connection,
      client,
      reporter,
      overlapStartMs(state, facts, Date.now()),
      context.purged,
    )
    const keeper = new Keeper(db, connection, reporter, runId, context.purged)
    const onStored = () => pump?.wake()
    const walk = new Walk({ db, connection, client, details, keeper, reporter, signal, onStored }, state)
    const problems = await walk.campaigns(facts)
    if (api.details !== null) await walk.unfinished()
    walk.finish()
    reporter.enter('recordings')
    const paused = (await pump?.finish())?.paused ?? null
    return { problems, paused }
  } finally {
    haveClient(null)
    // Where the lists failed, downloads stop too; what they were about waits for the next run.
    stop.abort()
    await pump?.finish().catch(() => undefined)
    http.close()
  }
}

function startPump(
  context: RunContext,
  http: Http,
  signal: AbortSignal,
  clientOf: () => Promise<VendorClient | null>,
): RecordingsPump | null {
  const { db, paths, emit, connection, recordings, reporter, rules, onPump } = context
  if (recordings === 'none') return null
  const counts = reporter.counts.recordings
  const failed = new Set<number>()
  const pump = startRecordings(
    {
      db,
      paths,
      http,
      emit,
      signal,
      persistently: (attempt) => persistently(attempt, { signal, rules, onWait: () => undefined }),
      connectionId: connection.id,
      concurrency: RECORDINGS_AT_ONCE,
      room: context.room,
      logIns: new RecordingLogIns(context),
      freshen: freshener(db, connection, clientOf),
    },
    (state, callPk) => {
      if (state === 'ready') counts.downloaded += 1
      // One that failed before its fresh address was listed, and came then, has not failed.
      if (state === 'ready') failed.delete(callPk)
      else failed.add(callPk)
      counts.failed = failed.size
      reporter.goesOn()
    },
  )
  onPump?.(pump)
  return pump
}

function cacheFacts(db: ReadDb, connectionId: string): CacheFacts {
  const callCount = prepared<number>(db, 'SELECT count(*) FROM calls WHERE connection_id = ?').pluck()
  // By the key in time order, which the index has; it is newest but for a minute or so.
  const newest = prepared<number>(
    db,
    'SELECT started_at_ms FROM calls WHERE connection_id = ? ORDER BY search_key DESC LIMIT 1',
  ).pluck()
  return { callCount: callCount.get(connectionId) ?? 0, newestStartMs: newest.get(connectionId) ?? null }
}
