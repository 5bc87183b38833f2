import { createHash } from 'node:crypto'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { facetText, indexable, numberText, TOKENIZER, TURN_END } from './index-text'

/**
 * The full-text index: derived data, made and remade here and in no migration. One row a call; its rowid is
 * `calls.search_key`, in time order, so that "newest first" costs nothing. Its content is a view over calls and
 * turns, so a row can only be deleted while the call still has the text that was indexed:
 *
 *   unindexCall(db, pk) → change the call and its turns → indexCall(db, pk)      in one transaction
 *
 * `changeIndexed` does the three. What counts as text: turns (text, redirect), summary, external id, numbers,
 * vendor, connection, campaign, status, sentiment, goal. Recording states and times of turns do not.
 */

/** Goes up when index-text.ts changes what it makes of a text; a changed DDL is noticed by itself. */
const TEXT_VERSION = 1
const KEYS_PER_MINUTE = 1024
const LAST_MINUTE = Math.floor(8.64e15 / 60_000)
const STATE = 'search_index'
const SPILL = 'search_key_spill_minutes'

const VIEW = `
  CREATE VIEW search_text AS
  SELECT c.search_key AS key,
    search_indexable(coalesce((
      SELECT group_concat(replace(t.text, char(57344), char(65533)), char(10, 57344, 10) ORDER BY t.idx)
      FROM turns t WHERE t.call_pk = c.pk), '')) AS transcript,
    search_indexable(replace(coalesce(c.summary, ''), char(57344), char(65533))) AS summary,
    search_numbers(c.external_id, c.from_number, c.to_number, c.party) AS numbers,
    search_facets(c.vendor, c.connection_id, c.campaign_id, c.status, c.sentiment, c.goal_achieved,
      c.from_number, c.to_number, (
      SELECT group_concat(t.redirect, char(57344)) FROM turns t
      WHERE t.call_pk = c.pk AND t.redirect IS NOT NULL)) AS facets
  FROM calls c`

const TABLE = `
  CREATE VIRTUAL TABLE search USING fts5 (
    transcript, summary, numbers, facets,
    content = 'search_text', content_rowid = 'key', prefix = '1 2 3', tokenize = "${TOKENIZER}")`

/** What made the index; another one means that it has to be made anew. */
export const INDEX_VERSION = `${TEXT_VERSION}-${createHash('sha256')
  .update(VIEW + TABLE)
  .digest('hex')
  .slice(0, 12)}`

const COLUMNS = 'transcript, summary, numbers, facets'
const INSERT_ONE = `INSERT INTO search (rowid, ${COLUMNS}) SELECT key, ${COLUMNS} FROM search_text WHERE key = ?`
const DELETE_ONE = `INSERT INTO search (search, rowid, ${COLUMNS}) SELECT 'delete', key, ${COLUMNS} FROM search_text WHERE key = ?`

const withFunctions = new WeakSet<ReadDb>()

/** Defines the functions that the index's view needs on this connection. Needed before any use of it. */
export function defineSearchFunctions(db: ReadDb): void {
  if (withFunctions.has(db)) return
  const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  db.function('search_indexable', { deterministic: true }, (text) => indexable(asText(text) ?? ''))
  db.function('search_numbers', { deterministic: true }, (externalId, from, to, party) =>
    numberText([externalId, from, to, party].map(asText)),
  )
  db.function(
    'search_facets',
    { deterministic: true },
    (vendor, connection, campaign, status, sentiment, goal, from, to, redirect) =>
      facetText({
        vendor: asText(vendor),
        connection: asText(connection),
        campaign: asText(campaign),
        status: asText(status),
        sentiment: asText(sentiment),
        goal: asText(goal),
        from: asText(from),
        to: asText(to),
        redirect: asText(redirect),
      }),
  )
  withFunctions.add(db)
}

/** `builtTo`: calls with keys up to it are in the index; null: all are. */
interface State {
  version: string
  builtTo: number | null
}

function readState(db: ReadDb): State | null {
  const row = prepared<{ version: string | null; builtTo: number | null }>(
    db,
    `SELECT value ->> 'version' AS version, value ->> 'builtTo' AS builtTo FROM meta WHERE key = '${STATE}'`,
  ).get()
  return row?.version === INDEX_VERSION ? { version: INDEX_VERSION, builtTo: row.builtTo } : null
}

