import { type CallId, type ConnectionId, EarmarkError, type RecordingState, type Vendor } from '@contract'
import { z } from 'zod'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { assignSearchKey, indexCall, unindexCall } from '../search/search-index'
import type { VendorCall, VendorTurn } from '../vendors/vendor-call'
import { hashRecord } from './canonical'
import { callIdOf } from './identity'
import { contentHash, filledFrom, type Listed, listedJson, listedOf } from './projection'

export type UpsertOutcome = 'added' | 'updated' | 'unchanged'

export interface Upserted {
  callId: CallId
  callPk: number
  externalId: string
  startedAtMs: number
  outcome: UpsertOutcome
  recordingState: RecordingState
}

/** Of a stored call, what decides what happens to a new record of it. */
export interface StoredCall {
  pk: number
  completeness: 'summary' | 'detail'
  isFinal: boolean
  summaryHash: string | null
  startedAtMs: number
}

interface StoredRow {
  pk: number
  completeness: 'summary' | 'detail'
  content_hash: string
  summary_hash: string | null
  detail_hash: string | null
  listed: string | null
  started_at_ms: number
  started_at_source: 'vendor' | 'first_seen'
  gone_since_ms: number | null
  recording_state: RecordingState
  urls: string | null
}

/** All records of one call in a batch: the last of each kind counts, every different one is kept as a revision. */
interface Records {
  summary: VendorCall | null
  detail: VendorCall | null
  all: { call: VendorCall; hash: string }[]
}

/**
 * Stores vendor records, in one transaction (or a savepoint inside the caller's). The same records again change
 * nothing. A call that is in `calls` twice, as summary and as detail, is written once.
 *
 * - A record that differs from the latest of its kind is kept as a new revision.
 * - A summary never overwrites what a detail said; it fills what the detail left out.
 * - A start that the vendor does not tell is when the call was first seen (`nowMs`).
 *
 * Answers one entry a call, in order of start, which is the order of insertion that the index wants.
 */
export function upsertCalls(
  db: WriteDb,
  connection: { id: ConnectionId; vendor: Vendor },
  calls: readonly VendorCall[],
  nowMs: number,
): Upserted[] {
  const groups = [...byExternalId(calls).values()].sort((a, b) => startOf(a, nowMs) - startOf(b, nowMs))
  return db.transaction(() => groups.map((records) => upsertCall(db, connection, records, nowMs)))()
}

/** The stored calls of a connection with these external ids, by external id. */
export function storedCalls(
  db: ReadDb,
  connectionId: ConnectionId,
  externalIds: readonly string[],
): Map<string, StoredCall> {
  const find = prepared<{
    pk: number
    completeness: 'summary' | 'detail'
    is_final: number
    summary_hash: string | null
    started_at_ms: number
  }>(
    db,
    `SELECT pk, completeness, is_final, summary_hash, started_at_ms FROM calls
     WHERE connection_id = ? AND external_id = ?`,
  )
  const found = new Map<string, StoredCall>()
  for (const externalId of externalIds) {
    const row = find.get(connectionId, externalId)
    if (row)
      found.set(externalId, {
        pk: row.pk,
        completeness: row.completeness,
        isFinal: row.is_final === 1,
        summaryHash: row.summary_hash,
        startedAtMs: row.started_at_ms,
      })
  }
  return found
}

function byExternalId(calls: readonly VendorCall[]): Map<string, Records> {
  const groups = new Map<string, Records>()
  for (const call of calls) {
    const records = groups.get(call.externalId) ?? { summary: null, detail: null, all: [] }
    records[call.completeness] = call
    records.all.push({ call, hash: hashRecord(call.raw) })
    groups.set(call.externalId, records)
  }
  return groups
}

const latestHash = ({ all }: Records, kind: 'summary' | 'detail'): string | null =>
  all.findLast(({ call }) => call.completeness === kind)?.hash ?? null

const startOf = ({ summary, detail }: Records, nowMs: number): number =>
  detail?.startedAtMs ?? summary?.startedAtMs ?? nowMs

