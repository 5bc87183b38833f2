import { setImmediate as nextTurn } from 'node:timers/promises'
import { EarmarkError, type EarmarkEvent, type Secrets, type SyncOutcome, toFailure } from '@contract'
import { hashRecord } from '../calls/canonical'
import { quarantineRecords, releaseReadable } from '../calls/quarantine'
import { type StoredCall, storedCalls, type Upserted, upsertCalls } from '../calls/store'
import { noteCampaigns, type StoredConnection } from '../connections/queries'
import { explainSqliteError, type ReadDb, type WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { type RecordingsPump, startRecordings } from '../recordings/download'
import { vendors } from '../vendors'
import { openHttp } from '../vendors/http'
import type { Position } from '../vendors/vendor'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import type { HostGate } from './host-gate'
import {
  afterPage,
  afterPass,
  beginPass,
  type CacheFacts,
  isOneCalls,
  isOneCampaigns,
  needsDetail,
  overlapStartMs,
  planListing,
} from './plan'
import type { Reporter } from './reporter'
import { persistently, type RetryRules, throwIfCancelled } from './retry'
import { beginRun, endRun, noteCounts } from './runs'
import {
  type CampaignListing,
  forgetSeen,
  type Listing,
  markGone,
  noteSeen,
  readState,
  type SyncState,
  seenBefore,
  writeState,
} from './state'
import { type Page, VendorClient } from './vendor-client'

/** Calls in one transaction: the worker's other work runs between two. */
const BATCH_CALLS = 200

/** What reading calls in full has brought so far. */
interface Found {
  calls: VendorCall[]
  unreadable: UnreadableRecord[]
  failure: unknown
}
const RECORDINGS_AT_ONCE = 4

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
  reporter: Reporter
  signal: AbortSignal
  /** Told once recordings can be downloaded on demand. */
  onPump?: (pump: RecordingsPump) => void
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
    runId = beginRun(db, connection.id, Date.now())
    const problems = await new Run(context, runId).go()
    const problem = problems.length === 0 ? null : problems.join(' ')
    end = { outcome: problem === null ? 'done' : 'failed', problem, error: null }
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

class Run {
  readonly #context: RunContext
  readonly #runId: number
  #state: SyncState
  readonly #facts: CacheFacts
  readonly #overlapMs: number
  /** Hashes of what was set aside in this run. */
  readonly #quarantined = new Set<string>()
  #failedInARow = 0

  constructor(context: RunContext, runId: number) {
    this.#context = context
    this.#runId = runId
    this.#state = readState(context.db, context.connection.id)
    this.#facts = cacheFacts(context.db, context.connection.id)
    this.#overlapMs = overlapStartMs(this.#state, this.#facts, Date.now())
  }

  /** Answers what went wrong without stopping the run, as sentences. */
  async go(): Promise<string[]> {
    const { connection, readSecrets, loopbackOnly, gateFor, rules, reporter, signal } = this.#context
    const api = vendors[connection.vendor]
    const complaint = api.problemWith(connection)
    if (complaint !== null)
      throw new EarmarkError('invalid_input', `${complaint} Change "${connection.name}".`)
    const secrets = await readSecrets()
    throwIfCancelled(signal)
    const http = openHttp({ loopbackOnly })
    const client = new VendorClient({
      api,
      config: connection,
      secrets,
      learned: this.#state.learned,
      http,
      gate: gateFor(connection),
      rules,
      signal,
      onWait: (untilMs, error) => reporter.waiting(untilMs, error),
      onAnswer: () => reporter.update({ phase: this.#phase }),
    })
    const stop = new AbortController()
    const pump = this.#startRecordings(http, AbortSignal.any([signal, stop.signal]))
    try {
      const problems = await this.#list(client, pump)
      if (api.details !== null) await this.#readUnfinished(client, pump)
      this.#finishListing()
      this.#phase = 'recordings'
      reporter.update({ phase: 'recordings' })
      await pump?.finish()
      return problems
    } finally {
      stop.abort()
      await pump?.finish().catch(() => undefined)
      http.close()
    }
  }

  #phase: 'listing' | 'details' | 'recordings' = 'listing'

  #startRecordings(http: ReturnType<typeof openHttp>, signal: AbortSignal): RecordingsPump | null {
    const { db, paths, emit, connection, recordings, reporter, rules, onPump } = this.#context
    if (recordings === 'none') return null
    const counts = reporter.counts.recordings
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
      },
      (state) => {
        if (state === 'ready') counts.downloaded += 1
        else counts.failed += 1
        reporter.update({})
      },
    )
    onPump?.(pump)
    return pump
  }

  async #list(client: VendorClient, pump: RecordingsPump | null): Promise<string[]> {
    const { db, connection } = this.#context
    const { listing, fresh } = planListing(this.#state, connection.campaignIds, this.#facts, Date.now())
    db.transaction(() => {
      if (fresh === null) forgetSeen(db, connection.id)
      else for (const campaignId of fresh) forgetSeen(db, connection.id, campaignId)
      this.#save({ listing })
    })()
    const problems: string[] = []
    for (const campaign of listing.campaigns) {
      try {
        await this.#walkCampaign(client, listing, campaign, pump)
      } catch (error) {
        if (!(error instanceof EarmarkError) || !isOneCampaigns(error)) throw error
        if (listing.campaigns.length === 1) throw error
        problems.push(error.message)
      }
    }
    return problems
  }

  /** Walks over a campaign's pages until its listing is believed. */
  async #walkCampaign(
    client: VendorClient,
    listing: Listing,
    campaign: CampaignListing,
    pump: RecordingsPump | null,
  ): Promise<void> {
    const { reporter, signal } = this.#context
    const first = () => client.firstPage(campaign.campaignId, { fromMs: listing.fromMs, toMs: null })
    campaign.pass ??= beginPass('full', first(), null)
    while (!campaign.isDone) {
      throwIfCancelled(signal)
      this.#phase = 'listing'
      reporter.update({ phase: 'listing' })
      const { pass } = campaign
      const page = await client.page(campaign.campaignId, pass.position).catch((error: unknown) => {
        // A stored position that the vendor's functions don't understand any more.
        if (error instanceof EarmarkError && error.code === 'invalid_input' && pass.pages > 0) return null
        throw error
      })
      if (page === null) {
        campaign.pass = beginPass('full', first(), pass)
        continue
      }
      await this.#storePage(client, listing, campaign, page, first)
      pump?.wake()
    }
  }

  /**
   * Stores a page with the details that it makes necessary; the position moves on in the transaction of its last
   * rows, so that a process that dies loses this page's work and no row.
   */
  async #storePage(
    client: VendorClient,
    listing: Listing,
    campaign: CampaignListing,
    page: Page,
    first: () => Position,
  ): Promise<void> {
    const { db, connection, reporter } = this.#context
    const { answer } = page
    const calls = answer.calls.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0))
    const shown = new Set<string>()
    for (let from = 0; from === 0 || from < calls.length; from += BATCH_CALLS) {
      const batch = calls.slice(from, from + BATCH_CALLS)
      const ids = batch.map((call) => call.externalId)
      const before = seenBefore(db, connection.id, campaign.campaignId, ids)
      for (const id of ids) if (shown.has(id)) before.add(id)
      const details = await this.#details(client, batch, before)
      const isLast = from + BATCH_CALLS >= calls.length
      db.transaction(() => {
        const records = isLast ? [...answer.unreadable, ...details.unreadable] : details.unreadable
        this.#keep([...batch, ...details.calls], records, before)
        reporter.counts.listed += new Set(ids.filter((id) => !before.has(id))).size
        if (isLast && details.failure === null) this.#moveOn(client, listing, campaign, page, first)
        noteCounts(db, this.#runId, reporter.counts)
      })()
      for (const id of ids) shown.add(id)
      this.#report(listing, page)
      if (details.failure !== null) throw details.failure
      await nextTurn()
    }
  }

  /** What the page means for its pass, and the pass for its campaign. In the transaction of the page's last rows. */
  #moveOn(
    client: VendorClient,
    listing: Listing,
    campaign: CampaignListing,
    page: Page,
    first: () => Position,
  ): void {
    const { db, connection, reporter } = this.#context
    if (campaign.pass === null) return
    const { calls, unreadable, campaignInfo } = page.answer
    const rowIds = [
      ...calls.map((call) => call.externalId),
      ...unreadable.map((record) => record.externalId ?? `?${hashRecord(record.raw)}`),
    ]
    const rows = noteSeen(db, connection.id, campaign.campaignId, rowIds, campaign.pass.number)
    reporter.counts.listed +=
      unreadable.length === 0 ? 0 : rows.slice(calls.length).filter((row) => row === 'new').length
    noteCampaigns(db, connection.id, campaignInfo, Date.now())
    const { pass, isOver } = afterPage(campaign.pass, { next: page.next, total: page.total, rows })
    campaign.pass = pass
    if (isOver) {
      const verdict = afterPass(pass)
      if (verdict === 'head' || verdict === 'full') campaign.pass = beginPass(verdict, first(), pass)
      else {
        campaign.isDone = true
        campaign.isSure = verdict === 'sure'
        if (campaign.isSure && listing.fromMs === null)
          markGone(db, connection.id, campaign.campaignId, Date.now())
      }
    }
    this.#save({ listing, learned: { ...client.learned } })
  }

  /** Upserts and quarantine of one transaction, counted. */
  #keep(
    calls: readonly VendorCall[],
    unreadable: readonly UnreadableRecord[],
    before: ReadonlySet<string>,
  ): void {
    const { db, connection, reporter } = this.#context
    const nowMs = Date.now()
    const setAside = quarantineRecords(db, connection.id, unreadable, nowMs)
    for (const hash of setAside) this.#quarantined.add(hash)
    reporter.counts.quarantined = this.#quarantined.size
    const upserted = upsertCalls(db, connection, calls, nowMs)
    releaseReadable(db, connection.id, calls, setAside)
    this.#count(upserted, before)
  }

  #count(upserted: readonly Upserted[], before: ReadonlySet<string>): void {
    const { counts } = this.#context.reporter
    let hasChanged = false
    for (const { externalId, outcome } of upserted) {
      hasChanged ||= outcome !== 'unchanged'
      // A row that a listing shows twice is one call.
      if (outcome !== 'unchanged' || !before.has(externalId)) counts[outcome] += 1
    }
    if (hasChanged) this.#context.reporter.callsChanged()
  }

  /** Reads in full what of a batch needs it, several at a time. */
  async #details(
    client: VendorClient,
    batch: readonly VendorCall[],
    before: ReadonlySet<string>,
  ): Promise<Found> {
    const { db, connection, reporter } = this.#context
    const found: Found = {
      calls: [],
      unreadable: [],
      failure: null,
    }
    if (vendors[connection.vendor].details === null) return found
    const stored = storedCalls(
      db,
      connection.id,
      batch.map((call) => call.externalId),
    )
    const wanted = new Map<string, VendorCall>()
    for (const call of batch) {
      const known: StoredCall | undefined = stored.get(call.externalId)
      if (needsDetail(call, hashRecord(call.raw), known, this.#overlapMs, before.has(call.externalId)))
        wanted.set(call.externalId, call)
    }
    if (wanted.size === 0) return found
    this.#phase = 'details'
    reporter.update({ phase: 'details' })
    await Promise.all(
      [...wanted].map(async ([externalId, listed]) => {
        if (found.failure !== null) return
        await this.#detail(client, externalId, listed, found)
      }),
    )
    return found
  }

  async #detail(
    client: VendorClient,
    externalId: string,
    listed: VendorCall | null,
    found: Found,
  ): Promise<'gone' | 'here'> {
    try {
      const detail = await client.detail(externalId, listed)
      this.#failedInARow = 0
      if (detail.kind === 'call') found.calls.push(detail.call)
      else if (detail.kind === 'unreadable') found.unreadable.push(detail.record)
      return detail.kind === 'gone' ? 'gone' : 'here'
    } catch (error) {
      this.#failedInARow += 1
      if (error instanceof EarmarkError && isOneCalls(error, this.#failedInARow))
        found.unreadable.push({
          externalId,
          reason: `The call could not be read in full: ${error.message}`,
          raw: listed?.raw ?? { call_log_id: externalId },
        })
      else found.failure ??= error
      return 'here'
    }
  }

  /**
   * Calls that the listing did not show and that are not finished: those in progress when they were last seen, however
   * long ago, and those that could not be read in full then.
   */
  async #readUnfinished(client: VendorClient, pump: RecordingsPump | null): Promise<void> {
    const { db, connection, reporter } = this.#context
    const next = prepared<{ pk: number; external_id: string }>(
      db,
      `SELECT pk, external_id FROM calls INDEXED BY calls_unfinished
       WHERE connection_id = ? AND pk > ? AND (is_final = 0 OR completeness = 'summary') AND gone_since_ms IS NULL
         AND NOT EXISTS (SELECT 1 FROM listing_seen s
           WHERE s.connection_id = calls.connection_id AND s.external_id = calls.external_id
             AND s.campaign_id IN (coalesce(calls.campaign_id, ''), ''))
       ORDER BY pk LIMIT 50`,
    )
    for (let after = 0; ; ) {
      const batch = next.all(connection.id, after)
      if (batch.length === 0) return
      after = batch.at(-1)?.pk ?? after
      this.#phase = 'details'
      reporter.update({ phase: 'details' })
      const found: Found = { calls: [], unreadable: [], failure: null }
      const gone: number[] = []
      await Promise.all(
        batch.map(async ({ pk, external_id }) => {
          if (found.failure === null && (await this.#detail(client, external_id, null, found)) === 'gone')
            gone.push(pk)
        }),
      )
      db.transaction(() => {
        this.#keep(found.calls, found.unreadable, new Set())
        for (const pk of gone)
          prepared(db, 'UPDATE calls SET gone_since_ms = ? WHERE pk = ?').run(Date.now(), pk)
        noteCounts(db, this.#runId, reporter.counts)
      })()
      pump?.wake()
      if (found.failure !== null) throw found.failure
    }
  }

  #finishListing(): void {
    const { db, connection } = this.#context
    const { listing } = this.#state
    if (listing === null || !listing.campaigns.every((campaign) => campaign.isDone)) return
    const isFull = listing.fromMs === null && listing.campaigns.every((campaign) => campaign.isSure)
    db.transaction(() => {
      forgetSeen(db, connection.id)
      this.#save({
        listing: null,
        listedAtMs: listing.startedAtMs,
        fullyListedAtMs: isFull ? listing.startedAtMs : this.#state.fullyListedAtMs,
      })
    })()
  }

  #save(change: Partial<SyncState>): void {
    const { db, connection } = this.#context
    this.#state = { ...this.#state, ...change }
    writeState(db, connection.id, this.#state)
  }

  #report(listing: Listing, page: Page): void {
    const { counts } = this.#context.reporter
    const isOnly = listing.campaigns.length === 1
    this.#context.reporter.update({
      done: counts.listed,
      total: isOnly && page.total !== null ? Math.max(page.total, counts.listed) : null,
    })
  }
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
