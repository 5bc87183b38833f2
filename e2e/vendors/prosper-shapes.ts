import { hexOf, type SimulatedCall } from './calls'

type Json = Record<string, unknown>

const instant = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** Only fields that the record has may be changed in a summary. */
const changed = (record: Json, call: SimulatedCall): Json => ({
  ...record,
  ...Object.fromEntries(Object.entries(call.changes).filter(([key]) => key in record)),
})

const targetOf = (call: SimulatedCall): string =>
  hexOf(call, 'target', 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A row of the captured page's list. */
export function summaryOf(call: SimulatedCall): Json {
  if (call.record !== undefined) {
    const { call_log_id, target_id, status, duration, created_at } = call.record
    return { call_log_id, target_id, status, duration, created_at, phone_number: call.person }
  }
  return changed(
    {
      call_log_id: call.id,
      target_id: targetOf(call),
      status: call.status,
      duration: Math.round(call.lengthSec),
      created_at: instant(call.createdAtMs),
      phone_number: call.person,
    },
    call,
  )
}

const criteriaOf = (call: SimulatedCall): Json => ({
  greeting: { score: Math.min(100, call.score + 5), comment: 'The agent said who is calling.' },
  resolution: { score: call.score, passed: call.score >= 70 },
})

/** The captured page's detail. */
export function detailOf(call: SimulatedCall, recordingUrls: readonly (string | null)[] | null): Json {
  const recordings = recordingUrls === null ? {} : { recording_urls: recordingUrls }
  if (call.record !== undefined) return { ...call.record, ...recordings, ...call.changes }
  return {
    call_log_id: call.id,
    target_id: targetOf(call),
    campaign_id: call.campaignId,
    status: call.status,
    duration: Math.round(call.lengthSec),
    transcript: call.turns.map((turn) => ({
      speaker: turn.who === 'agent' ? 'agent' : 'user',
      text: turn.text,
      timestamp: turn.atSec,
    })),
    extracted_data: { appointment_scheduled: call.goalAchieved, customer_interest_level: call.sentiment },
    qa_results: call.turns.length === 0 ? null : { overall_score: call.score, criteria: criteriaOf(call) },
    outcome: call.goalAchieved ? 'settled' : 'open',
    next_steps: call.redirect === null ? [] : [`Call back by ${call.redirect}`],
    created_at: instant(call.createdAtMs),
    completed_at: instant(call.createdAtMs + Math.round(call.lengthSec) * 1000),
    ...recordings,
    ...call.changes,
  }
}

/** A call of the OpenAPI description: complete in lists too, the recordings aside. */
export function openApiCall(call: SimulatedCall, recordingUrls: readonly (string | null)[] | null): Json {
  return {
    id: String(call.id),
    campaign_id: call.campaignId,
    campaign_target_id: targetOf(call),
    status: call.status,
    call_length: `${Math.round(call.lengthSec)}`,
    from_: call.line,
    to: call.person,
    transcripts: call.turns.map((turn) => ({
      role: turn.who === 'agent' ? 'agent' : 'user',
      content: turn.text,
      timestamp: String(turn.atSec),
    })),
    post_call_data: { appointment_scheduled: call.goalAchieved },
    qa: { overall_score: call.score, criteria: criteriaOf(call) },
    call_categorization: call.goalAchieved ? 'success' : 'follow-up',
    call_ended_reason: call.turns.length === 0 ? 'no-answer' : 'hang-up',
    agent_data: { version: 3 },
    created_at: instant(call.createdAtMs),
    ...(recordingUrls === null ? {} : { recording_urls: [...recordingUrls, null] }),
    ...call.changes,
  }
}
