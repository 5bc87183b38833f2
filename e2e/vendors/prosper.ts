import type { IncomingMessage, ServerResponse } from 'node:http'
import { tones } from './audio'
import type { SimulatedCall } from './calls'
import { Mischief, sendAnswer } from './faults'
import { Ledger } from './ledger'
import { detailOf, openApiCall, summaryOf } from './prosper-shapes'
import { startRecordingHost } from './recording-host'
import { listen, sendJson } from './server'
import { CallBook, pause, type Simulator, type SimulatorOptions } from './simulator'

export interface ProsperSimulatorOptions extends SimulatorOptions {
  /** Which list paths there are; default: the captured page's. */
  dialect?: 'page' | 'openapi' | 'both'
  /** Which paths lead to one call; default: both that the captured page names. */
  detailPaths?: 'plain' | 'campaigns' | 'both'
  authHeader?: string
  authPrefix?: string
  /** The most calls on a page, whatever is asked for. */
  maxPageSize?: number
}

export interface ProsperSimulator extends Simulator {
  readonly apiKey: string
}

type Json = Record<string, unknown>

/** Prosper's API as its captured page and its OpenAPI description have it, over real HTTP on loopback. */
export async function startProsperSimulator(
  options: ProsperSimulatorOptions = {},
): Promise<ProsperSimulator> {
  const {
    apiKey = 'prosper-key-0123456789',
    campaigns = ['campaign-1'],
    basePath = '',
    dialect = 'page',
    detailPaths = 'both',
    recordings = tones,
    authHeader = 'Authorization',
    authPrefix = 'Bearer ',
  } = options
  const book = new CallBook(options, campaigns)
  const mischief = new Mischief()
  const host = await startRecordingHost({
    source: recordings ?? (() => null),
    callOf: (key) => book.get(Number(key)),
    keyOf: (call) => String(call.id),
    secrets: [apiKey],
    port: options.recordingPort ?? 0,
    logIn: options.recordingLogIn ?? null,
    hasExpiringAddresses: options.hasExpiringRecordings ?? false,
  })
  const ledger = options.keepsLedger === true ? new Ledger() : null
  const recordingUrl = (call: SimulatedCall) => (recordings === null ? null : host.urlOf(call))
  // Each takes what is its own: the host faults of recordings, the API all others.
  const setFaults: Simulator['setFaults'] = (faults) => {
    mischief.set(faults)
    host.setFaults(faults)
  }
  setFaults(options.faults ?? [])

  const answerTo = (
    request: IncomingMessage,
    response: ServerResponse,
    on: 'list' | 'detail',
    json: unknown,
  ) =>
    sendAnswer(mischief, on, {
      response,
      status: 200,
      json: JSON.stringify(json),
      otherUrl: host.url,
      target: request.url ?? '/',
      headers: request.headers,
    })

  function list(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    spoken: 'page' | 'openapi',
  ): void {
    const query = readListQuery(url, spoken)
    if ('problem' in query) {
      sendJson(response, 422, { detail: [query.problem] })
      return
    }
    const { campaignId } = query
    if (campaignId !== null && !campaigns.includes(campaignId)) {
      sendJson(response, 404, { detail: 'Campaign not found' })
      return
    }
    options.onRequest?.('list')
    const faults = mischief.strike('data', 'list')
    for (const fault of faults) fault.arrange?.(book.world(campaignId ?? campaigns[0] ?? ''))

    const write = spoken === 'page' ? summaryOf : (call: SimulatedCall) => openApiCall(call, null)
    const listed = book.calls.filter((call) => isListed(call, query))
    const sizes = faults.map((fault) => fault.pageSize ?? query.pageSize)
    const pageSize = Math.min(query.pageSize, options.maxPageSize ?? query.pageSize, ...sizes)
    const from = (query.page - (spoken === 'page' ? 1 : 0)) * pageSize
    if (from > 0 && from >= listed.length && faults.some(({ hasStrictEnd }) => hasStrictEnd === true)) {
      sendJson(response, 404, { detail: 'Invalid page' })
      return
    }
    const tell = (call: SimulatedCall) => ({ id: String(call.id), record: write(call) as unknown })
    let told = listed.slice(from, from + pageSize).map(tell)
    for (const { page } of faults) {
      // The whole listing is only written out for faults that want it.
      if (page !== undefined) told = page(told, listed.map(tell), from)
    }
    for (const { record } of faults)
      if (record !== undefined)
        told = told.map((row, at) => ({
          ...row,
          record: isObject(row.record) ? record(row.record, at) : row.record,
        }))
    const rows = told.map(({ record }) => record)
    const pages = Math.ceil(listed.length / pageSize)
    let answer: unknown =
      spoken === 'page'
        ? { items: rows, total: listed.length, page: query.page, page_size: pageSize }
        : { call_logs: rows, page_count: pages, next_page: query.page + 1 < pages ? query.page + 1 : null }
    for (const { envelope } of faults)
      if (envelope !== undefined && isObject(answer)) answer = envelope(answer)
    if (answerTo(request, response, 'list', answer))
      ledger?.noteList(
        campaignId,
        query.page,
        told.filter(({ record }) => tellsId(record)),
      )
  }

  function detail(request: IncomingMessage, response: ServerResponse, url: URL, id: string): void {
    options.onRequest?.('detail')
    const call = /^\d{1,15}$/.test(id) ? book.get(Number(id)) : undefined
    const faults = call === undefined ? [] : mischief.strike('data', 'detail')
    if (call === undefined || faults.some(({ isMissing }) => isMissing?.(call.id) === true)) {
      ledger?.unknown.add(id)
      sendJson(response, 404, { detail: 'Call log not found' })
      return
    }
    const isWithRecordings = url.searchParams.get('include_recordings') === 'true'
    const urls = isWithRecordings ? [recordingUrl(call)] : null
    let record: unknown = dialect === 'openapi' ? openApiCall(call, urls) : detailOf(call, urls)
    // One record an answer: a fault of "the first three" strikes by the call's id.
    for (const fault of faults)
      if (fault.record !== undefined && isObject(record)) record = fault.record(record, call.id % 10)
    if (answerTo(request, response, 'detail', record)) ledger?.noteDetail(id, record)
  }

  const server = await listen(options.port ?? 0, async (request, response, url) => {
    if (options.delayMs !== undefined) await pause(options.delayMs)
    if (request.headers[authHeader.toLowerCase()] !== `${authPrefix}${apiKey}`)
      return sendJson(response, 401, { detail: 'Invalid API key' })
    const path = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : ''
    if (request.method !== 'GET') return sendJson(response, 405, { detail: 'Method Not Allowed' })
    if (path === '/api/v1/campaigns/call-logs' && dialect !== 'openapi')
      return list(request, response, url, 'page')
    if (path === '/api/v1/call-logs' && dialect !== 'page') return list(request, response, url, 'openapi')
    const one = /^\/api\/v1(\/campaigns)?\/call-logs\/([^/]+)$/.exec(path)
    const isKnownPath = detailPaths === 'both' || (detailPaths === 'campaigns') === (one?.[1] !== undefined)
    if (one !== null && isKnownPath) return detail(request, response, url, decodeURIComponent(one[2] ?? ''))
    sendJson(response, 404, { detail: 'Not Found' })
  })

  return {
    apiKey,
    campaigns,
    url: server.url + basePath,
    recordingsUrl: host.url,
    requests: server.requests,
    recordingRequests: host.requests,
    get requestCount() {
      return server.requestCount
    },
    leaks: host.leaks,
    ledger,
    get calls() {
      return book.calls
    },
    get externalIds() {
      return book.calls.map((call) => String(call.id))
    },
    setFaults,
    addCalls: (calls) => book.add(calls),
    updateCall: (id, changes) => book.update(id, changes),
    removeCall: (id) => book.remove(id),
    expireRecordings: () => host.expire(),
    setRecordingLogIn: (logIn) => host.setLogIn(logIn),
    async close() {
      await server.close()
      await host.close()
    },
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Records that a fault has made unreadable tell of no call. */
const tellsId = (record: unknown): boolean => isObject(record) && ('call_log_id' in record || 'id' in record)

interface ListQuery {
  campaignId: string | null
  page: number
  pageSize: number
  status: string | null
  fromMs: number
  toMs: number
}

type Problem = { loc: string[]; msg: string; type: string }

/** The query parameters of a list, or what a validating framework says of them. */
function readListQuery(url: URL, spoken: 'page' | 'openapi'): ListQuery | { problem: Problem } {
  const { searchParams: query } = url
  const refuse = (name: string, msg: string, type: string) => ({
    problem: { loc: ['query', name], msg, type },
  })
  const campaignId = query.get('campaign_id')
  if (spoken === 'page' && (campaignId === null || campaignId === ''))
    return refuse('campaign_id', 'Field required', 'missing')
  const [sizeName, defaultSize, maxSize, firstPage] =
    spoken === 'page' ? (['page_size', 20, 100, 1] as const) : (['limit', 200, 1000, 0] as const)
  const page = Number(query.get('page') ?? firstPage)
  if (!Number.isInteger(page) || page < firstPage)
    return refuse('page', `Input should be greater than or equal to ${firstPage}`, 'greater_than_equal')
  const pageSize = Number(query.get(sizeName) ?? defaultSize)
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > maxSize)
    return refuse(sizeName, `Input should be less than or equal to ${maxSize}`, 'less_than_equal')
  const fromMs = dateOf(query.get('from_date'), Number.NEGATIVE_INFINITY)
  const toMs = dateOf(query.get('to_date'), Number.POSITIVE_INFINITY)
  if (Number.isNaN(fromMs)) return refuse('from_date', 'Input should be a valid date', 'date_parsing')
  if (Number.isNaN(toMs)) return refuse('to_date', 'Input should be a valid date', 'date_parsing')
  return { campaignId, page, pageSize, status: query.get('status'), fromMs, toMs }
}

const dateOf = (text: string | null, none: number): number =>
  text === null || text === '' ? none : Date.parse(text)

/** The end is exclusive, the strictest reading of the unstated rule. */
function isListed(call: SimulatedCall, query: ListQuery): boolean {
  if (query.campaignId !== null && call.campaignId !== query.campaignId) return false
  if (query.status !== null && (call.changes.status ?? call.status) !== query.status) return false
  return call.createdAtMs >= query.fromMs && call.createdAtMs < query.toMs
}
