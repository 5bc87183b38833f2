import type { JsonValue } from '@contract'
import { isObject, type JsonObject, toJsonValue } from '../json'
import { isFinalStatus, makeTurn, speakerOf } from '../turns'
import {
  decodeNested,
  readId,
  readInstantMs,
  readLengthMs,
  readList,
  readNumber,
  readText,
  readUrls,
} from '../values'
import type { ParseContext, RecognisedKind } from '../vendor'
import type { ParsedAnswer, UnreadableRecord, VendorCall, VendorTurn } from '../vendor-call'

/** Whether this JSON is Prosper's: either dialect's list, a call in full, or a list of those. */
export function recognise(json: unknown): RecognisedKind | null {
  if (Array.isArray(json)) return json.some(looksLikeCall) ? 'list' : null
  if (!isObject(json)) return null
  const rows = listIn(json)
  if (rows !== null) {
    const isPaged = ['total', 'page', 'page_size', 'page_count', 'next_page'].some((key) => key in json)
    return 'call_logs' in json || rows.some(looksLikeCall) || (rows.length === 0 && isPaged) ? 'list' : null
  }
  if (!looksLikeCall(json)) return null
  return transcriptIn(json) === undefined ? 'record' : 'detail'
}

function looksLikeCall(value: unknown): boolean {
  if (!isObject(value)) return false
  if ('call_log_id' in value) return true
  const own = [
    'call_length',
    'call_ended_reason',
    'call_categorization',
    'campaign_target_id',
    'post_call_data',
  ]
  return 'id' in value && ('transcripts' in value || own.some((key) => key in value))
}

/** The rows of a list answer in either dialect; null when it is no list. A null list is an empty one. */
export function listIn(json: unknown): readonly unknown[] | null {
  if (!isObject(json) || 'call_log_id' in json) return null
  for (const key of ['items', 'call_logs'])
    if (key in json && isListOrNull(json[key])) return readList(json[key])
  return null
}

const isListOrNull = (value: unknown): boolean => value === null || Array.isArray(value)

/** Any JSON of Prosper's to calls: a list of either dialect, a detail, a list of details. */
export function parse(json: unknown, context: ParseContext): ParsedAnswer {
  const rows = Array.isArray(json) ? json : (listIn(json) ?? [json])
  const answer: ParsedAnswer = { calls: [], unreadable: [], campaignInfo: envelopeInfo(json, context) }
  for (const row of rows) {
    const read = parseCall(row, context)
    if ('reason' in read) answer.unreadable.push(read)
    else answer.calls.push(read)
  }
  return answer
}

const ENVELOPE = new Set([
  'items',
  'call_logs',
  'total',
  'page',
  'page_size',
  'limit',
  'page_count',
  'next_page',
])

/** What a list says beside its calls and its paging: nothing, in the published shapes. */
function envelopeInfo(json: unknown, context: ParseContext): Record<string, JsonValue> {
  if (!isObject(json) || listIn(json) === null) return {}
  const extra = Object.entries(json).filter(([key]) => !ENVELOPE.has(key))
  if (extra.length === 0) return {}
  return { [context.campaignId ?? '']: toJsonValue(Object.fromEntries(extra)).value }
}

/** One record of either dialect, summary or detail, to a call, or the reason why it can't be read. */
export function parseCall(json: unknown, context: ParseContext): VendorCall | UnreadableRecord {
  const { value: raw, isCut } = toJsonValue(json)
  if (!isObject(json)) return { externalId: null, reason: 'The record is not an object with fields.', raw }
  const externalId = readId(json.call_log_id) ?? readId(json.id)
  if (isCut) return { externalId, reason: 'The record is nested more than 200 levels deep.', raw }
  if (externalId === null) {
    return { externalId, reason: 'The record has no usable id (neither "call_log_id" nor "id").', raw }
  }

  // Only what was understood leaves the other fields: nothing is lost in between.
  const used = new Set(readId(json.call_log_id) === null ? ['id'] : ['call_log_id', 'id'])
  const take = <T>(read: (value: unknown) => T | null, ...keys: string[]): T | null => {
    let taken: T | null = null
    for (const key of keys) {
      const value = key in json ? read(json[key]) : null
      if (value === null) continue
      if (taken === null) {
        taken = value
        used.add(key)
      }
    }
    return taken
  }

  const transcript = transcriptIn(json)
  const turns = transcript === undefined ? [] : readTurns(json[transcript])
  if (transcript !== undefined && (turns !== null || json[transcript] === null)) used.add(transcript)

  const recordingUrls: string[] = []
  for (const key of ['recording_urls', 'recording_url']) {
    const urls = readUrls(json[key], context.baseUrl)
    if (urls.length > 0 || isNothing(json[key])) used.add(key)
    for (const url of urls) if (!recordingUrls.includes(url)) recordingUrls.push(url)
  }

  const status = take(readText, 'status')
  const phone = take(readText, 'phone_number')
  // A campaign calls its targets: the number of the list is the one that was called.
  const to = take(readText, 'to') ?? phone
  // With a campaign or a target the agent is who rang: the person is the one called.
  const isOutbound = readId(json.campaign_target_id) !== null || readId(json.campaign_id) !== null
  return {
    vendor: 'prosper',
    externalId,
    completeness: isDetail(json, context) ? 'detail' : 'summary',
    isFinal: isFinalStatus(status),
    campaignId: take(readText, 'campaign_id') ?? context.campaignId,
    startedAtMs: take(readInstantMs, 'created_at'),
    endedAtMs: readInstantMs(json.completed_at),
    durationMs: take(readLengthMs, 'duration', 'call_length'),
    status,
    sentiment: take(readText, 'sentiment'),
    goalAchieved: take(readText, 'goal_achieved'),
    from: take(readText, 'from_', 'from'),
    to,
    party: phone ?? (isOutbound ? to : null),
    summary: take(readText, 'summary', 'call_summary'),
    vendorScore: scoreIn(json.qa_results) ?? scoreIn(json.qa),
    turns: turns ?? [],
    recordingUrls,
    fields: otherFields(json, used),
    raw,
  }
}

