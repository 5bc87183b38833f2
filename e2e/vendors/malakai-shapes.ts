import { hexOf, type SimulatedCall } from './calls'

type Json = Record<string, unknown>

/** The three kinds of logs that Malakai has: of inbound and outbound campaigns, and of workflows. */
export type LogShape = 'inbound' | 'outbound' | 'workflow'

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

/** The id that Malakai's logs of this shape tell calls apart by: outbound ones have one of their own. */
export const logIdOf = (call: SimulatedCall, shape: LogShape): string =>
  shape === 'outbound' ? hexOf(call, 'log', 24) : sessionOf(call)

/** A log of the given shape. */
export function logOf(call: SimulatedCall, recordingUrl: string | null, shape: LogShape): Json {
  if (call.record !== undefined) {
    const { transcript } = call.record
    return {
      ...call.record,
      transcript: { ...(isObject(transcript) ? transcript : {}), recording_url: recordingUrl },
      ...call.changes,
    }
  }
  const write = { inbound: inboundLog, outbound: outboundLog, workflow: workflowLog }[shape]
  return { ...write(call, recordingUrl), ...call.changes }
}

/** The first turn unspoken, contents of the caller with a space in front. */
function conversationOf(call: SimulatedCall): Json[] {
  const conversation = call.turns.map((turn) => ({
    role: turn.who === 'agent' ? 'assistant' : 'user',
    content: turn.who === 'agent' ? turn.text : ` ${turn.text}`,
  }))
  const last = conversation.findLast(({ role }) => role === 'assistant')
  if (last !== undefined && call.redirect !== null) last.content += ` REDIRECT_${call.redirect}`
  return conversation.length === 0 ? [] : [{ role: 'user', content: '---' }, ...conversation]
}

/** An element of `data.logs` as the captured page has it: neither an id nor a date. */
const inboundLog = (call: SimulatedCall, recordingUrl: string | null): Json => ({
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
  transcript: { conversation: conversationOf(call), recording_url: recordingUrl },
})

/** As the reference page of outbound logs has it: an id, dates, who was called as a list, `analysis` as a JSON text. */
const outboundLog = (call: SimulatedCall, recordingUrl: string | null): Json => ({
  id: logIdOf(call, 'outbound'),
  created_at: new Date(call.createdAtMs).toISOString(),
  updated_at: new Date(call.createdAtMs + 3_600_000).toISOString(),
  contact_number: [call.person],
  from: call.line,
  status: call.status,
  call_sid: `CA${hexOf(call, 'sid', 32)}`,
  sentiment: call.sentiment,
  outbound_id: hexOf({ ...call, id: 0 }, 'outbound', 24),
  session_id: sessionOf(call),
  call_summary: call.summary,
  call_duration: Math.round(call.lengthSec),
  goal_achieved: call.goalAchieved ? 'yes' : 'no',
  tags: ['simulated'],
  analysis: JSON.stringify({ 'Was the request settled?': call.goalAchieved ? 'yes' : 'no' }),
  transcript: { conversation: conversationOf(call) },
  recording_url: recordingUrl,
})

/** As the reference page of workflow logs has it: the conversation is a JSON text, the length has its unit with it. */
const workflowLog = (call: SimulatedCall, recordingUrl: string | null): Json => ({
  workflow_id: call.campaignId,
  session_id: sessionOf(call),
  from: call.person,
  number: call.line,
  status: call.status,
  sentiment: call.sentiment,
  call_summary: call.summary,
  call_duration: `${Math.round(call.lengthSec)} seconds`,
  created_at: new Date(call.createdAtMs).toISOString(),
  goal_achieved: call.goalAchieved ? 'yes' : 'no',
  conversation: JSON.stringify(conversationOf(call)),
  recording_url: recordingUrl,
})
