import { EarmarkError } from '@contract'
import { z } from 'zod'
import { isObject, type JsonObject } from '../json'
import { type About, notThisVendor, problemOf } from '../problems'
import { campaignAfter, endpoint, hostOf, pathPart, readPosition } from '../urls'
import { readText } from '../values'
import type {
  Learned,
  ListRange,
  PageOutcome,
  PiecesApi,
  Position,
  VendorConfig,
  VendorRequest,
  VendorResponse,
} from '../vendor'
import { codeAndMessage, isSuccess, logsIn, parse } from './parse'

/** A campaign comes as a whole, in one answer, which is read in pieces. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024

const ListPosition = z.object({
  campaignId: z.string(),
  /** Whose logs are asked for. The id does not tell: what answered is remembered. */
  logs: z.enum(['campaign', 'workflow']).default('campaign'),
  /** What the first place said that was asked; null: this is the first. */
  refusal: z.string().nullable().default(null),
})

const PATHS = { campaign: 'campaigns/outbound/logs', workflow: 'workflows/logs' }

const learnedKey = (campaignId: string): string => `logs:${campaignId}`

/** See VendorApi.problemWith. */
export const problemWith = (config: VendorConfig): string | null =>
  config.campaignIds.length === 0
    ? 'Malakai hands out logs by campaign: give at least one campaign ID.'
    : null

/** See VendorApi.firstPage. Malakai has no filter by date: the range is not used. */
export function firstPage(config: VendorConfig, learned: Learned, _range: ListRange): Position {
  const [campaignId] = config.campaignIds
  if (campaignId === undefined) throw new EarmarkError('invalid_input', problemWith(config) ?? '')
  return learned[learnedKey(campaignId)] === 'workflow' ? { campaignId, logs: 'workflow' } : { campaignId }
}

/** See VendorApi.pageRequest. Inbound logs too are under `outbound/logs`: so the captured page has it. */
export function pageRequest(config: VendorConfig, position: Position): VendorRequest {
  const { campaignId, logs } = readPosition(ListPosition, position)
  return {
    url: endpoint(config, `${PATHS[logs]}/${pathPart(campaignId)}`),
    headers: {},
    maxBytes: MAX_BYTES,
  }
}

/** See VendorApi.pieces. Campaigns have their rows in `data.logs`, workflows in `data`. */
export const pieces: PiecesApi = {
  paths: [['data', 'logs'], ['data']],
  isRefusal: (before) => isObject(before) && 'responseCode' in before && !isSuccess(before),
  readRows: (config, position, rows) => {
    const { campaignId } = readPosition(ListPosition, position)
    return parse(rows, { campaignId, source: 'list', baseUrl: config.baseUrl })
  },
}

/**
 * See VendorApi.readPage. An id that is unknown among campaigns may be a workflow's, and the other way round: the other
 * place is asked before it is called wrong.
 */
export function readPage(config: VendorConfig, position: Position, response: VendorResponse): PageOutcome {
  const { campaignId, logs, refusal: before } = readPosition(ListPosition, position)
  const outcome = readAnswer(config, campaignId, response)
  if (outcome.kind === 'page' && before !== null)
    return { ...outcome, learned: { [learnedKey(campaignId)]: logs } }
  if (outcome.kind !== 'failed') return outcome
  const { error } = outcome
  if (before === null && error.code === 'wrong_campaign') {
    const other = logs === 'campaign' ? 'workflow' : 'campaign'
    return { kind: 'again', next: { campaignId, logs: other, refusal: error.message } }
  }
  if (before !== null && (error.code === 'wrong_campaign' || response.status === 404)) {
    const after = campaignAfter(config, campaignId)
    const unknown = new EarmarkError('wrong_campaign', before, {
      status: response.status,
      host: hostOf(config),
    })
    return { ...outcome, error: unknown, next: after === null ? null : { campaignId: after } }
  }
  return outcome
}

function readAnswer(config: VendorConfig, campaignId: string, response: VendorResponse): PageOutcome {
  const after = campaignAfter(config, campaignId)
  const next: Position | null = after === null ? null : { campaignId: after }
  const about: About = {
    vendor: 'Malakai',
    host: hostOf(config),
    what: `campaign ${campaignId}`,
    secrets: 'the API key or the access token',
  }
  const failed = (error: EarmarkError, goOn: Position | null): PageOutcome => ({
    kind: 'failed',
    error,
    campaignId,
    next: goOn,
  })

  const json = response.body.kind === 'json' ? response.body.value : null
  const hasCode = isObject(json) && 'responseCode' in json
  if (hasCode && !isSuccess(json)) {
    const error = refusal(response, json, about)
    return failed(error, error.code === 'wrong_campaign' ? next : null)
  }
  // With code 2000 in the body the HTTP status says nothing.
  const problem = hasCode ? null : problemOf(response, about)
  if (problem !== null) {
    if (response.status !== 404 || response.body.kind !== 'json') return failed(problem, null)
    return failed(wrongCampaign(response, about, ''), next)
  }
  if (!hasCode) return failed(notThisVendor(response, about, 'the answer has no "responseCode"'), null)
  if (logsIn(json) === null)
    return failed(notThisVendor(response, about, 'the answer has no "data.logs"'), null)

  const answer = parse(json, { campaignId, source: 'list', baseUrl: config.baseUrl })
  return {
    kind: 'page',
    answer,
    campaignId,
    total: (response.rowCount ?? 0) + answer.calls.length + answer.unreadable.length,
    isLastOfCampaign: true,
    next,
    learned: {},
  }
}

/**
 * What a body with another code than 2000 means. The codes are unpublished beside 2000; they look like an HTTP
 * status and a digit (4001, 4040), so those that begin like one are taken for it. Messages are quoted, never judged.
 */
function refusal(response: VendorResponse, json: JsonObject, about: About): EarmarkError {
  const code = readText(json.responseCode) ?? ''
  const status = response.status >= 400 ? response.status : Number(/^[45]\d\d/.exec(code)?.[0] ?? 0)
  const words = codeAndMessage(json)
  if (status === 404 || status === 422) return wrongCampaign(response, about, ` It answered with ${words}.`)
  if (status === 401 || status === 403 || status === 429 || status >= 500) {
    const said = [`code ${code}`, readText(json.message)].filter((text) => text !== null).join(': ')
    const problem = problemOf(
      { ...response, status, body: { kind: 'json', value: { message: said } } },
      about,
    )
    if (problem !== null)
      return new EarmarkError(problem.code, problem.message, { ...problem.details, responseCode: code })
  }
  return new EarmarkError(
    'vendor_error',
    `Malakai at ${about.host} refused to give ${about.what}: it answered with ${words}. Check the campaign ID and both secrets.`,
    { status: response.status, host: about.host, responseCode: code },
  )
}

function wrongCampaign(response: VendorResponse, about: About, words: string): EarmarkError {
  return new EarmarkError(
    'wrong_campaign',
    `Malakai at ${about.host} does not know ${about.what}.${words} Check the campaign ID, and that the base URL is right.`,
    { status: response.status, host: about.host },
  )
}
