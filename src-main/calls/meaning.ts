import { type CallVersion, FactName, JsonValue, type Speaker } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { VendorCall } from '../vendors/vendor-call'
import { canonicalJson, hashText } from './canonical'
import { transcriptOf } from './transcripts'

/**
 * What a call means to a reviewer: what was said by whom, how it was judged, and the facts. Two records with the same
 * meaning show no difference, and two with another meaning show at least one (changes.ts walks the same structure).
 *
 * No part of it are, because vendors change them without the call having changed: the recording's addresses; the query
 * of any address (signed anew with each answer); when the record was written or fetched (`updated_at` and the like);
 * the difference between a missing, a null and an empty field, or between the number 7 and the text "7"; spaces around
 * a value; the seconds at which turns were said; the campaign, which is what was asked for and not what was answered.
 */
export interface Meaning {
  facts: Readonly<Partial<Record<FactName, string>>>
  fields: Readonly<Record<string, Meant>>
  turns: readonly MeantTurn[]
}

export interface MeantTurn {
  speaker: Speaker
  text: string
  redirect: string | null
}

/** A field's value without what means nothing: no nulls, nothing empty, all scalars as text. */
export type Meant = string | Meant[] | { [name: string]: Meant }

/** Names of fields, without their separators, that say when a record was touched and not what is in it. */
const ABOUT_THE_RECORD =
  /^(?:record|row|last)?(?:updated|modified|fetched|retrieved|synced|refreshed|exported|generated)(?:at|on|time|date|timestamp)?$|^(?:lastupdate|lastchange|lastmodification|etag|requestid|traceid|servertime|expiresat|urlexpiresat)$/

/** A value without what means nothing; undefined when nothing is left. */
export function meantValue(value: JsonValue): Meant | undefined {
  if (value === null) return undefined
  if (typeof value === 'string') return meantText(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) {
    const items = value.map(meantValue).filter((item) => item !== undefined)
    return items.length === 0 ? undefined : items
  }
  const fields = meantFields(value)
  return Object.keys(fields).length === 0 ? undefined : fields
}

function meantText(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^https?:\/\/\S+$/i.test(trimmed) ? trimmed.replace(/[?#].*$/s, '') : trimmed
}

function meantFields(fields: Readonly<Record<string, JsonValue>>): Record<string, Meant> {
  const kept: [string, Meant][] = []
  for (const [name, value] of Object.entries(fields)) {
    if (ABOUT_THE_RECORD.test(name.replace(/[\s_.-]+/g, '').toLowerCase())) continue
    const meant = meantValue(value)
    if (meant !== undefined) kept.push([name, meant])
  }
  return Object.fromEntries(kept)
}

/** Of a call as it is read: of a `VendorCall`, or of its row. `startedAtMs`: null where the vendor does not tell. */
export type Readable = Pick<
  VendorCall,
  | 'startedAtMs'
  | 'endedAtMs'
  | 'durationMs'
  | 'status'
  | 'sentiment'
  | 'goalAchieved'
  | 'from'
  | 'to'
  | 'party'
  | 'summary'
  | 'vendorScore'
  | 'fields'
> & { turns: readonly MeantTurn[] }

/** The meaning of a call as it is read. */
export function meaningOf(call: Readable): Meaning {
  const values: Record<FactName, string | number | null> = {
    status: call.status,
    sentiment: call.sentiment,
    goalAchieved: call.goalAchieved,
    from: call.from,
    to: call.to,
    party: call.party,
    summary: call.summary,
    vendorScore: call.vendorScore,
    duration: call.durationMs,
    started: call.startedAtMs,
    ended: call.endedAtMs,
  }
  const facts: Partial<Record<FactName, string>> = {}
  for (const name of FactName.options) {
    const meant = meantValue(values[name])
    if (typeof meant === 'string') facts[name] = meant
  }
  return {
    facts,
    fields: meantFields(call.fields),
    turns: call.turns.map(({ speaker, text, redirect }) => ({ speaker, text, redirect })),
  }
}

/** Equal for equal meanings. SHA-256 in base64url. */
export function meaningHash({ facts, fields, turns }: Meaning): string {
  const said: (string | null)[] = []
  for (const { speaker, text, redirect } of turns) said.push(speaker, text, redirect)
  return hashText(
    `${JSON.stringify(FactName.options.map((name) => facts[name] ?? null))}${canonicalJson(fields)}${JSON.stringify(said)}`,
  )
}

interface Row {
  started_at_ms: number | null
  ended_at_ms: number | null
  duration_ms: number | null
  status: string | null
  sentiment: string | null
  goal_achieved: string | null
  from_number: string | null
  to_number: string | null
  party: string | null
  summary: string | null
  vendor_score: number | null
  fields: string
}

/** The meaning's hash of a stored call, from its row and its turns. Raises nothing for a call that is not there: ''. */
export function storedMeaningHash(db: ReadDb, callPk: number): string {
  const row = prepared<Row>(
    db,
    `SELECT iif(started_at_source = 'vendor', started_at_ms, NULL) AS started_at_ms, ended_at_ms, duration_ms, status,
       sentiment, goal_achieved, from_number, to_number, party, summary, vendor_score, fields
     FROM calls WHERE pk = ?`,
  ).get(callPk)
  if (!row) return ''
  const turns = transcriptOf(db, callPk)
  const fields = JsonValue.parse(JSON.parse(row.fields))
  return meaningHash(
    meaningOf({
      startedAtMs: row.started_at_ms,
      endedAtMs: row.ended_at_ms,
      durationMs: row.duration_ms,
      status: row.status,
      sentiment: row.sentiment,
      goalAchieved: row.goal_achieved,
      from: row.from_number,
      to: row.to_number,
      party: row.party,
      summary: row.summary,
      vendorScore: row.vendor_score,
      fields: typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {},
      turns,
    }),
  )
}

/** The parts of a `CallVersion`. */
export interface VersionParts {
  meaningHash: string
  summaryHash: string | null
  detailHash: string | null
}

export const versionOf = ({ meaningHash, summaryHash, detailHash }: VersionParts): CallVersion =>
  `${meaningHash}.${summaryHash ?? ''}.${detailHash ?? ''}`

/** `version`: as the contract checks it. */
export function versionParts(version: CallVersion): VersionParts {
  const [meaning = '', summary = '', detail = ''] = version.split('.')
  return { meaningHash: meaning, summaryHash: summary || null, detailHash: detail || null }
}

/** The version of a stored call as it is now; null when there is no such call. `db`: `calls.db`. */
export function storedVersion(db: ReadDb, callId: string): VersionParts | null {
  const row = prepared<{
    pk: number
    meaning_hash: string | null
    summary_hash: string | null
    detail_hash: string | null
  }>(db, 'SELECT pk, meaning_hash, summary_hash, detail_hash FROM calls WHERE id = ?').get(callId)
  return row
    ? {
        meaningHash: row.meaning_hash ?? storedMeaningHash(db, row.pk),
        summaryHash: row.summary_hash,
        detailHash: row.detail_hash,
      }
    : null
}