function otherFields(json: JsonObject, used: ReadonlySet<string>): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !used.has(key))
      .map(([key, value]) => [key, toJsonValue(value).value]),
  )
}

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.every((item) => item === null || item === ''))

/** `overall_score` (or `score`) of QA results, as the vendor counts. */
function scoreIn(results: unknown): number | null {
  const decoded = decodeNested(results)
  if (!isObject(decoded)) return null
  return readNumber(decoded.overall_score) ?? readNumber(decoded.score)
}

const DETAIL_ONLY = ['transcript', 'transcripts', 'extracted_data', 'qa_results', 'post_call_data', 'qa']

/**
 * A row of a list that was asked for is a summary even in the dialect whose rows are nearly complete: they lack
 * the recordings, and must not take them from a detail that was stored. In a saved file it is the best there is.
 */
function isDetail(json: JsonObject, context: ParseContext): boolean {
  if (context.source !== 'saved') return context.source === 'detail'
  return DETAIL_ONLY.some((key) => key in json)
}

/** The field that holds the transcript: the first that is there and not null. */
function transcriptIn(json: JsonObject): string | undefined {
  const present = ['transcript', 'transcripts'].filter((key) => key in json)
  return present.find((key) => !isMissing(json[key])) ?? present[0]
}

const isMissing = (value: unknown): boolean => value === undefined || value === null

/** The turns of a transcript; null when it is nothing that holds turns. */
function readTurns(value: unknown): VendorTurn[] | null {
  const decoded = decodeNested(value)
  const list = isObject(decoded) ? (decoded.turns ?? decoded.messages ?? decoded.conversation) : decoded
  if (Array.isArray(list)) return list.map(readTurn).filter((turn) => turn !== null)
  // A transcript that is one text is read as one turn: better than none.
  if (typeof decoded === 'string' && decoded.trim() !== '') return [makeTurn(null, decoded, NO_TIMES, false)]
  return null
}

const NO_TIMES = { startMs: null, endMs: null }

const TEXT_KEYS = ['text', 'content', 'message', 'utterance']
const ROLE_KEYS = ['speaker', 'role', 'from', 'name']
const START_KEYS = ['timestamp', 'start', 'time', 'start_time']
const END_KEYS = ['end', 'end_time', 'end_timestamp']

/** `{speaker, text, timestamp}`, the same as a map of strings under other usual names, or `{agent: "Hello"}`. */
function readTurn(value: unknown): VendorTurn | null {
  if (typeof value === 'string') return makeTurn(null, value, NO_TIMES, false)
  if (!isObject(value)) return null
  const times = {
    startMs: readLengthMs(first(value, START_KEYS)),
    endMs: readLengthMs(first(value, END_KEYS)),
  }
  const content = first(value, TEXT_KEYS)
  const role = first(value, ROLE_KEYS)
  if (content === undefined) {
    const named = Object.entries(value).find(
      ([key, text]) => speakerOf(key) !== 'other' && typeof text === 'string',
    )
    if (named !== undefined) return makeTurn(named[0], String(named[1]), times, false)
  }
  return makeTurn(
    readText(role),
    typeof content === 'string' ? content : (readText(content) ?? ''),
    times,
    false,
  )
}

function first(value: JsonObject, keys: readonly string[]): unknown {
  const key = keys.find((name) => !isMissing(value[name]))
  return key === undefined ? undefined : value[key]
}

/**
 * A detail completed with what only the list told of the call: the captured page shows `phone_number` in list
 * rows alone, and no `campaign_id` there.
 */
export function completeWith(detail: VendorCall, listed: VendorCall | null): VendorCall {
  if (listed === null) return detail
  const known = (
    key: 'campaignId' | 'status' | 'sentiment' | 'goalAchieved' | 'from' | 'to' | 'party' | 'summary',
  ) => detail[key] ?? listed[key]
  return {
    ...detail,
    isFinal: detail.status === null ? listed.isFinal : detail.isFinal,
    campaignId: known('campaignId'),
    startedAtMs: detail.startedAtMs ?? listed.startedAtMs,
    endedAtMs: detail.endedAtMs ?? listed.endedAtMs,
    durationMs: detail.durationMs ?? listed.durationMs,
    status: known('status'),
    sentiment: known('sentiment'),
    goalAchieved: known('goalAchieved'),
    from: known('from'),
    to: known('to'),
    party: known('party'),
    summary: known('summary'),
    vendorScore: detail.vendorScore ?? listed.vendorScore,
    turns: detail.turns.length > 0 ? detail.turns : listed.turns,
    recordingUrls: detail.recordingUrls.length > 0 ? detail.recordingUrls : listed.recordingUrls,
    fields: { ...listed.fields, ...detail.fields },
  }
}
