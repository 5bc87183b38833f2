import { performance } from 'node:perf_hooks'
import {
  type CallId,
  type CallRow,
  EarmarkError,
  type ParsedQuery,
  parseQuery,
  type QueryProblem,
  type SearchHit,
  type SearchPage,
  type SearchSort,
  type TurnMatches,
} from '@contract'
import { CALL_ROW_COLUMNS, type CallRowRecord, callRowOf } from '../calls/call-row'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type CompiledQuery, compile } from './compile'
import { all, atOnce, countHits, keysAmong, keysByDate, keysSorted } from './hits'
import { bestTurn, hasMatch, readMarks, snippetOf } from './marked-text'
import { type MarkedCall, markCalls } from './marks'
import { defineSearchFunctions, indexState } from './search-index'
import * as statements from './statements'

export interface PageRequest {
  query: string
  sort: SearchSort
  limit: number
  cursor: string | null
}

export interface ReadyQuery {
  parsed: ParsedQuery
  compiled: CompiledQuery
  problems: QueryProblem[]
}

const NOTHING = {
  branches: [],
  marks: null,
  plainMarks: null,
  marksNear: false,
  ranked: null,
  isTooWide: false,
}

/** What is asked, and what is wrong with it. */
export function readyQuery(db: ReadDb, text: string, nowMs: number): ReadyQuery {
  defineSearchFunctions(db)
  const parsed = parseQuery(text)
  const compiled = compile(db, parsed, nowMs)
  const problems = [...parsed.problems]
  const everywhere = { from: 0, to: text.length }
  if (compiled.isTooWide)
    problems.push({
      ...everywhere,
      message:
        'Too many alternatives mix words with dates, numbers or annotations. Search for fewer at a time.',
    })
  const needsIndex = compiled.branches.some(({ said, words }) => said !== null || words !== null)
  const { state } = indexState(db)
  if (needsIndex && state !== 'ready')
    problems.push({
      ...everywhere,
      message: 'The search index is being built: older calls are found first, newer ones in a moment.',
    })
  return { parsed, compiled: needsIndex && state === 'missing' ? NOTHING : compiled, problems }
}

/** `pageSteps` in one go. */
export const searchPage = (db: ReadDb, request: PageRequest, nowMs: number): SearchPage =>
  atOnce(pageSteps(db, request, nowMs))

/**
 * A page of what the query finds, with snippets. By date: newest first. By relevance: best first among the newest
 * 20,000 hits; a query without words, or with the beginning of one alone, has none and comes by date. By duration:
 * longest first. By score: lowest first. Raises `invalid_input` for a foreign cursor. Yields between steps of a few
 * milliseconds.
 */
export function* pageSteps(db: ReadDb, request: PageRequest, nowMs: number): Generator<void, SearchPage> {
  const startedMs = performance.now()
  const { compiled, problems } = readyQuery(db, request.query, nowMs)
  const { keys, cursor } = yield* pageKeys(db, compiled, request)
  const rows = callRowsByKey(db, keys)
  const marked =
    compiled.marks === null
      ? null
      : markCalls(db, keys, {
          match: compiled.marks,
          plain: compiled.plainMarks,
          isNear: compiled.marksNear,
          maxMatches: MARKS_IN_ROW,
        })
  const hits = keys.flatMap((key): SearchHit[] => {
    const row = rows.get(key)
    return row ? [{ ...row, ...snippetOfHit(marked?.get(key)) }] : []
  })
  return { hits, cursor, tookMs: performance.now() - startedMs, problems }
}

function* pageKeys(
  db: ReadDb,
  compiled: CompiledQuery,
  { sort, limit, cursor }: PageRequest,
): Generator<void, { keys: number[]; cursor: string | null }> {
  if (sort === 'relevance' && compiled.ranked !== null) {
    const offset = readCursor(cursor, 'r') ?? 0
    const keys = yield* keysByRelevance(db, compiled, compiled.ranked, offset, limit)
    return { keys, cursor: keys.length < limit ? null : `r${offset + keys.length}` }
  }
  if (sort === 'duration' || sort === 'score') {
    const found = yield* keysSorted(db, compiled, sort, readPosition(cursor, sort), limit)
    const last = found.length < limit ? undefined : found.at(-1)
    return {
      keys: found.map(({ key }) => key),
      cursor: last ? `${sort === 'duration' ? 'l' : 's'}${last.value ?? ''};${last.key}` : null,
    }
  }
  const keys = yield* keysByDate(db, compiled, readCursor(cursor, 'd'), limit)
  return { keys, cursor: keys.length < limit ? null : `d${keys.at(-1)}` }
}

const foreignCursor = (): EarmarkError =>
  new EarmarkError('invalid_input', 'This is not the next page of this search. Start the search again.')

function readCursor(cursor: string | null, kind: 'd' | 'r'): number | null {
  if (cursor === null) return null
  if (cursor[0] !== kind || !/^\d{1,16}$/.test(cursor.slice(1))) throw foreignCursor()
  return Number(cursor.slice(1))
}

function readPosition(cursor: string | null, sort: 'duration' | 'score'): statements.SortPosition | null {
  if (cursor === null) return null
  const match = /^([ls])(-?\d{1,20}(?:\.\d{1,20})?)?;(\d{1,16})$/.exec(cursor)
  if (!match || match[1] !== (sort === 'duration' ? 'l' : 's')) throw foreignCursor()
  return { value: match[2] === undefined ? null : Number(match[2]), key: Number(match[3]) }
}

/** Relevance is decided among the newest so many hits. */
const RANKED_HITS = 20_000

