import { EarmarkError, type Secrets } from '@contract'
import type { Http } from '../vendors/http'
import { retryAfterOf } from '../vendors/problems'
import type {
  DetailOutcome,
  Learned,
  ListRange,
  PageOutcome,
  Position,
  VendorApi,
  VendorConfig,
  VendorRequest,
  VendorResponse,
} from '../vendors/vendor'
import type { VendorCall } from '../vendors/vendor-call'
import type { HostGate } from './host-gate'
import { persistently, type RetryHooks, type RetryRules } from './retry'

/** "Ask differently" (another dialect, another path) is over after this many answers. */
const MAX_ANSWERS = 5

export type Page = Extract<PageOutcome, { kind: 'page' }>
export type Detail = Exclude<DetailOutcome, { kind: 'again' | 'failed' }>

export interface ClientOptions {
  api: VendorApi
  config: VendorConfig
  secrets: Secrets
  learned: Learned
  http: Pick<Http, 'fetchJson'>
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
    const { api } = this.#options
    const config = this.#configFor(campaignId)
    return this.#patiently(position, api.pageRequest.bind(null, config), (at, response): Answer<Page> => {
      const outcome = api.readPage(config, at, response)
      if (outcome.kind === 'page') this.#learn(outcome.learned)
      return outcome.kind === 'page' ? { kind: 'done', value: outcome } : outcome
    })
  }

  /** One call in full. `listed`: the call as the list had it. */
  detail(externalId: string, listed: VendorCall | null): Promise<Detail> {
    const { api, config } = this.#options
    const { details } = api
    if (details === null) throw new EarmarkError('internal', `${api.name} has no details to ask for.`)
    const first = details.first(config, this.learned, externalId)
    return this.#patiently(first, details.request.bind(null, config), (at, response): Answer<Detail> => {
      const outcome = details.read(config, at, listed, response)
      if (outcome.kind === 'again' || outcome.kind === 'failed') return outcome
      if (outcome.kind !== 'gone') this.#learn(outcome.learned)
      return { kind: 'done', value: outcome }
    })
  }

  async #patiently<T>(
    first: Position,
    request: (position: Position) => VendorRequest,
    read: (position: Position, response: VendorResponse) => Answer<T>,
  ): Promise<T> {
    const { api, config, secrets, http, gate, rules, signal, onWait, onAnswer } = this.#options
    const secretHeaders = api.secretHeaders(config, secrets)
    let position = first
    let answers = 0
    const attempt = async (): Promise<T> => {
      for (;;) {
        const at = position
        const response = await gate.pass(
          () => http.fetchJson({ ...request(at), secretHeaders, signal }),
          signal,
        )
        const answer = read(at, response)
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
