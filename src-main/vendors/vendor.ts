import type { ConnectionSettings, EarmarkError, FoundCampaign, JsonValue, Secrets, Vendor } from '@contract'
import type { ParsedAnswer, UnreadableRecord, VendorCall } from './vendor-call'

/**
 * What a vendor's folder gives to the rest of Earmark. Everything here but the requests themselves is
 * pure: the sync loop plans (`firstPage`, `pageRequest`), fetches (http.ts), reads (`readPage`), does the same
 * for each call's detail where the vendor has details, and stores. Paths, paging, dialects, codes inside
 * bodies and what a 404 means are known here alone.
 *
 *     let position: Position | null = api.firstPage(config, learned, range)
 *     while (position !== null) {
 *       const response = await http.fetchJson({ ...api.pageRequest(config, position), secretHeaders, … })
 *       const outcome = api.readPage(config, position, response)
 *       if (outcome.kind === 'page') { store(outcome.answer); learned = { ...learned, ...outcome.learned } }
 *       else if (outcome.kind === 'failed') { wait and repeat when isTransient(outcome.error), else stop }
 *       position = outcome.next
 *     }
 */
export interface VendorApi {
  readonly kind: Vendor
  /** The vendor's name for people. */
  readonly name: string
  readonly defaultBaseUrl: string
  readonly needs: {
    /** Whether the vendor wants a second secret beside the API key. */
    readonly accessToken: boolean
    /** `optional`: without campaigns the whole organisation is listed. */
    readonly campaignIds: 'required' | 'optional'
  }

  /** What keeps this configuration from working, as a sentence; null when nothing does. */
  problemWith(config: VendorConfig): string | null

  /** The headers that carry the secrets: only ever for the base URL's origin. */
  secretHeaders(config: VendorConfig, secrets: Secrets): Record<string, string>

  /** Where a listing begins. Throws `invalid_input` where `problemWith` says something. */
  firstPage(config: VendorConfig, learned: Learned, range: ListRange): Position
  pageRequest(config: VendorConfig, position: Position): VendorRequest
  /** What the answer to `pageRequest(config, position)` means and how to go on. Never throws. */
  readPage(config: VendorConfig, position: Position, response: VendorResponse): PageOutcome

  /** How a page without bounds is read in pieces; null: pages are small, and read as a whole. */
  readonly pieces: PiecesApi | null

  /** null: lists are complete, there is nothing more to fetch for a call. */
  readonly details: DetailApi | null

  /** null: the vendor has no list of campaigns to ask for. */
  readonly campaigns: CampaignsApi | null

  /** Whether this JSON (an answer saved as a file, or one record) is this vendor's. Never throws. */
  recognise(json: unknown): RecognisedKind | null
  /** Unknown JSON of this vendor (a list, a detail, one record) to calls. Never throws. */
  parse(json: unknown, context: ParseContext): ParsedAnswer
}

/**
 * How a page that can be of any size is walked through: one list in it row by row, as it comes. `readPage` is then
 * given the page with that list empty, and `rowCount`. The rows are calls in full: no details are asked for.
 */
export interface PiecesApi {
  /** Where the rows stand: keys from the root to a list. */
  readonly paths: readonly (readonly string[])[]
  /** Whether what came before the rows (the page so far, with an empty list) says already that it is a refusal. */
  isRefusal(before: unknown): boolean
  /** Some rows to calls. Never throws. */
  readRows(config: VendorConfig, position: Position, rows: readonly unknown[]): ParsedAnswer
}

/** How a vendor hands out one call in full. */
export interface DetailApi {
  first(config: VendorConfig, learned: Learned, externalId: string): Position
  request(config: VendorConfig, position: Position): VendorRequest
  /**
   * What the answer means. `listed` is the call as the list had it, or null: what only the list told
   * (Prosper's `phone_number`) is filled in from it. Never throws.
   */
  read(
    config: VendorConfig,
    position: Position,
    listed: VendorCall | null,
    response: VendorResponse,
  ): DetailOutcome
}

