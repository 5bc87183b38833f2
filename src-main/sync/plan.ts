import type { EarmarkError, ErrorCode } from '@contract'
import type { StoredCall } from '../calls/store'
import type { Position } from '../vendors/vendor'
import type { VendorCall } from '../vendors/vendor-call'
import type { CampaignListing, Listing, Pass, RowKind, SyncState } from './state'

/*
 * What a sync does next, decided by pure functions; run.ts acts.
 *
 * A listing walks over each campaign's pages. Rows may shift meanwhile: new calls come in at the front (rows
 * then show up twice), calls vanish (a row may slip over a page's edge, unseen). So a pass is believed only when its
 * numbers agree with the vendor's own; otherwise the front, or all of it, is walked over again.
 */

const DAY_MS = 24 * 3600 * 1000
/** QA results arrive after their call, and nothing tells: the newest days are read again at every sync. */
const OVERLAP_MS = 7 * DAY_MS
/** A listing that stopped longer ago is begun anew. */
const RESUMABLE_MS = DAY_MS
/** With more calls than this, everything is listed once a day, and only the newest days in between. */
const ALWAYS_LISTED_WHOLE = 5_000
const MAX_PASSES = 3
/** The same rows this often in a row: the server ignores the page that it is asked for. */
const MAX_STALE_PAGES = 3

export interface CacheFacts {
  callCount: number
  newestStartMs: number | null
}

/**
 * From when on calls are read again although nothing seems to have changed: the last seven days of calling, counted
 * from the newest call (a campaign that paused still gets its late results), the last sync or now, whichever is earliest.
 */
export function overlapStartMs(state: SyncState, facts: CacheFacts, nowMs: number): number {
  return Math.min(nowMs, state.listedAtMs ?? nowMs, facts.newestStartMs ?? nowMs) - OVERLAP_MS
}

/**
 * The listing to work on: the one that was stopped, where it stopped, or a new one. Campaigns that a stopped
 * listing was through with are listed again: a new run shows what is new in them too.
 * `fresh`: campaigns whose seen rows are to be forgotten; null: all of them.
 */
export function planListing(
  state: SyncState,
  campaignIds: readonly string[],
  facts: CacheFacts,
  nowMs: number,
): { listing: Listing; fresh: (string | null)[] | null } {
  const asked: (string | null)[] = campaignIds.length === 0 ? [null] : [...new Set(campaignIds)]
  const { listing } = state
  const isUsable =
    listing !== null &&
    nowMs - listing.startedAtMs < RESUMABLE_MS &&
    nowMs >= listing.startedAtMs &&
    listing.campaigns.some((one) => !one.isDone && one.pass !== null && asked.includes(one.campaignId))
  if (listing === null || !isUsable)
    return {
      listing: { startedAtMs: nowMs, fromMs: listFrom(state, facts, nowMs), campaigns: asked.map(notBegun) },
      fresh: null,
    }
  const campaigns = asked.map((campaignId) => {
    const before = listing.campaigns.find((one) => one.campaignId === campaignId)
    return before && !before.isDone ? before : notBegun(campaignId)
  })
  const fresh = campaigns.filter((one) => one.pass === null).map((one) => one.campaignId)
  return { listing: { ...listing, campaigns }, fresh }
}

const notBegun = (campaignId: string | null): CampaignListing => ({
  campaignId,
  pass: null,
  isDone: false,
  isSure: false,
})

function listFrom(state: SyncState, facts: CacheFacts, nowMs: number): number | null {
  if (facts.callCount <= ALWAYS_LISTED_WHOLE) return null
  // One in the future means that the clock was set back: nothing is known of how long ago it was.
  if (state.fullyListedAtMs === null || Math.abs(nowMs - state.fullyListedAtMs) >= DAY_MS) return null
  return overlapStartMs(state, facts, nowMs)
}

/** The first pass over a campaign, or the next one over the same. */
export function beginPass(kind: Pass['kind'], position: Position, before: Pass | null): Pass {
  return {
    number: (before?.number ?? 0) + 1,
    kind,
    position,
    pages: 0,
    firstTotal: null,
    lastTotal: null,
    hasShrunk: false,
    rowsInPass: 0,
    rowsInAll: before?.rowsInAll ?? 0,
    repeatedRows: 0,
    stalePages: 0,
  }
}

