import { createHash } from 'node:crypto'
import type { JsonValue } from '@contract'
import { isObject, type JsonObject, toJsonValue } from '../json'
import { decodeNested, readId, readLengthMs, readList, readText, readUrls } from '../values'

/**
 * By what a log is known again. The captured page shows no id: the session stands for the call, else the
 * telephony provider's id, else a hash of what does not change once the call is over. Outbound logs have an
 * `id` of their own, which comes first. null when there is nothing at all.
 */
export function identityOf(log: JsonObject): string | null {
  return readId(log.id) ?? readId(log.session_id) ?? readId(log.call_sid) ?? hashOf(log)
}

function hashOf(log: JsonObject): string | null {
  const transcript = decodeNested(log.transcript)
  const outer = isObject(transcript) ? transcript : {}
  const recording = readUrls(outer.recording_url)[0] ?? readUrls(log.recording_url)[0] ?? null
  const conversation = readList(decodeNested(outer.conversation ?? log.conversation)).map((item) =>
    isObject(item) ? readText(item.content) : readText(item),
  )
  const stable: JsonValue = {
    from: readText(log.from),
    number: readText(log.number),
    contact: log.contact_number === undefined ? null : toJsonValue(log.contact_number).value,
    campaign: readText(log.inbound_id),
    createdAt: readText(log.created_at),
    lengthMs: readLengthMs(log.call_duration),
    // A signed URL's query changes with every answer; its path does not. Texts are corrected now and then,
    // so they count only where there is no recording.
    recording: recording === null ? null : withoutQuery(recording),
    conversation: recording === null ? conversation : [],
  }
  const hasAnything = Object.values(stable).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== null,
  )
  if (!hasAnything) return null
  return `hash-${createHash('sha256').update(JSON.stringify(stable)).digest('hex').slice(0, 24)}`
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
