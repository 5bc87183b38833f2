import { tones } from './audio'
import type { SimulatedCall } from './calls'
import { Mischief, sendAnswer } from './faults'
import { type HugeAnswer, type SentAnswer, sendHugeAnswer } from './huge-answer'
import { Ledger } from './ledger'
import { type LogShape, logIdOf, logOf, sessionOf } from './malakai-shapes'
import { startRecordingHost } from './recording-host'
import { listen, sendJson, sendText } from './server'
import { CallBook, pause, type Simulator, type SimulatorOptions } from './simulator'

export interface MalakaiSimulatorOptions extends SimulatorOptions {
  accessToken?: string
  /** What kind of logs each campaign has; default: inbound ones, as captured. */
  shapes?: Readonly<Record<string, LogShape>>
  /** Every campaign's answer is as large as this, made while it is sent; its logs have ids from "huge-0" on. */
  huge?: HugeAnswer
}

export interface MalakaiSimulator extends Simulator {
  readonly apiKey: string
  readonly accessToken: string
  /** How much the latest huge answer was; null: there was none. */
  readonly hugeSent: SentAnswer | null
}

type Json = Record<string, unknown>

/** Where campaigns are listed, and which. That of workflows is a guess: their logs alone are published. */
const LISTS: Readonly<Record<string, LogShape>> = {
  '/campaigns/outbound': 'outbound',
  '/campaigns/inbound': 'inbound',
  '/workflows': 'workflow',
}

/** Logs without end: the simulator's calls over and over, each time with an id of its own and without a recording. */
function hugeLogs(calls: readonly SimulatedCall[], shape: LogShape): (place: number) => unknown {
  const logs = calls.map((call) => logOf(call, null, shape))
  return (place) => {
    const id = `huge-${place}`
    const log = logs[place % Math.max(1, logs.length)]
    return { ...log, ...(shape === 'outbound' ? { id } : {}), session_id: id, call_sid: `CA-${id}` }
  }
}

/** Malakai's API as its captured page has it, over real HTTP on loopback. */
export async function startMalakaiSimulator(
  options: MalakaiSimulatorOptions = {},
): Promise<MalakaiSimulator> {
  const {
    apiKey = 'malakai-key-0123456789',
    accessToken = 'malakai-token-0123456789',
    campaigns = ['inbound-1'],
    basePath = '',
    recordings = tones,
  } = options
  const book = new CallBook(options, campaigns)
  const mischief = new Mischief()
  const host = await startRecordingHost({
    source: recordings ?? (() => null),
    callOf: (key) => book.calls.find((call) => sessionOf(call) === key),
    keyOf: sessionOf,
    secrets: [apiKey, accessToken],
    port: options.recordingPort ?? 0,
    logIn: options.recordingLogIn ?? null,
    hasExpiringAddresses: options.hasExpiringRecordings ?? false,
  })
  const ledger = options.keepsLedger === true ? new Ledger() : null
  const shapeOf = (campaignId: string): LogShape => options.shapes?.[campaignId] ?? 'inbound'
  let hugeSent: SentAnswer | null = null
  const setFaults: Simulator['setFaults'] = (faults) => {
    mischief.set(faults)
    host.setFaults(faults)
  }
  setFaults(options.faults ?? [])

  function answerOf(campaignId: string): { answer: unknown; told: { id: string; record: unknown }[] } {
    const faults = mischief.strike('data', 'list')
    for (const fault of faults) fault.arrange?.(book.world(campaignId))
    const shape = shapeOf(campaignId)
    const listed = book.calls.filter((call) => call.campaignId === campaignId)
    const written = listed.map((call) => ({
      id: logIdOf(call, shape),
      record: logOf(call, recordings === null ? null : host.urlOf(call), shape) as unknown,
    }))
    let told: typeof written = written
    for (const { page } of faults) if (page !== undefined) told = page(told, written, 0)
    for (const { record } of faults)
      if (record !== undefined)
        told = told.map((log, at) => ({
          ...log,
          record: isObject(log.record) ? record(log.record, at) : log.record,
        }))
    const logs = told.map(({ record }) => record)
    let answer: unknown = {
      responseCode: 2000,
      message: 'Inbound campaign logs fetched successfully',
      data:
        shape === 'workflow'
          ? logs
          : {
              analytics: {
                'Total Contacts': listed.length,
                // As in the captured answer: the sum of the seconds.
                'Total Conversations': Math.floor(listed.reduce((sum, call) => sum + call.lengthSec, 0)),
              },
              logs,
            },
    }
    for (const { envelope } of faults)
      if (envelope !== undefined && isObject(answer)) answer = envelope(answer)
    return { answer, told }
  }

  /** Campaigns as the reference pages list them, by their kind. */
  const campaignsOf = (shape: LogShape): Json[] =>
    campaigns
      .filter((campaignId) => shapeOf(campaignId) === shape)
      .map((campaignId) => ({
        id: campaignId,
        name: `Campaign ${campaignId}`,
        status: 'active',
        created_at: '2026-01-01T08:00:00.000Z',
      }))

  const server = await listen(options.port ?? 0, async (request, response, url) => {
    if (options.delayMs !== undefined) await pause(options.delayMs)
    const { authorization, 'x-access-token': token } = request.headers
    if (authorization !== `Bearer ${apiKey}` || token !== accessToken)
      return sendJson(response, 401, { responseCode: 4010, message: 'Unathorized acess' })
    const path = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : ''
    if (request.method !== 'GET')
      return sendText(response, 404, `<pre>Cannot ${request.method} ${path}</pre>`, 'text/html')
    const outgoing = {
      response,
      status: 200,
      otherUrl: host.url,
      target: request.url ?? '/',
      headers: request.headers,
    }
    const kind = LISTS[path]
    if (kind !== undefined) {
      const json = { responseCode: 2000, message: 'Campaigns fetched sucessfully', data: campaignsOf(kind) }
      sendAnswer(mischief, 'list', { ...outgoing, json: JSON.stringify(json) })
      return
    }
    const asked = /^\/(campaigns\/outbound|workflows)\/logs\/([^/]+)$/.exec(path)
    if (asked === null) return sendText(response, 404, `<pre>Cannot GET ${path}</pre>`, 'text/html')
    const campaignId = decodeURIComponent(asked[2] ?? '')
    const isWorkflow = shapeOf(campaignId) === 'workflow'
    if (!campaigns.includes(campaignId) || isWorkflow !== (asked[1] === 'workflows'))
      return sendJson(response, 200, { responseCode: 4040, message: 'Campain not found', data: null })
    options.onRequest?.('list')
    if (options.huge !== undefined) {
      hugeSent = await sendHugeAnswer(response, options.huge, hugeLogs(book.calls, shapeOf(campaignId)))
      return
    }
    const { answer, told } = answerOf(campaignId)
    const isWhole = sendAnswer(mischief, 'list', { ...outgoing, json: JSON.stringify(answer) })
    if (isWhole) ledger?.noteList(campaignId, 0, told)
  })

  return {
    apiKey,
    accessToken,
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
    get hugeSent() {
      return hugeSent
    },
    get calls() {
      return book.calls
    },
    get externalIds() {
      return book.calls.map((call) => logIdOf(call, shapeOf(call.campaignId)))
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

export { sessionOf } from './malakai-shapes'
