import { createHash } from 'node:crypto'
import { setImmediate as nextTick } from 'node:timers/promises'
import { type JsonValue, Speaker } from '@contract'
import { z } from 'zod'
import { unpackTurns } from '../calls/transcripts'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type FieldValue, fieldValues, numberIn } from './field-values'
import {
  BORDER,
  COLUMNS,
  type Column,
  facetText,
  indexable,
  numberText,
  TOKENIZER,
  TURN_END,
  wordsText,
} from './index-text'

/**
 * The full-text index: derived data, made and remade here and in no migration. Two tables, one row a call in each:
 *
 *   search        who said what, with the place of every word: phrases, NEAR, `speaker:`, relevance, marks
 *   search_words  which words and facets a call has at all, and the first one to four letters of each: everything
 *                 else, which is nearly all of what is typed. Without places it is small and quick to walk.
 *
 * (Measured beside one table with places and indexes of prefixes: two thirds of its size.)
 * Their rowid is `calls.search_key`, in time order, so that "newest first" costs nothing. Their content is a view
 * over calls and transcripts, so a row can only be deleted while the call still has the text that was indexed:
 *
 *   unindexCall(db, pk) → change the call and its turns → indexCall(db, pk)      in one transaction
 *
 * `changeIndexed` does the three. What counts as text: turns (speaker, text, redirect), summary, external id,
 * numbers, vendor, connection, campaign, status, sentiment, goal, fields. Recording states and times of turns do not.
 */

/** Goes up when index-text.ts or field-values.ts changes what it makes of a text; a changed DDL is noticed by itself. */
const TEXT_VERSION = 3
/**
 * Keys are few, so that they lie close: what the index writes of a call in a list of calls is the distance to the one
 * before. (1,024 a minute were measured: the index was larger by a third.)
 */
export const KEYS_PER_MINUTE = 64
const LAST_MINUTE = Math.floor(8.64e15 / 60_000)
const STATE = 'search_index'
const SPILL = 'search_key_spill_minutes'

const NAMES = COLUMNS.join(', ')
/** What a row of the view is made from: the parameters of `search_column`. */
const SOURCE = `c.search_key, t.turns, c.summary, c.external_id, c.from_number, c.to_number, c.party, c.vendor,
  c.connection_id, c.campaign_id, c.status, c.sentiment, c.goal_achieved, c.fields`
const FROM = 'calls c LEFT JOIN transcripts t ON t.call_pk = c.pk'

const VIEW = `
  CREATE VIEW search_text AS
  SELECT c.search_key AS key,
    ${[...COLUMNS, 'words'].map((name) => `search_column('${name}', ${SOURCE}) AS ${name}`).join(',\n    ')}
  FROM ${FROM}`

const TABLES = `
  CREATE VIRTUAL TABLE search USING fts5 (
    agent, caller, other, summary, numbers, facets,
    content = 'search_text', content_rowid = 'key', tokenize = "${TOKENIZER}");
  CREATE VIRTUAL TABLE search_words USING fts5 (
    words,
    content = 'search_text', content_rowid = 'key', detail = none, columnsize = 0, prefix = '1 2 3 4',
    tokenize = "${TOKENIZER}")`

/** What made the index; another one means that it has to be made anew. */
export const INDEX_VERSION = `${TEXT_VERSION}-${createHash('sha256')
  .update(VIEW + TABLES)
  .digest('hex')
  .slice(0, 12)}`

