import type { ConnectionId, RecordingState, Vendor } from '@contract'
import { z } from 'zod'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { assignSearchKey, indexCall, unindexCall } from '../search/search-index'
import type { VendorCall } from '../vendors/vendor-call'
import { facetIdOf } from './facet-id'
import { storedMeaningHash } from './meaning'
import { contentHash, type Listed, listedJson } from './projection'

/** Of a stored call, what decides whether a new record changes it. */
export interface StoredRow {
  pk: number
  completeness: 'summary' | 'detail'
  content_hash: string
  summary_hash: string | null
  detail_hash: string | null
  listed: string | null
  started_at_ms: number
  search_key: number | null
  started_at_source: 'vendor' | 'first_seen'
  gone_since_ms: number | null
  recording_state: RecordingState
  meaning_hash: string | null
  changed_at_ms: number | null
  urls: string | null
}

/** All records of one call in a batch: the last of each kind counts, every different one is kept as a revision. */
export interface Records {
  summary: VendorCall | null
  detail: VendorCall | null
  all: { call: VendorCall; hash: string }[]
}

/** One call about to be written. */
export interface Write {
  db: WriteDb
  connection: { id: ConnectionId; vendor: Vendor }
  records: Records
  latest: VendorCall
  /** Its turns, packed. */
  turns: string
  nowMs: number
  /** What the newest summary told, from this batch or from before. */
  listed: Listed | null
}

export const COLUMNS = `campaign_id, started_at_ms, started_at_source, ended_at_ms, duration_ms, status, sentiment,
  goal_achieved, from_number, to_number, party, summary, vendor_score, turn_count, completeness, is_final, fields,
  summary_hash, detail_hash, content_hash, listed, updated_at_ms, gone_since_ms, facet_id`

export function columns(
  write: Write,
  call: VendorCall,
  startedAtMs: number,
  source: 'vendor' | 'first_seen',
) {
  return {
    campaign_id: call.campaignId,
    started_at_ms: startedAtMs,
    started_at_source: source,
    ended_at_ms: call.endedAtMs,
    duration_ms: call.durationMs,
    status: call.status,
    sentiment: call.sentiment,
    goal_achieved: call.goalAchieved,
    from_number: call.from,
    to_number: call.to,
    party: call.party,
    summary: call.summary,
    vendor_score: call.vendorScore,
    turn_count: call.turns.length,
    completeness: call.completeness,
    is_final: call.isFinal ? 1 : 0,
    fields: JSON.stringify(call.fields),
    content_hash: contentHash(write.latest, write.turns),
    listed: write.listed && listedJson(write.listed),
    updated_at_ms: write.nowMs,
    gone_since_ms: null,
    facet_id: facetIdOf(write.db, {
      connectionId: write.connection.id,
      campaignId: call.campaignId,
      status: call.status,
      sentiment: call.sentiment,
    }),
  }
}

/** Keeps each record that differs from the latest one of its kind; whether there was one. */
export function keepRevisions(
  { db, records, nowMs }: Write,
  callPk: number,
  stored: StoredRow | null,
): boolean {
  const latest = { summary: stored?.summary_hash ?? null, detail: stored?.detail_hash ?? null }
  let hasNew = false
  for (const { call, hash } of records.all) {
    const { completeness, raw } = call
    if (hash === latest[completeness]) continue
    latest[completeness] = hash
    hasNew = true
    prepared(db, 'INSERT INTO revisions (call_pk, kind, hash, raw, seen_at_ms) VALUES (?, ?, ?, ?, ?)').run(
      callPk,
      completeness,
      hash,
      JSON.stringify(raw),
      nowMs,
    )
  }
  return hasNew
}

