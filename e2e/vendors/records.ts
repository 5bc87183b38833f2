import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeCalls, type SimulatedCall } from './calls'
import { BUILT_IN_DIALOGUES } from './dialogues'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise

/** The calls of saved answers, for each simulator, oldest first. */
export interface SavedCalls {
  prosper: SimulatedCall[]
  malakai: SimulatedCall[]
}

/**
 * Both vendors' saved answers (such as those of the sample workspace), from a folder or one file: `.json` holds an
 * answer, `.jsonl` a detail a line. Null when there is no vendor record in it.
 */
export function readSavedCalls(path: string): SavedCalls | null {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /\.jsonl?$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path]
  const details = new Map<number, Json>()
  const rows = new Map<number, Json>()
  const logs: Json[] = []
  for (const answer of files.filter((file) => /\.jsonl?$/.test(file)).flatMap(readAnswers)) {
    for (const row of list(answer.items)) rows.set(Number(row.call_log_id), row)
    if ('call_log_id' in answer) details.set(Number(answer.call_log_id), answer)
    if (isObject(answer.data)) logs.push(...list(answer.data.logs))
  }
  const ids = [...new Set([...details.keys(), ...rows.keys()])]
  if (ids.length + logs.length === 0) return null
  const frame = (count: number) =>
    makeCalls({ dialogues: BUILT_IN_DIALOGUES, count, campaigns: ['campaign-1'] })
  const prosper = ids.map((id): Json => ({ ...rows.get(id), ...details.get(id) }))
  return {
    prosper: frame(prosper.length).map((call, at) => overProsper(call, prosper[at] ?? {})),
    malakai: frame(logs.length).map((call, at) => overMalakai(call, logs[at] ?? {})),
  }
}

function readAnswers(file: string): Json[] {
  const content = readFileSync(file, 'utf8')
  const texts = file.endsWith('l') ? content.split('\n').filter((line) => line.trim() !== '') : [content]
  return texts.map((one): unknown => JSON.parse(one)).filter(isObject)
}

function overProsper(call: SimulatedCall, joined: Json): SimulatedCall {
  const { phone_number: phone, ...record } = joined
  const createdAtMs = Date.parse(text(record.created_at, ''))
  return {
    ...call,
    id: Number(record.call_log_id),
    campaignId: text(record.campaign_id, call.campaignId),
    status: text(record.status, call.status),
    person: text(phone, call.person),
    createdAtMs: Number.isNaN(createdAtMs) ? call.createdAtMs : createdAtMs,
    hasRecording: list(record.transcript).length > 0,
    record,
  }
}

function overMalakai(call: SimulatedCall, record: Json): SimulatedCall {
  const transcript = isObject(record.transcript) ? record.transcript : {}
  return {
    ...call,
    campaignId: text(record.inbound_id, call.campaignId),
    hasRecording: list(transcript.conversation).length > 0,
    record,
  }
}