function writeState(db: WriteDb, builtTo: number | null): void {
  const value = JSON.stringify({ version: INDEX_VERSION, builtTo } satisfies State)
  prepared(
    db,
    `INSERT INTO meta (key, value) VALUES ('${STATE}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  ).run(value)
}

/** `missing`: no word can be searched. `building`: only calls with keys up to `builtTo` are found by words. */
export type IndexState = { state: 'missing' } | { state: 'building'; builtTo: number } | { state: 'ready' }

/** How far the index is. */
export function indexState(db: ReadDb): IndexState {
  const state = readState(db)
  if (!state) return { state: 'missing' }
  return state.builtTo === null ? { state: 'ready' } : { state: 'building', builtTo: state.builtTo }
}

const fullMinutes = new WeakMap<WriteDb, Map<number, number>>()

/**
 * A free key for a call that started then (milliseconds): minute x 1024 + sequence; where a minute is full, the
 * next one with room. Give it to `calls.search_key` at the first insert, from the best start known then, and
 * again only when the start changes (inside `changeIndexed`). Batches are inserted in order of start: the index
 * writes faster so. Call it in the transaction that stores the key.
 */
export function assignSearchKey(db: WriteDb, startedAtMs: number): number {
  const own = Math.min(Math.max(Math.floor(startedAtMs / 60_000) || 0, 0), LAST_MINUTE)
  let hints = fullMinutes.get(db)
  if (!hints) {
    hints = new Map()
    fullMinutes.set(db, hints)
  }
  const newest = prepared<number | null>(
    db,
    'SELECT max(search_key) FROM calls WHERE search_key BETWEEN ? AND ?',
  ).pluck()
  for (let minute = hints.get(own) ?? own; ; minute += 1) {
    const first = minute * KEYS_PER_MINUTE
    const taken = newest.get(first, first + KEYS_PER_MINUTE - 1)
    if (taken !== null && taken !== undefined && taken >= first + KEYS_PER_MINUTE - 1) continue
    if (minute > own) {
      if (hints.size > 10_000) hints.clear()
      hints.set(own, minute)
      noteSpill(db, minute - own)
    }
    return taken === null || taken === undefined ? first : taken + 1
  }
}

function noteSpill(db: WriteDb, minutes: number): void {
  if (minutes <= searchKeySpillMinutes(db)) return
  prepared(
    db,
    `INSERT INTO meta (key, value) VALUES ('${SPILL}', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  ).run(String(minutes))
}

/** By how many minutes a key may lie behind its call's start, at most. */
export function searchKeySpillMinutes(db: ReadDb): number {
  return Number(prepared<string>(db, `SELECT value FROM meta WHERE key = '${SPILL}'`).pluck().get() ?? 0)
}

/** The lowest key that a call starting in this minute (milliseconds) can have. */
export const keyOfMinute = (startedAtMs: number): number =>
  Math.min(Math.max(Math.floor(startedAtMs / 60_000), 0), LAST_MINUTE) * KEYS_PER_MINUTE

/** All of a call that stands in the index, as it has just been written to `calls` and `turns`. */
export interface IndexedCall {
  key: number
  turns: readonly { text: string; redirect: string | null }[]
  summary: string | null
  externalId: string
  from: string | null
  to: string | null
  party: string | null
  vendor: string
  connectionId: string
  campaignId: string | null
  status: string | null
  sentiment: string | null
  goalAchieved: string | null
}

/**
 * `indexCall` for who holds the call in memory: makes what the view would make of the rows, in half the time. What
 * SQLite does to a text on its way through a table is done here too: half surrogate pairs become U+FFFD.
 */
export function indexWritten(db: WriteDb, call: IndexedCall): void {
  if (!isIndexed(db, call.key)) return
  const said = (text: string): string => text.replaceAll(TURN_END, '\uFFFD')
  const stored = (text: string | null): string | null => text?.replace(/\p{Cs}/gu, '\uFFFD') ?? null
  const redirects = call.turns.flatMap(({ redirect }) => (redirect === null ? [] : [redirect]))
  prepared(db, `INSERT INTO search (rowid, ${COLUMNS}) VALUES (?, ?, ?, ?, ?)`).run(
    call.key,
    indexable(call.turns.map(({ text }) => said(text)).join(`\n${TURN_END}\n`)),
    indexable(said(call.summary ?? '')),
    numberText([call.externalId, call.from, call.to, call.party].map(stored)),
    facetText({
      vendor: stored(call.vendor),
      connection: stored(call.connectionId),
      campaign: stored(call.campaignId),
      status: stored(call.status),
      sentiment: stored(call.sentiment),
      goal: stored(call.goalAchieved),
      from: stored(call.from),
      to: stored(call.to),
      redirect: redirects.length === 0 ? null : stored(redirects.join(TURN_END)),
    }),
  )
}

/** Puts a call into the index, with the text that it has now. It must not be in it. */
export function indexCall(db: WriteDb, callPk: number): void {
  runOne(db, INSERT_ONE, callPk)
}

/** Takes a call out of the index: before its text changes, in the same transaction. */
export function unindexCall(db: WriteDb, callPk: number): void {
  runOne(db, DELETE_ONE, callPk)
}

/** Changes a call that is in the index: out of it, `change`, into it again. Inside the caller's transaction. */
export function changeIndexed(db: WriteDb, callPk: number, change: () => void): void {
  unindexCall(db, callPk)
  change()
  indexCall(db, callPk)
}

function runOne(db: WriteDb, sql: string, callPk: number): void {
  const key = prepared<number | null>(db, 'SELECT search_key FROM calls WHERE pk = ?').pluck().get(callPk)
  if (key === null || key === undefined || !isIndexed(db, key)) return
  defineSearchFunctions(db)
  prepared(db, sql).run(key)
}

/** Whether a call with this key stands in the index: what lies behind a build that is going on will be, later. */
function isIndexed(db: WriteDb, key: number): boolean {
  const state = readState(db)
  return state !== null && (state.builtTo === null || key <= state.builtTo)
}

export interface EnsureIndexOptions {
  /** Builds it anew even where it seems right (after damage). */
  force?: boolean
  /** Calls in one transaction; other work of the thread runs between them. */
  sliceCalls?: number
  onProgress?: (done: number, total: number) => void
  /** Stops between slices; the next `ensureIndex` goes on from there. */
  signal?: AbortSignal
}

/**
 * Makes the index where it is missing, remakes it where another version of Earmark made it, goes on where a build
 * was interrupted. Returns whether there was anything to do. To be called once by whoever writes `calls.db`, at
 * its start; syncing may go on between the slices. On an empty database it is done before its first `await`.
 */
export async function ensureIndex(db: WriteDb, options: EnsureIndexOptions = {}): Promise<boolean> {
  const { force = false, sliceCalls = 200, onProgress, signal } = options
  defineSearchFunctions(db)
  if (force || !isThere(db)) createEmptyIndex(db, force)
  if (indexState(db).state === 'ready') return false
  const count = db.prepare('SELECT count(*) FROM calls WHERE search_key > ?').pluck()
  const begin = indexState(db)
  const total = begin.state === 'building' ? Number(count.get(begin.builtTo)) : 0
  let done = 0
  for (;;) {
    const built = buildSlice(db, sliceCalls)
    done += built
    onProgress?.(Math.min(done, total), total)
    if (indexState(db).state === 'ready') return true
    if (signal?.aborted) return true
    await nextTick()
  }
}

const isThere = (db: ReadDb): boolean => readState(db) !== null && indexExists(db)

function indexExists(db: ReadDb): boolean {
  return (
    db.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('search', 'search_text')").pluck().get() ===
    2
  )
}

function createEmptyIndex(db: WriteDb, force: boolean): void {
  db.transaction(() => {
    // Another process may have made it at the same moment.
    if (!force && isThere(db)) return
    db.exec(`DROP TABLE IF EXISTS search; DROP VIEW IF EXISTS search_text; ${VIEW}; ${TABLE};`)
    const isEmpty = db.prepare('SELECT 1 FROM calls LIMIT 1').get() === undefined
    writeState(db, isEmpty ? null : -1)
  }).immediate()
}

/** Indexes the next calls in order of their keys; returns how many. */
function buildSlice(db: WriteDb, limit: number): number {
  return db
    .transaction(() => {
      const state = readState(db)
      if (!state || state.builtTo === null) return 0
      const keys = prepared<number>(
        db,
        'SELECT search_key FROM calls WHERE search_key > ? ORDER BY search_key LIMIT ?',
      )
        .pluck()
        .all(state.builtTo, limit)
      for (const key of keys) prepared(db, INSERT_ONE).run(key)
      writeState(db, keys.length < limit ? null : (keys.at(-1) ?? null))
      return keys.length
    })
    .immediate()
}

/** Whether the index agrees with the calls; null when it does, else SQLite's words. Reads everything. */
export function checkIndex(db: WriteDb): string | null {
  defineSearchFunctions(db)
  try {
    // Without `rank` = 1 the content is not compared.
    db.exec("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
