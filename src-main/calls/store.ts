import { type CallId, type ConnectionId, EarmarkError, type RecordingState, type Vendor } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { assignSearchKey, type IndexedCall, indexWritten, unindexCall } from '../search/search-index'
import type { VendorCall } from '../vendors/vendor-call'
import { hashRecord } from './canonical'
import { callIdOf } from './identity'
import { meaningHash, meaningOf, storedMeaningHash } from './meaning'
import { contentHash, filledFrom, type Listed, listedJson, listedOf, StoredListed } from './projection'
import {
  COLUMNS,
  columns,
  fillGaps,
  keepRevisions,
  noteUrls,
  type Records,
  type StoredRow,
  type Write,
} from './store-rows'
import { packTurns, writeTranscript } from './transcripts'

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
  const stored = storedRow(db, connection.id, externalId)
  const write: Write = {
    db,
    connection,
    records,
    latest,
    turns: packTurns(latest.turns),
    nowMs,
    listed: newestListed(records, stored),
  }
  return stored === undefined ? insertCall(write) : changeCall(write, stored)
}

/** Two statements: SQLite compiles a join of these anew each time that it is asked, which takes ten times as long. */
function storedRow(db: WriteDb, connectionId: ConnectionId, externalId: string): StoredRow | undefined {
  const row = prepared<Omit<StoredRow, 'urls'>>(
    db,
    `SELECT pk, completeness, content_hash, summary_hash, detail_hash, listed, started_at_ms, search_key,
       started_at_source, gone_since_ms, recording_state, meaning_hash, changed_at_ms
     FROM calls WHERE connection_id = ? AND external_id = ?`,
  ).get(connectionId, externalId)
  if (row === undefined) return undefined
  const urls = prepared<string>(db, 'SELECT urls FROM recordings WHERE call_pk = ?').pluck().get(row.pk)
  return { ...row, urls: urls ?? null }
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
  const key = assignSearchKey(db, startedAtMs)
  const { lastInsertRowid } = prepared(
    db,
    `INSERT INTO calls (id, search_key, connection_id, vendor, external_id, first_seen_at_ms, recording_state,
       ${COLUMNS})
     VALUES (@id, @search_key, @connection_id, @vendor, @external_id, @first_seen_at_ms, @recording_state,
       ${COLUMNS.replace(/\w+/g, '@$&')})`,
  ).run({
    ...columns(write, call, startedAtMs, call.startedAtMs === null ? 'first_seen' : 'vendor'),
    id,
    search_key: key,
    connection_id: connection.id,
    vendor: connection.vendor,
    external_id: latest.externalId,
    first_seen_at_ms: nowMs,
    recording_state: recordingState,
    summary_hash: latestHash(records, 'summary'),
    detail_hash: latestHash(records, 'detail'),
  })
  const pk = Number(lastInsertRowid)
  writeTranscript(db, pk, write.turns)
  keepRevisions(write, pk, null)
  if (recordingState === 'waiting')
    prepared(db, 'INSERT INTO recordings (call_pk, urls) VALUES (?, ?)').run(
      pk,
      JSON.stringify(call.recordingUrls),
    )
  indexWritten(db, indexed(connection, key, call))
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
  const { db, connection, records, latest, turns, nowMs, listed } = write
  const summaryHash = latestHash(records, 'summary') ?? stored.summary_hash
  const detailHash = latestHash(records, 'detail') ?? stored.detail_hash
  const hasNewRecord = keepRevisions(write, stored.pk, stored)
  const listedText = listed && listedJson(listed)

  const isBehindDetail = records.detail === null && stored.completeness === 'detail'
  const isChanged =
    contentHash(latest, turns) !== stored.content_hash ||
    listedText !== stored.listed ||
    (records.detail !== null && hasNewRecord)
  let outcome: UpsertOutcome = 'unchanged'
  let startedAtMs = stored.started_at_ms
  if (!isBehindDetail && isChanged) {
    const call = projected(write)
    startedAtMs = call.startedAtMs ?? stored.started_at_ms
    const source = call.startedAtMs === null ? stored.started_at_source : 'vendor'
    const meaning = changedMeaning(write, stored, {
      ...call,
      startedAtMs: source === 'vendor' ? startedAtMs : null,
    })
    unindexCall(db, stored.pk)
    let key = stored.search_key
    if (key === null || startedAtMs !== stored.started_at_ms) {
      key = assignSearchKey(db, startedAtMs)
      prepared(db, 'UPDATE calls SET search_key = ? WHERE pk = ?').run(key, stored.pk)
    }
    prepared(
      db,
      `UPDATE calls SET ${COLUMNS.replace(/\w+/g, '$& = @$&')}, meaning_hash = @meaning_hash,
         changed_at_ms = @changed_at_ms WHERE pk = @pk`,
    ).run({
      ...columns(write, call, startedAtMs, source),
      ...meaning,
      pk: stored.pk,
      summary_hash: summaryHash,
      detail_hash: detailHash,
    })
    writeTranscript(db, stored.pk, turns)
    indexWritten(db, indexed(connection, key, call))
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

/**
 * What the call will mean, and when it last came to mean something else. What a call meant that was never written
 * again is known from its row; a transcript that arrives is a change without looking.
 */
function changedMeaning(
  { db, latest, nowMs }: Write,
  stored: StoredRow,
  call: VendorCall,
): { meaning_hash: string; changed_at_ms: number | null } {
  const now = meaningHash(meaningOf(call))
  const isNewDetail = stored.completeness === 'summary' && latest.completeness === 'detail'
  const before = stored.meaning_hash ?? (isNewDetail ? null : storedMeaningHash(db, stored.pk))
  return { meaning_hash: now, changed_at_ms: now === before ? stored.changed_at_ms : nowMs }
}

const indexed = ({ id, vendor }: Write['connection'], key: number, call: VendorCall): IndexedCall => ({
  ...call,
  vendor,
  connectionId: id,
  key,
})

/** The call as it is to be read: the detail, filled with what only the list told. */
const projected = ({ latest, listed }: Write): VendorCall =>
  latest.completeness === 'detail' && listed !== null ? filledFrom(latest, listed) : latest
