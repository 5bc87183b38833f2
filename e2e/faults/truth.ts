import type { SimulatedCall } from '../vendors'
import { logIdOf } from '../vendors/malakai-shapes'
import type { Setting } from './world'

export interface TrueTurn {
  speaker: 'agent' | 'caller' | 'other'
  text: string
  redirect: string | null
  startMs: number | null
}

/** What the cache has to say of a call: worked out from the simulator's own call, without any of Earmark's parsers. */
export interface Truth {
  externalId: string
  completeness: 'summary' | 'detail'
  /** null: the vendor gives none; the cache has when the call was first seen. */
  startedAtMs: number | null
  durationMs: number | null
  status: string | null
  sentiment: string | null
  goalAchieved: string | null
  from: string | null
  to: string | null
  party: string | null
  summary: string | null
  vendorScore: number | null
  campaignId: string | null
  turns: TrueTurn[]
  /** Some of the other fields. */
  fields: Record<string, unknown>
  hasRecording: boolean
}

/** What a case expects of a call instead of the plain truth. */
export type Change = (truth: Truth, call: SimulatedCall) => Truth

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function truthOf(call: SimulatedCall, setting: Setting): Truth {
  const plain =
    setting.vendor === 'malakai'
      ? malakaiTruth(call, setting.shape ?? 'inbound')
      : prosperTruth(call, setting.dialect === 'openapi' || setting.isWholeOrganisation === true)
  return withChanges(plain, call)
}

const turnsOf = (call: SimulatedCall): TrueTurn[] =>
  call.turns.map((turn) => ({
    speaker: turn.who,
    text: turn.text.trim(),
    redirect: null,
    startMs: Math.round(turn.atSec * 1000),
  }))

function prosperTruth(call: SimulatedCall, isOpenApi: boolean): Truth {
  return {
    externalId: String(call.id),
    completeness: 'detail',
    startedAtMs: call.createdAtMs,
    durationMs: Math.round(call.lengthSec) * 1000,
    status: call.status,
    sentiment: null,
    goalAchieved: null,
    from: isOpenApi ? call.line : null,
    to: call.person,
    party: call.person,
    summary: null,
    vendorScore: isOpenApi || call.turns.length > 0 ? call.score : null,
    campaignId: call.campaignId,
    turns: turnsOf(call),
    fields: isOpenApi
      ? {
          call_ended_reason: call.turns.length === 0 ? 'no-answer' : 'hang-up',
          post_call_data: { appointment_scheduled: call.goalAchieved },
        }
      : {
          outcome: call.goalAchieved ? 'settled' : 'open',
          extracted_data: {
            appointment_scheduled: call.goalAchieved,
            customer_interest_level: call.sentiment,
          },
        },
    hasRecording: call.hasRecording,
  }
}

function malakaiTruth(call: SimulatedCall, shape: 'inbound' | 'outbound' | 'workflow'): Truth {
  const spoken: TrueTurn[] = turnsOf(call).map((turn) => ({ ...turn, startMs: null }))
  const last = spoken.findLast(({ speaker }) => speaker === 'agent')
  if (last !== undefined) last.redirect = call.redirect
  const unspoken: TrueTurn = { speaker: 'caller', text: '---', redirect: null, startMs: null }
  const isOutbound = shape === 'outbound'
  return {
    externalId: logIdOf(call, shape),
    completeness: 'detail',
    startedAtMs: shape === 'inbound' ? null : call.createdAtMs,
    durationMs:
      shape === 'inbound'
        ? Math.round((call.lengthSec + 0.0190339565) * 1000)
        : Math.round(call.lengthSec) * 1000,
    status: call.status,
    sentiment: call.sentiment,
    goalAchieved: call.goalAchieved ? 'yes' : 'no',
    from: isOutbound ? call.line : call.person,
    to: isOutbound ? call.person : call.line,
    party: call.person,
    summary: call.summary,
    vendorScore: null,
    campaignId: call.campaignId,
    turns: spoken.length === 0 ? [] : [unspoken, ...spoken],
    fields: isOutbound ? { analysis: { 'Was the request settled?': call.goalAchieved ? 'yes' : 'no' } } : {},
    hasRecording: call.hasRecording,
  }
}

/** What the vendor changed later (`updateCall`): the keys that cases change. */
function withChanges(truth: Truth, { changes }: SimulatedCall): Truth {
  const changed = { ...truth }
  if (typeof changes.status === 'string') changed.status = changes.status
  if (typeof changes.sentiment === 'string') changed.sentiment = changes.sentiment
  if (typeof changes.call_summary === 'string') changed.summary = changes.call_summary
  for (const results of [changes.qa_results, changes.qa])
    if (isObject(results) && typeof results.overall_score === 'number')
      changed.vendorScore = results.overall_score
  if (Array.isArray(changes.transcript))
    changed.turns = changes.transcript.filter(isObject).map((turn) => ({
      speaker: turn.speaker === 'agent' ? 'agent' : 'caller',
      text: String(turn.text).trim(),
      redirect: null,
      startMs: typeof turn.timestamp === 'number' ? Math.round(turn.timestamp * 1000) : null,
    }))
  return changed
}