/** How a vendor tells which campaigns there are: some lists, each asked for once. */
export interface CampaignsApi {
  readonly lists: readonly CampaignList[]
  request(config: VendorConfig, list: CampaignList): VendorRequest
  /** Never throws. */
  read(config: VendorConfig, list: CampaignList, response: VendorResponse): CampaignsOutcome
}

export interface CampaignList {
  /** For sentences: "the inbound campaigns". */
  readonly what: string
  /** Not every server has it: that it is missing is no news. */
  readonly isOptional: boolean
}

export type CampaignsOutcome =
  | { kind: 'found'; campaigns: FoundCampaign[] }
  | { kind: 'failed'; error: EarmarkError }

/** What planning knows of a connection. Secrets are not part of it. */
export interface VendorConfig {
  baseUrl: string
  campaignIds: readonly string[]
  settings: ConnectionSettings
}

/**
 * What a vendor's planning found out about the server (which dialect, which path): remembered with the
 * connection, given back at the next sync. Outcomes carry only what is new; merge it.
 */
export type Learned = Readonly<Record<string, string>>

/**
 * Where a listing (or the fetching of one detail) stands: plain JSON that can be stored. Only the vendor's
 * own functions look inside. A stored one that they don't understand makes them throw `invalid_input`:
 * begin again with `firstPage`.
 */
export type Position = { readonly [key: string]: JsonValue }

/**
 * From when to when calls are asked for; null: without a bound. Vendors are asked for whole days and a day
 * more at each end, or for everything, so an answer may hold calls outside: storing them again does no harm.
 */
export interface ListRange {
  fromMs: number | null
  toMs: number | null
  /** Only learn whether it works and how many there are: the smallest page the vendor has. */
  isTest?: boolean
}

/** A request as planning describes it, without secrets. Always GET. */
export interface VendorRequest {
  url: string
  headers: Record<string, string>
  /** The largest body to accept, after decompression. */
  maxBytes: number
}

/** A complete answer, whatever its status. What broke on the way is thrown by http.ts instead. */
export interface VendorResponse {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body: ResponseBody
  /** When it came, for dates in `Retry-After`. */
  receivedAtMs: number
  /** Of a page that was read in pieces: how many rows it had. */
  rowCount?: number
}

export type ResponseBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'empty' }
  | { kind: 'html' }
  | { kind: 'text' }
  /** Said to be JSON, or begins like it, but does not end like it. */
  | { kind: 'broken' }

export type PageOutcome =
  /** A page was read. `next: null` is the end of the listing. */
  | {
      kind: 'page'
      answer: ParsedAnswer
      /** The campaign that was asked for; null for a whole organisation. */
      campaignId: string | null
      /** How many calls this campaign's listing has, as the vendor says now; null when it does not say. */
      total: number | null
      /** True on a campaign's last page: a call of it that was on no page is no longer listed. */
      isLastOfCampaign: boolean
      next: Position | null
      learned: Learned
    }
  /** Nothing to store yet: ask differently (another dialect) or once more (an old answer). */
  | { kind: 'again'; next: Position }
  /** `next`: where to go on if this is only one campaign's problem; null otherwise. */
  | { kind: 'failed'; error: EarmarkError; campaignId: string | null; next: Position | null }

export type DetailOutcome =
  | { kind: 'call'; call: VendorCall; learned: Learned }
  | { kind: 'unreadable'; record: UnreadableRecord; learned: Learned }
  /** Ask differently (the other path). */
  | { kind: 'again'; next: Position }
  /** The vendor has no such call (any more). */
  | { kind: 'gone' }
  | { kind: 'failed'; error: EarmarkError }

export interface ParseContext {
  /** The campaign that was asked for, when the answer comes from a request. */
  campaignId: string | null
  /** The API that answered: addresses without a host belong to it. Not given for a file. */
  baseUrl?: string
  /** `saved`: from a file, where an answer of any kind may stand. */
  source: 'list' | 'detail' | 'saved'
}

/** `record`: one call outside of an answer; `error`: the vendor's way to say no. */
export type RecognisedKind = 'list' | 'detail' | 'logs' | 'record' | 'error'

export interface Recognised {
  vendor: Vendor
  kind: RecognisedKind
}