const INSERT = [
  `INSERT INTO search (rowid, ${NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  'INSERT INTO search_words (rowid, words) VALUES (?, ?)',
] as const
const DELETE = [
  `INSERT INTO search (search, rowid, ${NAMES}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)`,
  "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', ?, ?)",
] as const

const withFunctions = new WeakSet<ReadDb>()

/** The values in the JSON of `calls.fields`. */
const readFields = (json: string | null): FieldValue[] => fieldValues(fieldsOf(json))
const fieldsOf = (json: string | null): IndexedCall['fields'] =>
  json === null || json === '{}' ? {} : Fields.parse(JSON.parse(json))
const Fields = z.record(z.string(), z.json())

/** Defines the functions that the index's view needs on this connection. Needed before any use of it. */
export function defineSearchFunctions(db: ReadDb): void {
  if (withFunctions.has(db)) return
  const textOf = rowText()
  db.function('search_column', { deterministic: true, varargs: true }, (column, ...row) =>
    textOf(String(column), row),
  )
  // Whether any number of the call at this place lies in a range.
  db.function('search_number_in', { deterministic: true }, (fields, field, path, min, above, max, below) =>
    readFields(typeof fields === 'string' ? fields : null).some((value) => {
      if (value.field !== field || value.path !== path) return false
      const number = numberIn(value.value)
      if (number === null) return false
      const isHigh = min === null || (above === 1 ? number > Number(min) : number >= Number(min))
      const isLow = max === null || (below === 1 ? number < Number(max) : number <= Number(max))
      return isHigh && isLow
    })
      ? 1
      : 0,
  )
  withFunctions.add(db)
}

/**
 * A column of the view's row. SQLite asks for one column after the other, each with the whole row: the text of the last
 * row is remembered.
 */
function rowText(): (column: string, row: readonly unknown[]) => string {
  let known: { row: readonly unknown[]; text: Record<string, string> } | null = null
  return (column, row) => {
    if (known === null || row.some((value, i) => value !== known?.row[i]))
      known = { row, text: textByColumn(callOfRow(row)) }
    return known.text[column] ?? ''
  }
}

/** `row`: the values of `SOURCE`. */
function callOfRow(row: readonly unknown[]): IndexedCall {
  const text = (at: number): string | null => (typeof row[at] === 'string' ? row[at] : null)
  return {
    key: Number(row[0]),
    turns: unpackTurns(text(1) ?? '[]'),
    summary: text(2),
    externalId: text(3) ?? '',
    from: text(4),
    to: text(5),
    party: text(6),
    vendor: text(7) ?? '',
    connectionId: text(8) ?? '',
    campaignId: text(9),
    status: text(10),
    sentiment: text(11),
    goalAchieved: text(12),
    fields: fieldsOf(text(13)),
  }
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
 * A free key for a call that started then (milliseconds): minute x 64 + sequence; where a minute is full, the
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

/** All of a call that stands in the index, as it is in `calls` and `transcripts`. */
export interface IndexedCall {
  key: number
  turns: readonly { speaker: Speaker; text: string; redirect: string | null }[]
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
  fields: Readonly<Record<string, JsonValue>>
}

/**
 * All that is found of a call, by column. What SQLite does to a text on its way through a table is done here too, so that
 * a call in memory and a stored one give the same: half surrogate pairs become U+FFFD.
 */
function textByColumn(call: IndexedCall): Record<Column | 'words', string> {
  const written = (text: string): string => text.replaceAll(TURN_END, '\uFFFD')
  const stored = (text: string | null): string | null => text?.toWellFormed() ?? null
  const redirects = call.turns.flatMap(({ redirect }) => (redirect === null ? [] : [redirect]))
  const speakers = Speaker.options.filter((one) => call.turns.some(({ speaker }) => speaker === one))
  const saidBy = (speaker: Speaker): string =>
    indexable(
      call.turns.flatMap((turn) => (turn.speaker === speaker ? [written(turn.text)] : [])).join(BORDER),
    )
  const columns = {
    agent: saidBy('agent'),
    caller: saidBy('caller'),
    other: saidBy('other'),
    summary: indexable(written(call.summary ?? '')),
    numbers: numberText([call.externalId, call.from, call.to, call.party].map(stored)),
    facets: facetText(
      {
        vendor: stored(call.vendor),
        connection: stored(call.connectionId),
        campaign: stored(call.campaignId),
        status: stored(call.status),
        sentiment: stored(call.sentiment),
        goal: stored(call.goalAchieved),
        from: stored(call.from),
        to: stored(call.to),
        redirect: redirects.length === 0 ? null : stored(redirects.join(TURN_END)),
        speaker: speakers.length === 0 ? null : speakers.toSorted().join(TURN_END),
      },
      fieldValues(call.fields),
    ),
  }
  return { ...columns, words: wordsText(COLUMNS.map((name) => columns[name])) }
}

function change(db: WriteDb, [said, words]: typeof INSERT | typeof DELETE, call: IndexedCall): void {
  const text = textByColumn(call)
  prepared(db, said).run(call.key, ...COLUMNS.map((name) => text[name]))
  prepared(db, words).run(call.key, text.words)
}

/** Puts a call that has just been written to `calls` and `transcripts` into the index. It must not be in it. */
export function indexWritten(db: WriteDb, call: IndexedCall): void {
  if (isIndexed(db, call.key)) change(db, INSERT, call)
}

/** Puts a call into the index, with the text that it has now. It must not be in it. */
export function indexCall(db: WriteDb, callPk: number): void {
  const call = storedCall(db, callPk)
  if (call !== null) indexWritten(db, call)
}

/** Takes a call out of the index: before its text changes, in the same transaction. */
export function unindexCall(db: WriteDb, callPk: number): void {
  const call = storedCall(db, callPk)
  if (call !== null && isIndexed(db, call.key)) change(db, DELETE, call)
}

function storedCall(db: WriteDb, callPk: number): IndexedCall | null {
  const row = prepared<unknown[]>(db, `SELECT ${SOURCE} FROM ${FROM} WHERE c.pk = ?`).raw().get(callPk)
  return row === undefined || row[0] === null ? null : callOfRow(row)
}

/** Changes a call that is in the index: out of it, `change`, into it again. Inside the caller's transaction. */
export function changeIndexed(db: WriteDb, callPk: number, change: () => void): void {
  unindexCall(db, callPk)
  change()
  indexCall(db, callPk)
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
    db
      .prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('search', 'search_words', 'search_text')")
      .pluck()
      .get() === 3
  )
}

function createEmptyIndex(db: WriteDb, force: boolean): void {
  db.transaction(() => {
    // Another process may have made it at the same moment.
    if (!force && isThere(db)) return
    db.exec(
      `DROP TABLE IF EXISTS search; DROP TABLE IF EXISTS search_words; DROP VIEW IF EXISTS search_text;
       ${VIEW}; ${TABLES};`,
    )
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
      const calls = prepared<unknown[]>(
        db,
        `SELECT ${SOURCE} FROM ${FROM} WHERE c.search_key > ? ORDER BY c.search_key LIMIT ?`,
      )
        .raw()
        .all(state.builtTo, limit)
        .map(callOfRow)
      for (const call of calls) change(db, INSERT, call)
      writeState(db, calls.length < limit ? null : (calls.at(-1)?.key ?? null))
      return calls.length
    })
    .immediate()
}

/** Whether the index agrees with the calls; null when it does, else SQLite's words. Reads everything. */
export function checkIndex(db: WriteDb): string | null {
  defineSearchFunctions(db)
  try {
    // Without `rank` = 1 the content is not compared.
    for (const table of ['search', 'search_words'])
      db.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('integrity-check', 1)`)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
