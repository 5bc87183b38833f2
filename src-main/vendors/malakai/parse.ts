import type { JsonValue } from '@contract'
import { isObject, type JsonObject, toJsonValue } from '../json'
import { quoteOf } from '../problems'
import { isFinalStatus, makeTurn } from '../turns'
import { decodeNested, readId, readInstantMs, readLengthMs, readText, readUrls } from '../values'
import type { ParseContext, RecognisedKind } from '../vendor'
import type { ParsedAnswer, UnreadableRecord, VendorCall, VendorTurn } from '../vendor-call'
import { identityOf } from './identity'

/** Whether this JSON is Malakai's: an answer with logs, an error answer, one log, or a list of logs. */
export function recognise(json: unknown): RecognisedKind | null {
  if (Array.isArray(json)) return json.some(looksLikeLog) ? 'logs' : null
  if (!isObject(json)) return null
  if ('responseCode' in json) {
    if (!isSuccess(json)) return 'error'
    // The list of campaigns has the envelope of workflow logs: its rows must not become calls.
    const { data } = json
    if (Array.isArray(data)) return data.length === 0 || data.some(looksLikeLog) ? 'logs' : null
    return logsIn(json) === null ? null : 'logs'
  }
  if (looksLikeLog(json)) return 'record'
  const logs = logsIn(json)
  if (logs === null) return null
  return logs.some(looksLikeLog) || (logs.length === 0 && isObject(json.data) && 'analytics' in json.data)
    ? 'logs'
    : null
}

function looksLikeLog(value: unknown): boolean {
  if (!isObject(value) || 'call_log_id' in value) return false
  const own = [
    'call_sid',
    'session_id',
    'inbound_id',
    'call_summary',
    'goal_achieved',
    'call_duration',
    'workflow_id',
  ]
  const isNested = isObject(value.transcript) && 'conversation' in value.transcript
  return own.filter((key) => key in value).length + (isNested || 'conversation' in value ? 1 : 0) >= 2
}

/** Success stands in the body: `responseCode` 2000, whatever the HTTP status says. */
export function isSuccess(json: JsonObject): boolean {
  return readText(json.responseCode) === '2000'
}

/** The logs of an answer: `data.logs`, or `data` itself (workflows). A null list is empty; null: there is no list. */
export function logsIn(json: unknown): readonly unknown[] | null {
  if (!isObject(json)) return null
  const { data } = json
  if (Array.isArray(data)) return data
  const holder = isObject(data) ? data : json
  if (!('logs' in holder)) return null
  if (holder.logs === null) return []
  return Array.isArray(holder.logs) ? holder.logs : null
}

/** Any JSON of Malakai's to calls. An error answer becomes one unreadable record that quotes it. */
export function parse(json: unknown, context: ParseContext): ParsedAnswer {
  const answer: ParsedAnswer = { calls: [], unreadable: [], campaignInfo: {} }
  if (isObject(json) && 'responseCode' in json && !isSuccess(json)) {
    const reason = `Malakai answered with ${codeAndMessage(json)} instead of calls.`
    answer.unreadable.push({ externalId: null, reason, raw: toJsonValue(json).value })
    return answer
  }
  const logs = Array.isArray(json) ? json : logsIn(json)
  for (const log of logs ?? [json]) {
    const read = parseLog(log, context)
    if ('reason' in read) answer.unreadable.push(read)
    else answer.calls.push(read)
  }
  if (isObject(json) && logs !== null) answer.campaignInfo = infoOf(json, context, answer.calls)
  return answer
}

/** The code and message of an answer, as a person can read them. */
export function codeAndMessage(json: JsonObject): string {
  const code = readText(json.responseCode)
  const message = quoteOf(json.message)
  return [code === null ? 'no code' : `code ${code}`, message].filter(Boolean).join(' and the message ')
}

/** What an answer says beside its logs (`responseCode`, `message`, `data.analytics` …), under its campaign. */
function infoOf(
  json: JsonObject,
  context: ParseContext,
  calls: readonly VendorCall[],
): Record<string, JsonValue> {
  const { data, logs: _logs, ...outer } = json
  const { logs: _inner, ...inner } = isObject(data) ? data : {}
  const info = toJsonValue({ ...outer, ...inner }).value
  const ids = new Set(calls.map((call) => call.campaignId))
  const onlyId = ids.size === 1 ? (calls[0]?.campaignId ?? null) : null
  return { [context.campaignId ?? onlyId ?? '']: info }
}

