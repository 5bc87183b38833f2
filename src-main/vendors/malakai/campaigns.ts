import { EarmarkError, type FoundCampaign } from '@contract'
import { isObject, type JsonObject } from '../json'
import { type About, notThisVendor, problemOf } from '../problems'
import { endpoint, hostOf } from '../urls'
import { readCount, readId, readText } from '../values'
import type { CampaignList, CampaignsApi, CampaignsOutcome, VendorConfig, VendorResponse } from '../vendor'
import { codeAndMessage, isSuccess } from './parse'

const MAX_BYTES = 32 * 1024 * 1024

/**
 * The lists that there are. Those of inbound and outbound campaigns are published, without the shape of their answers;
 * one of workflows is not, but their logs are: it is asked for and may be missing.
 */
const LISTS: readonly (CampaignList & {
  direction: NonNullable<FoundCampaign['direction']>
  path: string
})[] = [
  { what: 'the outbound campaigns', path: 'campaigns/outbound', direction: 'outbound', isOptional: false },
  { what: 'the inbound campaigns', path: 'campaigns/inbound', direction: 'inbound', isOptional: false },
  { what: 'the workflows', path: 'workflows', direction: 'workflow', isOptional: true },
]

/** "Find my campaigns": one request a list. */
export const campaigns: CampaignsApi = {
  lists: LISTS,
  request: (config, list) => ({
    url: endpoint(config, LISTS.find(({ what }) => what === list.what)?.path ?? ''),
    headers: {},
    maxBytes: MAX_BYTES,
  }),
  read: readCampaigns,
}

/** What an answer to one of the lists means. Success stands in the body, as with logs. */
export function readCampaigns(
  config: VendorConfig,
  list: CampaignList,
  response: VendorResponse,
): CampaignsOutcome {
  const about: About = {
    vendor: 'Malakai',
    host: hostOf(config),
    what: list.what,
    secrets: 'the API key or the access token',
  }
  const failed = (error: EarmarkError): CampaignsOutcome => ({ kind: 'failed', error })
  const json = response.body.kind === 'json' ? response.body.value : null
  const hasCode = isObject(json) && 'responseCode' in json
  if (!hasCode || !isSuccess(json)) {
    const status = hasCode ? statusOf(json, response) : response.status
    const words = hasCode ? { message: codeAndMessage(json) } : json
    const problem = problemOf(
      { ...response, status, body: words === null ? response.body : { kind: 'json', value: words } },
      about,
    )
    if (problem === null)
      return failed(notThisVendor(response, about, 'the answer has no "responseCode" of success'))
    const hint = !hasCode && response.status === 404 ? ` ${otherAddress(config)}` : ''
    return failed(new EarmarkError(problem.code, `${problem.message}${hint}`, problem.details))
  }
  const rows = rowsIn(json)
  if (rows === null) return failed(notThisVendor(response, about, 'there is no list in the answer'))
  const direction = LISTS.find(({ what }) => what === list.what)?.direction ?? null
  const found = rows.map((row) => readCampaign(row, direction)).filter((one) => one !== null)
  return { kind: 'found', campaigns: found }
}

/** Two base addresses were published: where one knows nothing, the other may. */
function otherAddress({ baseUrl }: VendorConfig): string {
  const { origin, pathname } = new URL(baseUrl)
  const other = pathname.replace(/\/+$/, '').endsWith('/api/api') ? origin : `${origin}/api/api`
  return `Malakai's API has been seen at ${other} too: try that as the base URL.`
}

/** Codes look like an HTTP status and a digit (4010); one that does not is some refusal. */
const statusOf = (json: JsonObject, { status }: VendorResponse): number =>
  status >= 400 ? status : Number(/^[45]\d\d/.exec(readText(json.responseCode) ?? '')?.[0] ?? 400)

const LIST_KEYS = ['campaigns', 'workflows', 'rows', 'items', 'results', 'list', 'data']

/** The first list that is found where lists are put: `data`, `data.campaigns`, `campaigns` …; null is an empty one. */
function rowsIn(json: JsonObject): readonly unknown[] | null {
  const holders = [json.data, json].filter((holder) => holder !== undefined)
  for (const holder of holders) {
    if (Array.isArray(holder)) return holder
    if (!isObject(holder)) continue
    for (const key of LIST_KEYS) {
      const list = holder[key]
      if (Array.isArray(list)) return list
    }
    // Some answers are keyed by direction.
    for (const key of ['inbound', 'outbound', 'inbound_campaigns', 'outbound_campaigns']) {
      const list = holder[key]
      if (Array.isArray(list)) return list
    }
  }
  const isEmpty =
    json.data === null || (isObject(json.data) && LIST_KEYS.some((key) => isNullIn(json.data, key)))
  return isEmpty ? [] : null
}

const isNullIn = (holder: unknown, key: string): boolean =>
  isObject(holder) && key in holder && holder[key] === null

const first = <T>(row: JsonObject, keys: readonly string[], read: (value: unknown) => T | null): T | null => {
  for (const key of keys) {
    const value = read(row[key])
    if (value !== null) return value
  }
  return null
}

function readDirection(value: unknown): FoundCampaign['direction'] {
  const word = readText(value)?.toLowerCase() ?? ''
  return word === 'inbound' || word === 'outbound' || word === 'workflow' ? word : null
}

/** One row of a list; null when it has no id to ask for logs with. */
function readCampaign(row: unknown, direction: FoundCampaign['direction']): FoundCampaign | null {
  // A list of ids alone.
  if (!isObject(row)) {
    const campaignId = readId(row)
    return campaignId === null ? null : { campaignId, name: null, direction, calls: null, status: null }
  }
  const mongo = isObject(row._id) ? readId(row._id.$oid) : null
  const campaignId =
    first(
      row,
      ['id', '_id', 'campaign_id', 'uuid', 'workflow_id', 'inbound_id', 'outbound_id', 'campaignId'],
      readId,
    ) ?? mongo
  if (campaignId === null || campaignId.length > 200) return null
  return {
    campaignId,
    name: first(row, ['name', 'campaign_name', 'title', 'workflow_name', 'campaignName'], readText),
    direction: first(row, ['direction', 'campaign_type', 'type'], readDirection) ?? direction,
    calls: first(
      row,
      ['calls', 'call_count', 'calls_count', 'total_calls', 'total_conversations', 'conversations'],
      readCount,
    ),
    status: first(row, ['status', 'campaign_status', 'state'], readText),
  }
}