/** Writes what a summary tells and the stored detail left out; whether there was anything. */
export function fillGaps(db: WriteDb, callPk: number, listed: Listed, nowMs: number): boolean {
  const row = prepared<{ has: string; fields: string; source: string; connection_id: string }>(
    db,
    `SELECT connection_id, fields, started_at_source AS source, json_object('campaign_id', campaign_id, 'ended_at_ms', ended_at_ms,
       'duration_ms', duration_ms, 'status', status, 'sentiment', sentiment, 'goal_achieved', goal_achieved,
       'from_number', from_number, 'to_number', to_number, 'party', party, 'summary', summary,
       'vendor_score', vendor_score) AS has
     FROM calls WHERE pk = ?`,
  ).get(callPk)
  if (!row) return false
  const has = z.record(z.string(), z.union([z.string(), z.number(), z.null()])).parse(JSON.parse(row.has))
  const offered: Record<string, string | number | null> = {
    campaign_id: listed.campaignId,
    ended_at_ms: listed.endedAtMs,
    duration_ms: listed.durationMs,
    status: listed.status,
    sentiment: listed.sentiment,
    goal_achieved: listed.goalAchieved,
    from_number: listed.from,
    to_number: listed.to,
    party: listed.party,
    summary: listed.summary,
    vendor_score: listed.vendorScore,
  }
  const changes: Record<string, string | number | null> = {}
  for (const [column, value] of Object.entries(offered))
    if (value !== null && has[column] === null) changes[column] = value
  const fields = z.record(z.string(), z.json()).parse(JSON.parse(row.fields))
  const added = Object.entries(listed.fields).filter(([key]) => !Object.hasOwn(fields, key))
  if (added.length > 0) changes.fields = JSON.stringify({ ...Object.fromEntries(added), ...fields })
  if (listed.startedAtMs !== null && row.source === 'first_seen') {
    changes.started_at_ms = listed.startedAtMs
    changes.started_at_source = 'vendor'
  }
  if (Object.keys(changes).length === 0) return false
  const textOf = (column: string): string | null => {
    const value = changes[column] ?? has[column] ?? null
    return value === null ? null : String(value)
  }
  changes.facet_id = facetIdOf(db, {
    connectionId: row.connection_id,
    campaignId: textOf('campaign_id'),
    status: textOf('status'),
    sentiment: textOf('sentiment'),
  })
  unindexCall(db, callPk)
  if (typeof changes.started_at_ms === 'number')
    changes.search_key = assignSearchKey(db, changes.started_at_ms)
  changes.updated_at_ms = nowMs
  const names = Object.keys(changes)
  prepared(db, `UPDATE calls SET ${names.map((name) => `${name} = @${name}`).join(', ')} WHERE pk = @pk`).run(
    {
      ...changes,
      pk: callPk,
    },
  )
  prepared(db, 'UPDATE calls SET meaning_hash = ?, changed_at_ms = ? WHERE pk = ?').run(
    storedMeaningHash(db, callPk),
    nowMs,
    callPk,
  )
  indexCall(db, callPk)
  return true
}

/**
 * Keeps the newest addresses of a recording. New ones give a failed download another chance; a recording that is
 * here already stays as it is, and addresses that went away are no reason to forget those that there were.
 */
export function noteUrls(db: WriteDb, stored: StoredRow, urls: readonly string[]): RecordingState {
  const text = JSON.stringify(urls)
  if (urls.length === 0 || text === stored.urls) return stored.recording_state
  prepared(
    db,
    `INSERT INTO recordings (call_pk, urls) VALUES (?, ?)
     ON CONFLICT (call_pk) DO UPDATE SET urls = excluded.urls, attempts = 0`,
  ).run(stored.pk, text)
  if (stored.recording_state !== 'none' && stored.recording_state !== 'failed') return stored.recording_state
  prepared(db, "UPDATE calls SET recording_state = 'waiting' WHERE pk = ?").run(stored.pk)
  prepared(db, 'UPDATE recordings SET problem = NULL WHERE call_pk = ?').run(stored.pk)
  return 'waiting'
}