/** One log to a call, or the reason why it can't be read. */
export function parseLog(json: unknown, context: ParseContext): VendorCall | UnreadableRecord {
  const { value: raw, isCut } = toJsonValue(json)
  if (!isObject(json)) return { externalId: null, reason: 'The record is not an object with fields.', raw }
  const externalId = identityOf(json)
  if (isCut) return { externalId, reason: 'The record is nested more than 200 levels deep.', raw }
  if (externalId === null) {
    const reason =
      'The record has nothing by which to know its call again (no "session_id", "call_sid", number, length or conversation).'
    return { externalId, reason, raw }
  }

  const transcript = decodeNested(json.transcript)
  const outer = isObject(transcript) ? transcript : {}
  const conversation = decodeNested(
    outer.conversation ??
      (Array.isArray(transcript) || isPlainText(transcript) ? transcript : json.conversation),
  )
  const turns = readTurns(conversation)
  const recordingUrls = [
    ...new Set(
      [outer.recording_url, json.recording_url, json.recording_urls, json.audio_url].flatMap((given) =>
        readUrls(given, context.baseUrl),
      ),
    ),
  ]

  // Only what was understood leaves the other fields.
  const used = new Set<string>()
  const take = <T>(read: (value: unknown) => T | null, key: string): T | null => {
    const value = read(json[key])
    if (value !== null) used.add(key)
    return value
  }
  if (turns.length > 0) used.add('conversation')
  for (const key of ['recording_url', 'recording_urls', 'audio_url']) {
    if (readUrls(json[key]).length > 0 || json[key] === null || json[key] === '') used.add(key)
  }
  const fields = otherFields(json, transcript, turns.length > 0)

  const inboundId = readId(json.inbound_id) ?? readId(json.campaign_id) ?? readId(json.outbound_id)
  const status = take(readText, 'status')
  const from = take(readText, 'from')
  const number = take(readText, 'number')
  // The contact list holds the person called on an outbound campaign; on an inbound one, who rang is the person.
  const contact = contactIn(json.contact_number)
  const isOutbound =
    readId(json.inbound_id) === null && (readId(json.outbound_id) !== null || 'contact_number' in json)
  const call: VendorCall = {
    vendor: 'malakai',
    externalId,
    completeness: 'detail',
    isFinal: isFinalStatus(status),
    campaignId: context.campaignId ?? inboundId ?? readId(json.workflow_id),
    startedAtMs:
      take(readInstantMs, 'created_at') ??
      take(readInstantMs, 'createdAt') ??
      take(readInstantMs, 'started_at'),
    endedAtMs: null,
    durationMs: take(readLengthMs, 'call_duration'),
    status,
    sentiment: take(readText, 'sentiment'),
    goalAchieved: take(readText, 'goal_achieved'),
    from,
    to: number ?? contact,
    party: contact ?? (isOutbound ? number : from),
    summary: take(readText, 'call_summary'),
    vendorScore: null,
    turns,
    recordingUrls,
    fields: {},
    raw,
  }
  call.fields = Object.fromEntries(Object.entries(fields).filter(([key]) => !used.has(key)))
  return call
}

const isPlainText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** The first number of `contact_number`: a list, a list inside a text, or one number. */
function contactIn(value: unknown): string | null {
  const decoded = decodeNested(value)
  for (const item of Array.isArray(decoded) ? decoded : [decoded]) {
    const text = readText(isObject(item) ? (item.number ?? item.phone_number) : item)
    if (text !== null) return text
  }
  return null
}

/**
 * Every field under the vendor's name; JSON inside a text (`analysis`) decoded; of the transcript only what is
 * neither its turns nor its recording.
 */
function otherFields(json: JsonObject, transcript: unknown, hasTurns: boolean): Record<string, JsonValue> {
  const { transcript: _transcript, ...others } = json
  const fields = Object.entries(others).map(
    ([key, value]) => [key, toJsonValue(decodeNested(value)).value] as const,
  )
  const rest = isObject(transcript)
    ? Object.fromEntries(
        Object.entries(transcript).filter(
          ([key, value]) =>
            !(
              key === 'conversation' &&
              (hasTurns || value === null || (Array.isArray(value) && value.length === 0))
            ) && !(key === 'recording_url' && (value === null || value === '' || readUrls(value).length > 0)),
        ),
      )
    : (Array.isArray(transcript) || isPlainText(transcript)) && hasTurns
      ? {}
      : transcript
  const isEmpty = rest === undefined || rest === null || (isObject(rest) && Object.keys(rest).length === 0)
  return Object.fromEntries(isEmpty ? fields : [...fields, ['transcript', toJsonValue(rest).value]])
}

const NO_TIMES = { startMs: null, endMs: null }

/** `{role, content}` each; other texts are read as a turn without a speaker, better than none. */
function readTurns(conversation: unknown): VendorTurn[] {
  if (typeof conversation === 'string') {
    return conversation.trim() === '' ? [] : [makeTurn(null, conversation, NO_TIMES, false)]
  }
  if (!Array.isArray(conversation)) return []
  const turns: VendorTurn[] = []
  for (const item of conversation) {
    if (typeof item === 'string') turns.push(makeTurn(null, item, NO_TIMES, false))
    if (!isObject(item)) continue
    const content = item.content ?? item.text ?? item.message
    const text = typeof content === 'string' ? content : (readText(content) ?? '')
    const times = { startMs: readLengthMs(item.timestamp ?? item.start), endMs: readLengthMs(item.end) }
    turns.push(makeTurn(readText(item.role ?? item.speaker), text, times, true))
  }
  return turns
}
