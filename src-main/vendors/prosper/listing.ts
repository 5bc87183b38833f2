import { EarmarkError } from '@contract'
import { isObject } from '../json'
import { messageIn, notThisVendor, problemOf } from '../problems'
import { campaignAfter, endpoint, hostOf, readPosition } from '../urls'
import { readCount } from '../values'
import type {
  Learned,
  ListRange,
  PageOutcome,
  Position,
  VendorConfig,
  VendorRequest,
  VendorResponse,
} from '../vendor'
import { afterPage, beyondEnd, fingerprintOf, ListPosition } from './paging'
import { listIn, parse } from './parse'

/**
 * Prosper's two published ways to list calls. `page`: the captured page, pages from 1, a campaign is
 * needed. `openapi`: pages from 0, without a campaign the whole organisation.
 */
const PAGE_SIZE = { page: 100, openapi: 200 }
const FIRST_PAGE = { page: 1, openapi: 0 }
const MAX_BYTES = 128 * 1024 * 1024
const DAY_MS = 24 * 3600 * 1000
const isDialect = (text: string | undefined): text is 'page' | 'openapi' =>
  text === 'page' || text === 'openapi'

/** See VendorApi.problemWith. */
export function problemWith(config: VendorConfig): string | null {
  if (config.settings.dialect !== 'page' || config.campaignIds.length > 0) return null
  return "Prosper's captured-page dialect lists by campaign: give at least one campaign ID."
}

/** See VendorApi.firstPage. */
export function firstPage(config: VendorConfig, learned: Learned, range: ListRange): Position {
  const problem = problemWith(config)
  if (problem !== null) throw new EarmarkError('invalid_input', problem)
  const campaignId = config.campaignIds[0] ?? null
  const { dialect: chosen } = config.settings
  const known = chosen !== 'auto' ? chosen : isDialect(learned.dialect) ? learned.dialect : null
  // The captured page's list path can't go without a campaign; the other can.
  const dialect =
    known === 'page' && campaignId === null
      ? 'openapi'
      : (known ?? (campaignId === null ? 'openapi' : 'page'))
  return {
    dialect,
    isProbe: known === null && campaignId !== null,
    campaignId,
    page: FIRST_PAGE[dialect],
    pageSize: range.isTest === true ? 1 : PAGE_SIZE[dialect],
    // Days, from one early to one late: format, time zone and inclusiveness of the vendor's dates are unstated.
    fromDate: range.fromMs === null ? null : dayOf(range.fromMs - DAY_MS),
    toDate: range.toMs === null ? null : dayOf(range.toMs + DAY_MS),
    ...NOTHING_SEEN,
  } satisfies ListPosition
}

const NOTHING_SEEN = { rowsSeen: 0, lastPage: null, lastTotal: null, repeats: 0, refusal: null }

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** See VendorApi.pageRequest. */
export function pageRequest(config: VendorConfig, position: Position): VendorRequest {
  const { dialect, campaignId, page, pageSize, fromDate, toDate } = readPosition(ListPosition, position)
  const common = { campaign_id: campaignId, page }
  const dates = { from_date: fromDate, to_date: toDate }
  const url =
    dialect === 'page'
      ? endpoint(config, 'api/v1/campaigns/call-logs', { ...common, page_size: pageSize, ...dates })
      : endpoint(config, 'api/v1/call-logs', { ...common, limit: pageSize, ...dates })
  return { url, headers: {}, maxBytes: MAX_BYTES }
}

