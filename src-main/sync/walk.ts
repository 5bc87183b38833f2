import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ConnectionId, EarmarkError } from '@contract'
import { hashRecord } from '../calls/canonical'
import { noteCampaigns, type StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { vendors } from '../vendors'
import type { PiecesApi, Position } from '../vendors/vendor'
import type { ParsedAnswer } from '../vendors/vendor-call'
import type { Keeper } from './keep'
import { afterPage, afterPass, beginPass, type CacheFacts, isOneCampaigns, planListing } from './plan'
import type { DetailReader } from './read-details'
import type { Reporter } from './reporter'
import { throwIfCancelled } from './retry'
import {
  type CampaignListing,
  forgetSeen,
  type Listing,
  markGone,
  noteSeen,
  type Pass,
  type RowKind,
  type SyncState,
  seenBefore,
  writeState,
} from './state'
import type { Page, VendorClient } from './vendor-client'

/** Calls in one transaction: the worker's other work runs between two. */
const BATCH_CALLS = 200
const UNFINISHED_AT_ONCE = 50

export interface WalkContext {
  db: WriteDb
  connection: StoredConnection
  client: VendorClient
  details: DetailReader
  keeper: Keeper
  reporter: Reporter
  signal: AbortSignal
  /** More may wait to be downloaded. */
  onStored: () => void
}

/** One listing, from where it stands to its end. */
export class Walk {
  readonly #context: WalkContext
  #state: SyncState

  constructor(context: WalkContext, state: SyncState) {
    this.#context = context
    this.#state = state
  }

  /** Walks over all campaigns; answers what was wrong with single ones, as sentences. */
  async campaigns(facts: CacheFacts): Promise<string[]> {
    const { db, connection } = this.#context
    // A page without bounds is always read as a whole: there is no place in it to go on from, and no filter by date.
    const state =
      vendors[connection.vendor].pieces === null
        ? this.#state
        : { ...this.#state, listing: null, fullyListedAtMs: null }
    const { listing, fresh } = planListing(state, connection.campaignIds, facts, Date.now())
    db.transaction(() => {
      if (fresh === null) forgetSeen(db, connection.id)
      else for (const campaignId of fresh) forgetSeen(db, connection.id, campaignId)
      this.#save({ listing })
    })()
    const problems: string[] = []
    for (const campaign of listing.campaigns) {
      try {
        await this.#campaign(listing, campaign)
      } catch (error) {
        const isBearable =
          error instanceof EarmarkError && isOneCampaigns(error) && listing.campaigns.length > 1
        if (!isBearable) throw error
        problems.push(error.message)
      }
    }
    return problems
  }

  /** Walks over a campaign's pages until its listing is believed. */
  async #campaign(listing: Listing, campaign: CampaignListing): Promise<void> {
    const { connection, client, reporter, signal, onStored } = this.#context
    const { pieces } = vendors[connection.vendor]
    const first = () => client.firstPage(campaign.campaignId, { fromMs: listing.fromMs, toMs: null })
    campaign.pass ??= beginPass('full', first(), null)
    while (!campaign.isDone) {
      throwIfCancelled(signal)
      reporter.enter('listing')
      const { pass } = campaign
      try {
        if (pieces === null)
          await this.#page(listing, campaign, await client.page(campaign.campaignId, pass.position), first)
        else await this.#pageInPieces(listing, campaign, pass, pieces, first)
      } catch (error) {
        // A stored position that the vendor's functions of this version don't understand.
        if (!(error instanceof EarmarkError && error.code === 'invalid_input' && pass.pages > 0)) throw error
        campaign.pass = beginPass('full', first(), pass)
      }
      onStored()
    }
  }

  /**
   * Stores a page with the details that it makes necessary. The position moves on in the transaction of the page's
   * last rows: a process that dies loses this page's work, and no row.
   */
  async #page(listing: Listing, campaign: CampaignListing, page: Page, first: () => Position): Promise<void> {
    const { db, connection, details, keeper, reporter } = this.#context
    const calls = page.answer.calls.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0))
    const shown = new Set<string>()
    for (let from = 0; from === 0 || from < calls.length; from += BATCH_CALLS) {
      const batch = calls.slice(from, from + BATCH_CALLS)
      const ids = batch.map((call) => call.externalId)
      const before = seenBefore(db, connection.id, campaign.campaignId, ids)
      for (const id of ids) if (shown.has(id)) before.add(id)
      const found = await details.forListed(batch, before)
      const isLast = from + BATCH_CALLS >= calls.length
      const unreadable = isLast ? [...page.answer.unreadable, ...found.unreadable] : found.unreadable
      keeper.keep([...batch, ...found.calls], unreadable, before, () => {
        reporter.counts.listed += new Set(ids.filter((id) => !before.has(id))).size
        if (!isLast || found.failure !== null || campaign.pass === null) return
        const rows = noteRows(db, connection.id, campaign.campaignId, page.answer, campaign.pass.number)
        reporter.counts.listed += rows.newUnreadable
        this.#moveOn(listing, campaign, page, rows.all, first)
      })
      for (const id of ids) shown.add(id)
      this.#report(listing, page.total)
      if (found.failure !== null) throw found.failure
      await nextTurn()
    }
  }

  /**
   * Stores a page without bounds as it comes. Its rows are noted with their calls; the position moves on at its end
   * only, so that a page that breaks off is read again, as a whole.
   */
  async #pageInPieces(
    listing: Listing,
    campaign: CampaignListing,
    pass: Pass,
    pieces: PiecesApi,
    first: () => Position,
  ): Promise<void> {
    const { db, connection, client, keeper, reporter, signal, onStored } = this.#context
    const rows: RowKind[] = []
    const store = async (piece: ParsedAnswer) => {
      throwIfCancelled(signal)
      const { calls, unreadable } = piece
      const ids = calls.map((call) => call.externalId)
      const before = seenBefore(db, connection.id, campaign.campaignId, ids)
      keeper.keep(calls, unreadable, before, () => {
        const noted = noteRows(db, connection.id, campaign.campaignId, piece, pass.number)
        for (const row of noted.all) rows.push(row)
        reporter.counts.listed += noted.all.filter((row) => row === 'new').length
      })
      this.#report(listing, null)
      onStored()
      await nextTurn()
    }
    const page = await client.pageInPieces(campaign.campaignId, pass.position, pieces, store)
    db.transaction(() => this.#moveOn(listing, campaign, page, rows, first))()
    this.#report(listing, page.total)
  }

  /** What a page means for its pass, and the pass for its campaign. In the transaction of the page's last rows. */
  #moveOn(
    listing: Listing,
    campaign: CampaignListing,
    page: Page,
    rows: readonly RowKind[],
    first: () => Position,
  ): void {
    const { db, connection, client } = this.#context
    if (campaign.pass === null) return
    const nowMs = Date.now()
    noteCampaigns(db, connection.id, page.answer.campaignInfo, nowMs)
    const { pass, isOver } = afterPage(campaign.pass, { next: page.next, total: page.total, rows })
    campaign.pass = pass
    if (isOver) {
      const verdict = afterPass(pass)
      if (verdict === 'head' || verdict === 'full') campaign.pass = beginPass(verdict, first(), pass)
      else {
        campaign.isDone = true
        campaign.isSure = verdict === 'sure'
        if (campaign.isSure && listing.fromMs === null)
          markGone(db, connection.id, campaign.campaignId, listing.startedAtMs, nowMs)
      }
    }
    this.#save({ listing, learned: { ...client.learned } })
  }

  /**
   * Reads calls that are not finished and that this run did not ask for: those in progress when they were last seen,
   * however long ago, and those that could not be read in full then (on the pages before a broken-off one, too).
   */
  async unfinished(): Promise<void> {
    const { db, connection, details, keeper, onStored } = this.#context
    const next = prepared<{ pk: number; external_id: string }>(
      db,
      `SELECT pk, external_id FROM calls INDEXED BY calls_unfinished
       WHERE connection_id = ? AND pk > ? AND (is_final = 0 OR completeness = 'summary') AND gone_since_ms IS NULL
       ORDER BY pk LIMIT ${UNFINISHED_AT_ONCE}`,
    )
    for (let after = 0; ; ) {
      const batch = next.all(connection.id, after)
      if (batch.length === 0) return
      after = batch.at(-1)?.pk ?? after
      const left = batch.filter((call) => !details.wasAskedFor(call.external_id))
      if (left.length === 0) continue
      const found = await details.read(new Map(left.map((call) => [call.external_id, null])))
      keeper.keep(found.calls, found.unreadable, new Set(), () => {
        const mark = prepared(
          db,
          'UPDATE calls SET gone_since_ms = ? WHERE connection_id = ? AND external_id = ?',
        )
        for (const externalId of found.gone) mark.run(Date.now(), connection.id, externalId)
      })
      onStored()
      if (found.failure !== null) throw found.failure
    }
  }

  /** Closes the listing when all its campaigns were gone through; else the next run goes on with it. */
  finish(): void {
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

  #report(listing: Listing, total: number | null): void {
    const { reporter } = this.#context
    const isOnly = listing.campaigns.length === 1
    reporter.goesOn({
      done: reporter.counts.listed,
      total: isOnly && total !== null ? Math.max(total, reporter.counts.listed) : null,
    })
  }
}

/** Notes a page's rows, or some of them, with the pass that saw them; answers what each is to the listing. */
function noteRows(
  db: WriteDb,
  id: ConnectionId,
  campaignId: string | null,
  { calls, unreadable }: ParsedAnswer,
  pass: number,
): { all: RowKind[]; newUnreadable: number } {
  const ids = [
    ...calls.map((call) => call.externalId),
    ...unreadable.map((record) => record.externalId ?? `?${hashRecord(record.raw)}`),
  ]
  const all = noteSeen(db, id, campaignId, ids, pass)
  return { all, newUnreadable: all.slice(calls.length).filter((row) => row === 'new').length }
}
