/** The vendors' answers, in the shapes of their documentation. */
import { seededHex, seededUuid } from './random.mjs'

const transcriptTurns = (call) => call.turns.filter((turn) => turn.text && !turn.hidden)

/**
 * Prosper's detail answer (`GET /api/v1/call-logs/{call_log_id}`). `performed`: `{ lengthSec, turns }`
 * of the recording, or null.
 */
export function prosperDetail(call, performed) {
  if (call.record) return call.record
  const durationSec = Math.round(performed?.lengthSec ?? 0)
  return {
    call_log_id: call.id,
    target_id: seededUuid(`target of ${call.id}`),
    campaign_id: call.campaign,
    status: call.status ?? 'completed',
    duration: durationSec,
    transcript: transcriptTurns(call).map((turn, index) => ({
      speaker: turn.who === 'agent' ? 'agent' : 'user',
      text: turn.text,
      ...timestamp(call.timing, performed?.turns[index]?.startSec),
    })),
    extracted_data: call.extracted,
    ...(call.qa === undefined ? {} : { qa_results: call.qa }),
    ...(call.outcome === undefined ? {} : { outcome: call.outcome }),
    ...(call.nextSteps === undefined ? {} : { next_steps: call.nextSteps }),
    created_at: call.createdAt,
    completed_at: performed ? addSeconds(call.createdAt, durationSec) : null,
  }
}

/** A row of Prosper's list answer (`GET /api/v1/campaigns/call-logs`). */
export function prosperListRow(call, performed) {
  if (call.listRow) return call.listRow
  const status = call.status ?? 'completed'
  return {
    call_log_id: call.id,
    target_id: seededUuid(`target of ${call.id}`),
    status,
    duration: status === 'in_progress' ? null : Math.round(performed?.lengthSec ?? 0),
    created_at: call.createdAt,
    phone_number: call.phone,
  }
}

/** Prosper's list answer with `rows` as its only page. */
export const prosperList = (rows) => ({ items: rows, total: rows.length, page: 1, page_size: 50 })

/** One element of `data.logs` in Malakai's answer. */
export function malakaiLog(call, performed) {
  if (call.record) return call.record
  return {
    from: call.from,
    number: call.number,
    status: call.status ?? 'completed',
    call_sid: `CA${seededHex(`call of ${call.id}`, 32)}`,
    sentiment: call.sentiment,
    inbound_id: seededHex(`campaign ${call.campaign}`, 24),
    session_id: call.id,
    call_summary: call.summary,
    call_duration: performed?.lengthSec ?? 0,
    goal_achieved: call.goalAchieved,
    transcript: {
      conversation: transcriptTurns(call).map((turn) => ({
        role: turn.who === 'agent' ? 'assistant' : 'user',
        content: turn.who === 'agent' || turn.silent ? turn.text : ` ${turn.text}`,
      })),
      recording_url: performed ? `https://recordings.example/${call.id}.${performed.extension}` : null,
    },
  }
}

/** Malakai's whole answer (`GET /campaigns/outbound/logs/{id}`). */
export const malakaiAnswer = (logs) => ({
  responseCode: 2000,
  message: 'Inbound campaign logs fetched successfully',
  data: {
    analytics: {
      'Total Contacts': logs.length,
      // What the documentation calls conversations is the sum of all seconds.
      'Total Conversations': Math.floor(logs.reduce((sum, log) => sum + log.call_duration, 0)),
    },
    logs,
  },
})

/** `timing`: 'exact' (hundredths), 'whole' (seconds), 'null' (given as null), 'absent' (no field). */
function timestamp(timing, startSec) {
  if (timing === 'absent') return {}
  if (timing === 'null') return { timestamp: null }
  return { timestamp: timing === 'whole' ? Math.floor(startSec) : Math.round(startSec * 100) / 100 }
}

const addSeconds = (instant, sec) =>
  new Date(Date.parse(instant) + sec * 1000).toISOString().replace('.000Z', 'Z')
