import { EarmarkError, type Secrets } from '@contract'
import type { FetchOptions, Http } from '../vendors/http'
import { retryAfterOf } from '../vendors/problems'
import type { RawRow, RowsAnswer } from '../vendors/rows'
import type {
  DetailOutcome,
  Learned,
  ListRange,
  PageOutcome,
  PiecesApi,
  Position,
  VendorApi,
  VendorConfig,
  VendorRequest,
  VendorResponse,
} from '../vendors/vendor'
import type { ParsedAnswer, VendorCall } from '../vendors/vendor-call'
import type { HostGate } from './host-gate'
import { persistently, type RetryHooks, type RetryRules } from './retry'

/** "Ask differently" (another dialect, another path) is over after this many answers. */
const MAX_ANSWERS = 5

/** An answer that broke off behind more rows than this is not asked for again in the same run. */
const MAX_REPEATED_ROWS = 5_000

export type Page = Extract<PageOutcome, { kind: 'page' }>
export type Detail = Exclude<DetailOutcome, { kind: 'again' | 'failed' }>

export interface ClientOptions {
  api: VendorApi
  config: VendorConfig
  secrets: Secrets
  learned: Learned
  http: Pick<Http, 'fetchJson' | 'fetchRows'>
  gate: HostGate
  rules: RetryRules
  signal: AbortSignal
  onWait: RetryHooks['onWait']
  /** An answer came that could be used. */
  onAnswer: () => void
}