function* keysByRelevance(
  db: ReadDb,
  query: CompiledQuery,
  ranked: string,
  offset: number,
  limit: number,
): Generator<void, number[]> {
  const keys = yield* keysByDate(db, query, null, RANKED_HITS)
  if (keys.length === 0) return []
  const scores = new Map(
    all<{ key: number; score: number }>(db, statements.bestOf(ranked, keys)).map(({ key, score }) => [
      key,
      score,
    ]),
  )
  yield
  // bm25 is the lower the better; what is found by a beginning alone comes behind.
  const scoreOf = (key: number): number => scores.get(key) ?? 0
  return keys.sort((a, b) => scoreOf(a) - scoreOf(b) || b - a).slice(offset, offset + limit)
}

/** Rows of the list by their calls' keys. */
export function callRowsByKey(db: ReadDb, keys: readonly number[]): Map<number, CallRow> {
  const rows = prepared<CallRowRecord>(
    db,
    `SELECT ${CALL_ROW_COLUMNS} FROM json_each(?) wanted CROSS JOIN calls c ON c.search_key = wanted.value
     CROSS JOIN connections n ON n.id = c.connection_id`,
  ).all(JSON.stringify(keys))
  return new Map(rows.map((row) => [row.search_key ?? -1, callRowOf(row)]))
}

/** Matches that are marked in a text too long for highlight(): for a row of the list, and for an open call. */
const MARKS_IN_ROW = 100
const MARKS_IN_CALL = 2000

function snippetOfHit(
  call: MarkedCall | undefined,
): Pick<SearchHit, 'snippet' | 'turnIndex' | 'matchingTurns'> {
  if (!call) return { snippet: null, turnIndex: null, matchingTurns: 0 }
  const matchingTurns = call.turns.filter(({ text }) => hasMatch(text)).length
  const best = bestTurn(call.turns.map(({ text }) => text))
  if (best)
    return {
      snippet: snippetOf(best.marked),
      turnIndex: call.turns[best.turnIndex]?.index ?? null,
      matchingTurns,
    }
  const other = [call.summary, ...call.numbers].find(hasMatch)
  return { snippet: other === undefined ? null : snippetOf(readMarks(other)), turnIndex: null, matchingTurns }
}

/** `countSteps` in one go. */
export const countCalls = (db: ReadDb, text: string, nowMs: number): { total: number; isExact: boolean } =>
  atOnce(countSteps(db, text, nowMs))

/** How many calls the query finds: exact up to 10,000. Yields between steps of a few milliseconds. */
export function* countSteps(
  db: ReadDb,
  text: string,
  nowMs: number,
): Generator<void, { total: number; isExact: boolean }> {
  const { compiled } = readyQuery(db, text, nowMs)
  const total = yield* countHits(db, compiled, statements.COUNT_LIMIT)
  return { total: Math.min(total, statements.COUNT_LIMIT), isExact: total <= statements.COUNT_LIMIT }
}

/**
 * The calls that a query finds, newest first, without snippets, page by page: for exports. `cursor` is that of
 * the page before; null at the end.
 */
export function callsFound(
  db: ReadDb,
  text: string,
  page: { cursor: number | null; limit: number; nowMs: number },
): { rows: CallRow[]; cursor: number | null } {
  const keys = callKeysFound(db, text, page)
  const rows = callRowsByKey(db, keys)
  return {
    rows: keys.flatMap((key) => rows.get(key) ?? []),
    cursor: keys.length < page.limit ? null : (keys.at(-1) ?? null),
  }
}

/**
 * The keys of the calls that a query finds, newest first, page by page; `cursor`: the last key of the page before. For
 * what marks all of them.
 */
export function callKeysFound(
  db: ReadDb,
  text: string,
  { cursor, limit, nowMs }: { cursor: number | null; limit: number; nowMs: number },
): number[] {
  return atOnce(keysByDate(db, readyQuery(db, text, nowMs).compiled, cursor, limit))
}

/** Which of these calls the query finds. */
export function callsAmong(db: ReadDb, text: string, callIds: readonly CallId[], nowMs: number): Set<CallId> {
  const { compiled } = readyQuery(db, text, nowMs)
  const known = prepared<{ id: string; key: number }>(
    db,
    `SELECT c.id, c.search_key AS key FROM json_each(?) wanted CROSS JOIN calls c ON c.id = wanted.value
     WHERE c.search_key IS NOT NULL`,
  ).all(JSON.stringify(callIds))
  const found = new Set(
    keysAmong(
      db,
      compiled,
      known.map(({ key }) => key),
    ),
  )
  return new Set(known.filter(({ key }) => found.has(key)).map(({ id }) => id))
}

/** Where the query's words stand in a call's turns as shown. Filters and exclusions of the query don't count here. */
export function matchesInCall(db: ReadDb, text: string, callId: CallId, nowMs: number): TurnMatches[] {
  const { compiled } = readyQuery(db, text, nowMs)
  if (compiled.marks === null) return []
  const key = prepared<number | null>(db, 'SELECT search_key FROM calls WHERE id = ?').pluck().get(callId)
  if (key === null || key === undefined) return []
  const call = markCalls(db, [key], {
    match: compiled.marks,
    plain: compiled.plainMarks,
    isNear: compiled.marksNear,

    maxMatches: MARKS_IN_CALL,
  }).get(key)
  return (call?.turns ?? []).flatMap(({ index, text: said }) =>
    hasMatch(said) ? [{ turnIndex: index, ranges: readMarks(said).ranges }] : [],
  )
}