/** See VendorApi.readPage. */
export function readPage(config: VendorConfig, stored: Position, response: VendorResponse): PageOutcome {
  const position = readPosition(ListPosition, stored)
  const { campaignId } = position
  const about = {
    vendor: 'Prosper AI',
    host: hostOf(config),
    what: campaignId === null ? 'its calls' : `campaign ${campaignId}`,
  }
  const failed = (error: EarmarkError, next: Position | null = null): PageOutcome => ({
    kind: 'failed',
    error,
    campaignId,
    next,
  })
  const nextCampaign = startOf(position, campaignAfter(config, campaignId))

  if (response.status === 404 && position.rowsSeen > 0) {
    const after = beyondEnd(position)
    return after.kind === 'incomplete'
      ? failed(incomplete(about, position, after.why))
      : {
          kind: 'page',
          answer: { calls: [], unreadable: [], campaignInfo: {} },
          campaignId,
          total: position.lastTotal,
          isLastOfCampaign: true,
          next: nextCampaign,
          learned: {},
        }
  }
  const isUnknown = response.status === 404 || isAboutCampaign(response)
  if (isUnknown && position.isProbe && position.dialect === 'page') {
    const refusal = fingerprintOf(response.body)
    return { kind: 'again', next: { ...startIn('openapi', position), refusal } satisfies ListPosition }
  }
  if (isUnknown) {
    // Both paths refuse in the same words: none of them exists there.
    const isSameRefusal = position.refusal === fingerprintOf(response.body)
    if (response.status === 404 && (response.body.kind !== 'json' || isSameRefusal))
      return failed(notThisVendor(response, about, 'there is nothing at its addresses (404)'))
    const error = wrongCampaign(response, about.host, campaignId)
    return failed(error, restartProbe(config, position, nextCampaign))
  }
  const problem = problemOf(response, about)
  if (problem !== null) return failed(problem)

  const json = response.body.kind === 'json' ? response.body.value : null
  const rows = listIn(json)
  if (!isObject(json) || rows === null) {
    return failed(notThisVendor(response, about, 'the answer holds neither "items" nor "call_logs"'))
  }
  const after = afterPage(position, json, rows)
  if (after.kind === 'incomplete') return failed(incomplete(about, position, after.why))
  if (after.kind === 'once-more') return { kind: 'again', next: after.next }
  return {
    kind: 'page',
    answer: parse(json, { campaignId, source: 'list', baseUrl: config.baseUrl }),
    campaignId,
    total: readCount(json.total),
    isLastOfCampaign: after.kind === 'end',
    next: after.kind === 'end' ? nextCampaign : after.next,
    learned: { dialect: position.dialect },
  }
}

/** The beginning of another campaign's listing, in the dialect that answered; null when there is none left. */
function startOf(position: ListPosition, campaignId: string | null): ListPosition | null {
  if (campaignId === null) return null
  return { ...startIn(position.dialect, position), isProbe: false, campaignId }
}

/** The beginning of the listing in this dialect. */
function startIn(dialect: 'page' | 'openapi', position: ListPosition): ListPosition {
  const pageSize = position.pageSize === 1 ? 1 : PAGE_SIZE[dialect]
  return {
    ...position,
    dialect,
    page: FIRST_PAGE[dialect],
    pageSize,
    ...NOTHING_SEEN,
  }
}

/** While it is still open which dialect the server speaks, the next campaign is probed from the beginning. */
function restartProbe(
  config: VendorConfig,
  position: ListPosition,
  next: ListPosition | null,
): Position | null {
  if (next === null || config.settings.dialect !== 'auto' || !position.isProbe) return next
  return { ...startIn('page', next), isProbe: true }
}

/** A 422 whose `loc` names the campaign. */
function isAboutCampaign(response: VendorResponse): boolean {
  if (response.status !== 422 || response.body.kind !== 'json' || !isObject(response.body.value)) return false
  const { detail } = response.body.value
  return (
    Array.isArray(detail) &&
    detail.some((item) => isObject(item) && Array.isArray(item.loc) && item.loc.includes('campaign_id'))
  )
}

function wrongCampaign(response: VendorResponse, host: string, campaignId: string | null): EarmarkError {
  const { status } = response
  const says = messageIn(response)
  const quote = says === '' ? '' : ` It says: ${says}.`
  return campaignId === null
    ? new EarmarkError(
        'wrong_campaign',
        `Prosper AI at ${host} wants a campaign (${status}).${quote} Give a campaign ID.`,
        { status, host },
      )
    : new EarmarkError(
        'wrong_campaign',
        `Prosper AI at ${host} does not know campaign ${campaignId} (${status}).${quote} Check the campaign ID, and that the base URL is right.`,
        { status, host, campaignId },
      )
}

function incomplete(
  about: { host: string; what: string },
  position: ListPosition,
  why: string,
): EarmarkError {
  return new EarmarkError(
    'vendor_error',
    `The list of ${about.what} from Prosper AI at ${about.host} is incomplete: ${why}. Nothing was taken for its end; sync again later.`,
    { host: about.host, page: position.page, transient: true },
  )
}
