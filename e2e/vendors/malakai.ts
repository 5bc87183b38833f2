import { tones } from './audio'
import { hexOf, type SimulatedCall } from './calls'
import { Mischief, sendAnswer } from './faults'
import { startRecordingHost } from './recording-host'
import { listen, sendJson, sendText } from './server'
import { CallBook, pause, type Simulator, type SimulatorOptions } from './simulator'

export interface MalakaiSimulatorOptions extends SimulatorOptions {
  accessToken?: string
}

export interface MalakaiSimulator extends Simulator {
  readonly apiKey: string
  readonly accessToken: string
}

type Json = Record<string, unknown>

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
  })
  const setFaults: Simulator['setFaults'] = (faults) => {
    mischief.set(faults)
    host.setFaults(faults)
  }
  setFaults(options.faults ?? [])

  function answerOf(campaignId: string): unknown {
    const faults = mischief.strike('data', 'list')
    const world = {
      calls: book.calls,
      addCall: (place: 'newest' | 'oldest') => book.addOne(place, campaignId),
    }
    for (const fault of faults) fault.arrange?.(world)
    const listed = book.calls.filter((call) => call.campaignId === campaignId)
    const written = listed.map((call) => logOf(call, recordings === null ? null : host.urlOf(call)))
    let logs: unknown[] = written
    for (const { page } of faults) if (page !== undefined) logs = page(logs, written, 0)
    for (const { record } of faults)
      if (record !== undefined) logs = logs.map((log, at) => (isObject(log) ? record(log, at) : log))
    let answer: unknown = {
      responseCode: 2000,
      message: 'Inbound campaign logs fetched successfully',
      data: {
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
    return answer
  }

  const server = await listen(options.port ?? 0, async (request, response, url) => {
    if (options.delayMs !== undefined) await pause(options.delayMs)
    const { authorization, 'x-access-token': token } = request.headers
    if (authorization !== `Bearer ${apiKey}` || token !== accessToken)
      return sendJson(response, 401, { responseCode: 4010, message: 'Unathorized acess' })
    const path = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : ''
    const asked = /^\/campaigns\/outbound\/logs\/([^/]+)$/.exec(path)?.[1]
    if (asked === undefined || request.method !== 'GET')
      return sendText(response, 404, `<pre>Cannot ${request.method} ${path}</pre>`, 'text/html')
    const campaignId = decodeURIComponent(asked)
    if (!campaigns.includes(campaignId))
      return sendJson(response, 200, { responseCode: 4040, message: 'Campain not found', data: null })
    sendAnswer(mischief, 'list', {
      response,
      status: 200,
      json: JSON.stringify(answerOf(campaignId)),
      otherUrl: host.url,
      target: request.url ?? '/',
    })
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
    get calls() {
      return book.calls
    },
    get externalIds() {
      return book.calls.map(sessionOf)
    },
    setFaults,
    addCalls: (calls) => book.add(calls),
    updateCall: (id, changes) => book.update(id, changes),
    removeCall: (id) => book.remove(id),
    async close() {
      await server.close()
      await host.close()
    },
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Malakai's `session_id` of a call: what stands for its id. */
export function sessionOf(call: SimulatedCall): string {
  if (typeof call.record?.session_id === 'string') return call.record.session_id
  const known = sessions.get(call) ?? hexOf(call, 'session', 24)
  sessions.set(call, known)
  return known
}

/** Hashing is slow where every request looks through all calls. */
const sessions = new WeakMap<SimulatedCall, string>()

/** An element of `data.logs`: neither an id nor a date, the first turn unspoken, contents with a space in front. */
function logOf(call: SimulatedCall, recordingUrl: string | null): Json {
  if (call.record !== undefined) {
    const { transcript } = call.record
    return {
      ...call.record,
      transcript: { ...(isObject(transcript) ? transcript : {}), recording_url: recordingUrl },
      ...call.changes,
    }
  }
  const conversation = call.turns.map((turn) => ({
    role: turn.who === 'agent' ? 'assistant' : 'user',
    content: turn.who === 'agent' ? turn.text : ` ${turn.text}`,
  }))
  const last = conversation.findLast(({ role }) => role === 'assistant')
  if (last !== undefined && call.redirect !== null) last.content += ` REDIRECT_${call.redirect}`
  return {
    from: call.person,
    number: call.line,
    status: call.status,
    call_sid: `CA${hexOf(call, 'sid', 32)}`,
    sentiment: call.sentiment,
    inbound_id: hexOf({ ...call, id: 0 }, 'inbound', 24),
    session_id: sessionOf(call),
    call_summary: call.summary,
    call_duration: call.lengthSec + 0.0190339565,
    goal_achieved: call.goalAchieved ? 'yes' : 'no',
    transcript: {
      conversation: conversation.length === 0 ? [] : [{ role: 'user', content: '---' }, ...conversation],
      recording_url: recordingUrl,
    },
    ...call.changes,
  }
}