/** Asks one vendor, patiently: through the host's gate, again after passing failures. Raises EarmarkErrors. */
export class VendorClient {
  /** What planning found out about the server so far. */
  learned: Learned
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
    this.learned = options.learned
  }

  /** Where the listing of one campaign (null: of the whole organisation) begins. */
  firstPage(campaignId: string | null, range: ListRange): Position {
    return this.#options.api.firstPage(this.#configFor(campaignId), this.learned, range)
  }

  /** The page at this position. */
  page(campaignId: string | null, position: Position): Promise<Page> {
    const { api, http } = this.#options
    const config = this.#configFor(campaignId)
    const read = (at: Position, response: VendorResponse): Answer<Page> => {
      const outcome = api.readPage(config, at, response)
      if (outcome.kind === 'page') this.#learn(outcome.learned)
      return outcome.kind === 'page' ? { kind: 'done', value: outcome } : outcome
    }
    return this.#patiently(position, api.pageRequest.bind(null, config), http.fetchJson, read)
  }

  /**
   * The page at this position, of a vendor whose pages can be of any size: some calls after another are handed over as
   * they come, and each time it is waited until they are stored. What was handed over stays true when the page breaks
   * off later; a page that is asked for again brings the same calls once more.
   */
  pageInPieces(
    campaignId: string | null,
    position: Position,
    pieces: PiecesApi,
    onPiece: (piece: ParsedAnswer) => Promise<void>,
  ): Promise<Page> {
    const { api, http } = this.#options
    const config = this.#configFor(campaignId)
    let rowsKept = 0
    const hand = async (at: Position, rows: readonly RawRow[]) => {
      await onPiece(readRows(config, pieces, at, rows))
      rowsKept += rows.length
    }
    const fetch = async (request: FetchOptions, at: Position): Promise<RowsAnswer> => {
      rowsKept = 0
      try {
        return await http.fetchRows({
          ...request,
          paths: pieces.paths,
          onBegin: (before) => !pieces.isRefusal(before),
          onRows: (rows) => hand(at, rows),
        })
      } catch (error) {
        throw keptSoFar(error, rowsKept)
      }
    }
    const read = async (at: Position, response: RowsAnswer): Promise<Answer<Page>> => {
      const outcome = api.readPage(config, at, response)
      if (outcome.kind === 'failed') return { ...outcome, error: keptSoFar(outcome.error, rowsKept) }
      if (outcome.kind === 'again') return outcome
      await hand(at, response.held)
      this.#learn(outcome.learned)
      return { kind: 'done', value: outcome }
    }
    return this.#patiently(position, api.pageRequest.bind(null, config), fetch, read)
  }

  /** One call in full. `listed`: the call as the list had it. */
  detail(externalId: string, listed: VendorCall | null): Promise<Detail> {
    const { api, config, http } = this.#options
    const { details } = api
    if (details === null) throw new EarmarkError('internal', `${api.name} has no details to ask for.`)
    const first = details.first(config, this.learned, externalId)
    const read = (at: Position, response: VendorResponse): Answer<Detail> => {
      const outcome = details.read(config, at, listed, response)
      if (outcome.kind === 'again' || outcome.kind === 'failed') return outcome
      if (outcome.kind !== 'gone') this.#learn(outcome.learned)
      return { kind: 'done', value: outcome }
    }
    return this.#patiently(first, details.request.bind(null, config), http.fetchJson, read)
  }

  async #patiently<T, R extends VendorResponse>(
    first: Position,
    request: (position: Position) => VendorRequest,
    fetch: (request: FetchOptions, position: Position) => Promise<R>,
    read: (position: Position, response: R) => Answer<T> | Promise<Answer<T>>,
  ): Promise<T> {
    const { api, config, secrets, gate, rules, signal, onWait, onAnswer } = this.#options
    const secretHeaders = api.secretHeaders(config, secrets)
    let position = first
    let answers = 0
    const attempt = async (): Promise<T> => {
      for (;;) {
        const at = position
        const response = await gate.pass(() => fetch({ ...request(at), secretHeaders, signal }, at), signal)
        const answer = await read(at, response)
        if (answer.kind === 'done') {
          onAnswer()
          return answer.value
        }
        if (answer.kind === 'failed') throw answer.error
        answers += 1
        if (answers >= MAX_ANSWERS)
          throw new EarmarkError(
            'not_this_vendor',
            `${api.name} could not be recognised at ${config.baseUrl}. Check the base URL.`,
          )
        position = answer.next
      }
    }
    return await persistently(attempt, {
      signal,
      rules,
      onWait: (untilMs, error) => {
        // Who asks for peace gets it from all requests, not just from this one.
        if (error.code === 'rate_limited' || retryAfterOf(error) !== null) gate.holdUntil(untilMs)
        onWait(untilMs, error)
      },
    })
  }

  #learn(learned: Learned): void {
    this.learned = { ...this.learned, ...learned }
  }

  /** Campaigns are listed one at a time, so that each has its own place to go on from. */
  #configFor(campaignId: string | null): VendorConfig {
    return { ...this.#options.config, campaignIds: campaignId === null ? [] : [campaignId] }
  }
}

type Answer<T> =
  | { kind: 'done'; value: T }
  | { kind: 'again'; next: Position }
  | { kind: 'failed'; error: EarmarkError }

/** Rows of a page to calls; what is no record at all is set aside with its beginning. */
function readRows(
  config: VendorConfig,
  pieces: PiecesApi,
  position: Position,
  rows: readonly RawRow[],
): ParsedAnswer {
  const values: unknown[] = []
  const aside: ParsedAnswer['unreadable'] = []
  for (const row of rows) {
    if (row.kind === 'json') values.push(row.value)
    else aside.push({ externalId: null, reason: row.reason, raw: row.beginning })
  }
  const answer = pieces.readRows(config, position, values)
  return { ...answer, unreadable: [...answer.unreadable, ...aside] }
}

/** The failure of a page of which this many rows are stored already. */
function keptSoFar<E>(thrown: E, rowsKept: number): E | EarmarkError {
  if (!(thrown instanceof EarmarkError) || rowsKept === 0 || thrown.code === 'cancelled') return thrown
  const { code, message, details } = thrown
  const isRepeated = rowsKept <= MAX_REPEATED_ROWS
  return new EarmarkError(
    code,
    `${message} The first ${rowsKept.toLocaleString('en')} calls of it are kept; sync again to read all of it.`,
    { ...details, ...(isRepeated ? {} : { transient: false }) },
    { cause: thrown },
  )
}