export interface PageFacts {
  next: Position | null
  total: number | null
  /** Of the page's rows, what each is to the listing (see `noteSeen`). */
  rows: readonly RowKind[]
}

/** The pass with this page counted in, and whether it goes on. */
export function afterPage(pass: Pass, page: PageFacts): { pass: Pass; isOver: boolean } {
  const fresh = page.rows.filter((row) => row === 'new').length
  const repeated = page.rows.filter((row) => row === 'repeated').length
  const isStale = page.rows.length > 0 && repeated === page.rows.length
  const counted: Pass = {
    ...pass,
    position: page.next ?? pass.position,
    pages: pass.pages + 1,
    firstTotal: pass.pages === 0 ? page.total : pass.firstTotal,
    lastTotal: page.total,
    hasShrunk:
      pass.hasShrunk || (pass.lastTotal !== null && page.total !== null && page.total < pass.lastTotal),
    rowsInPass: pass.rowsInPass + page.rows.length - repeated,
    rowsInAll: pass.rowsInAll + fresh,
    repeatedRows: pass.repeatedRows + repeated,
    stalePages: isStale ? pass.stalePages + 1 : 0,
  }
  const isHeadEnough =
    pass.kind === 'head' &&
    (page.total === null ? fresh === 0 : counted.rowsInAll >= page.total && fresh === 0)
  return {
    pass: counted,
    isOver: page.next === null || isHeadEnough || counted.stalePages >= MAX_STALE_PAGES,
  }
}

/** What a pass that is over means for its campaign. `unsure`: enough was tried; the next sync lists everything. */
export function afterPass(pass: Pass): 'sure' | 'unsure' | 'head' | 'full' {
  const again = (kind: 'head' | 'full') => (pass.number >= MAX_PASSES ? 'unsure' : kind)
  if (pass.pages === 1 && pass.kind === 'full') return 'sure'
  if (pass.hasShrunk || pass.stalePages >= MAX_STALE_PAGES) return again('full')
  if (pass.lastTotal === null) return pass.kind === 'full' && pass.repeatedRows > 0 ? again('head') : 'sure'
  if (pass.rowsInAll >= pass.lastTotal && (pass.kind === 'head' || pass.rowsInPass >= (pass.firstTotal ?? 0)))
    return 'sure'
  const onlyGrew = pass.kind === 'full' && pass.rowsInPass >= (pass.firstTotal ?? 0)
  return again(onlyGrew ? 'head' : 'full')
}

/** Whether a listed call has to be read in full. `isReread`: the listing under way showed it before. */
export function needsDetail(
  listed: VendorCall,
  listedHash: string,
  stored: StoredCall | undefined,
  overlapMs: number,
  isReread: boolean,
): boolean {
  if (stored === undefined || stored.completeness === 'summary') return true
  if (!listed.isFinal || stored.summaryHash !== listedHash) return true
  if (isReread) return false
  return !stored.isFinal || stored.startedAtMs >= overlapMs
}

const ONE_CAMPAIGNS: readonly ErrorCode[] = [
  'wrong_campaign',
  'vendor_error',
  'too_large',
  'timeout',
  'not_this_vendor',
]

/** Whether the other campaigns may still be asked after this failure. */
export const isOneCampaigns = (error: EarmarkError): boolean => ONE_CAMPAIGNS.includes(error.code)

const ONE_CALLS: readonly ErrorCode[] = ['vendor_error', 'too_large', 'not_this_vendor']
/** So many calls in a row that can't be had are no longer a matter of single calls. */
const MAX_FAILED_IN_A_ROW = 5

/** Whether the other calls may still be asked for after so many failures in a row, this one the last. */
export const isOneCalls = (error: EarmarkError, failedInARow: number): boolean =>
  ONE_CALLS.includes(error.code) && failedInARow < MAX_FAILED_IN_A_ROW