function upsertCall(
  db: WriteDb,
  connection: { id: ConnectionId; vendor: Vendor },
  records: Records,
  nowMs: number,
): Upserted {
  const latest = records.detail ?? records.summary
  if (latest === null) throw new EarmarkError('internal', 'A call without any record was to be stored.')
  const { externalId } = latest
  const stored = prepared<StoredRow>(
    db,
    `SELECT c.pk, c.completeness, c.content_hash, c.summary_hash, c.detail_hash, c.listed, c.started_at_ms,
       c.started_at_source, c.gone_since_ms, c.recording_state, r.urls
     FROM calls c LEFT JOIN recordings r ON r.call_pk = c.pk
     WHERE c.connection_id = ? AND c.external_id = ?`,
  ).get(connection.id, externalId)
  const write: Write = { db, connection, records, latest, nowMs, listed: newestListed(records, stored) }
  return stored === undefined ? insertCall(write) : changeCall(write, stored)
}

interface Write {
  db: WriteDb
  connection: { id: ConnectionId; vendor: Vendor }
  records: Records
  latest: VendorCall
  nowMs: number
  /** What the newest summary told, from this batch or from before. */
  listed: Listed | null
}

function newestListed(records: Records, stored: StoredRow | undefined): Listed | null {
  if (records.summary !== null) return listedOf(records.summary)
  return stored?.listed ? StoredListed.parse(JSON.parse(stored.listed)) : null
}

function insertCall(write: Write): Upserted {
  const { db, connection, records, latest, nowMs } = write
  const id = callIdOf(connection.vendor, connection.id, latest.externalId)
  const call = projected(write)
  const startedAtMs = call.startedAtMs ?? nowMs
  const recordingState = call.recordingUrls.length > 0 ? 'waiting' : 'none'
  const { lastInsertRowid } = prepared(
    db,
    `INSERT INTO calls (id, search_key, connection_id, vendor, external_id, first_seen_at_ms, recording_state,
       ${COLUMNS})
     VALUES (@id, @search_key, @connection_id, @vendor, @external_id, @first_seen_at_ms, @recording_state,
       ${COLUMNS.replace(/\w+/g, '@$&')})`,
  ).run({
    ...columns(write, call, startedAtMs, call.startedAtMs === null ? 'first_seen' : 'vendor'),
    id,
    search_key: assignSearchKey(db, startedAtMs),
    connection_id: connection.id,
    vendor: connection.vendor,
    external_id: latest.externalId,
    first_seen_at_ms: nowMs,
    recording_state: recordingState,
    summary_hash: latestHash(records, 'summary'),
    detail_hash: latestHash(records, 'detail'),
  })
  const pk = Number(lastInsertRowid)
  insertTurns(db, pk, call.turns)
  keepRevisions(write, pk, null)
  if (recordingState === 'waiting')
    prepared(db, 'INSERT INTO recordings (call_pk, urls) VALUES (?, ?)').run(
      pk,
      JSON.stringify(call.recordingUrls),
    )
  indexCall(db, pk)
  return {
    callId: id,
    callPk: pk,
    externalId: latest.externalId,
    startedAtMs,
    outcome: 'added',
    recordingState,
  }
}

function changeCall(write: Write, stored: StoredRow): Upserted {
  const { db, connection, records, latest, nowMs, listed } = write
  const summaryHash = latestHash(records, 'summary') ?? stored.summary_hash
  const detailHash = latestHash(records, 'detail') ?? stored.detail_hash
  const hasNewRecord = keepRevisions(write, stored.pk, stored)
  const listedText = listed && listedJson(listed)

  const isBehindDetail = records.detail === null && stored.completeness === 'detail'
  const isChanged =
    contentHash(latest) !== stored.content_hash ||
    listedText !== stored.listed ||
    (records.detail !== null && hasNewRecord)
  let outcome: UpsertOutcome = 'unchanged'
  let startedAtMs = stored.started_at_ms
  if (!isBehindDetail && isChanged) {
    const call = projected(write)
    startedAtMs = call.startedAtMs ?? stored.started_at_ms
    const source = call.startedAtMs === null ? stored.started_at_source : 'vendor'
    unindexCall(db, stored.pk)
    if (startedAtMs !== stored.started_at_ms)
      prepared(db, 'UPDATE calls SET search_key = ? WHERE pk = ?').run(
        assignSearchKey(db, startedAtMs),
        stored.pk,
      )
    prepared(db, `UPDATE calls SET ${COLUMNS.replace(/\w+/g, '$& = @$&')} WHERE pk = @pk`).run({
      ...columns(write, call, startedAtMs, source),
      pk: stored.pk,
      summary_hash: summaryHash,
      detail_hash: detailHash,
    })
    prepared(db, 'DELETE FROM turns WHERE call_pk = ?').run(stored.pk)
    insertTurns(db, stored.pk, call.turns)
    indexCall(db, stored.pk)
    outcome = 'updated'
  } else {
    if (listed !== null && listedText !== stored.listed && fillGaps(db, stored.pk, listed, nowMs))
      outcome = 'updated'
    if (
      listedText !== stored.listed ||
      summaryHash !== stored.summary_hash ||
      detailHash !== stored.detail_hash ||
      stored.gone_since_ms !== null
    )
      prepared(
        db,
        'UPDATE calls SET listed = ?, summary_hash = ?, detail_hash = ?, gone_since_ms = NULL WHERE pk = ?',
      ).run(listedText, summaryHash, detailHash, stored.pk)
  }

  return {
    callId: callIdOf(connection.vendor, connection.id, latest.externalId),
    callPk: stored.pk,
    externalId: latest.externalId,
    startedAtMs,
    outcome,
    recordingState: noteUrls(db, stored, latest.recordingUrls),
  }
}

/** The call as it is to be read: the detail, filled with what only the list told. */
const projected = ({ latest, listed }: Write): VendorCall =>
  latest.completeness === 'detail' && listed !== null ? filledFrom(latest, listed) : latest

const COLUMNS = `campaign_id, started_at_ms, started_at_source, ended_at_ms, duration_ms, status, sentiment,
  goal_achieved, from_number, to_number, party, summary, vendor_score, turn_count, completeness, is_final, fields,
  summary_hash, detail_hash, content_hash, listed, updated_at_ms, gone_since_ms`

function columns(write: Write, call: VendorCall, startedAtMs: number, source: 'vendor' | 'first_seen') {
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
    content_hash: contentHash(write.latest),
    listed: write.listed && listedJson(write.listed),
    updated_at_ms: write.nowMs,
    gone_since_ms: null,
  }
}

function insertTurns(db: WriteDb, callPk: number, turns: readonly VendorTurn[]): void {
  const insert = prepared(
    db,
    `INSERT INTO turns (call_pk, idx, speaker, raw_role, text, raw_text, redirect, start_ms, end_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  for (const [index, turn] of turns.entries())
    insert.run(
      callPk,
      index,
      turn.speaker,
      turn.rawRole,
      turn.text,
      turn.rawText === turn.text ? null : turn.rawText,
      turn.redirect,
      turn.startMs,
      turn.endMs,
    )
}

/** Keeps each record that differs from the latest one of its kind; whether there was one. */
function keepRevisions({ db, records, nowMs }: Write, callPk: number, stored: StoredRow | null): boolean {
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
function fillGaps(db: WriteDb, callPk: number, listed: Listed, nowMs: number): boolean {
  const row = prepared<{ has: string; fields: string; source: string }>(
    db,
    `SELECT fields, started_at_source AS source, json_object('campaign_id', campaign_id, 'ended_at_ms', ended_at_ms,
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
  const fields = Fields.parse(JSON.parse(row.fields))
  const added = Object.entries(listed.fields).filter(([key]) => !Object.hasOwn(fields, key))
  if (added.length > 0) changes.fields = JSON.stringify({ ...Object.fromEntries(added), ...fields })
  if (listed.startedAtMs !== null && row.source === 'first_seen') {
    changes.started_at_ms = listed.startedAtMs
    changes.started_at_source = 'vendor'
  }
  if (Object.keys(changes).length === 0) return false
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
  indexCall(db, callPk)
  return true
}

/**
 * Keeps the newest addresses of a recording. New ones give a failed download another chance; a recording that is
 * here already stays as it is, and addresses that went away are no reason to forget those that there were.
 */
function noteUrls(db: WriteDb, stored: StoredRow, urls: readonly string[]): RecordingState {
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

const Text = z.string().nullable()
const Count = z.number().nullable()
const Fields = z.record(z.string(), z.json())

/** `calls.listed` as this file writes it. */
const StoredListed = z.object({
  campaignId: Text,
  startedAtMs: Count,
  endedAtMs: Count,
  durationMs: Count,
  status: Text,
  sentiment: Text,
  goalAchieved: Text,
  from: Text,
  to: Text,
  party: Text,
  summary: Text,
  vendorScore: Count,
  fields: Fields,
}) satisfies z.ZodType<Listed>
