import { performance } from 'node:perf_hooks'
import {
  type CallId,
  type CallRow,
  EarmarkError,
  type Facets,
  type FacetValue,
  type ParsedQuery,
  parseQuery,
  type QueryProblem,
  type SearchHit,
  type SearchPage,
  type SearchSort,
  type SnippetPart,
  type TurnMatches,
} from '@contract'
import { CALL_ROW_COLUMNS, type CallRowRecord, callRowOf } from '../calls/call-row'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type CompiledQuery, campaignNames, compile } from './compile'
import { LONG_TEXT, markLong } from './mark-long'
import { bestTurn, hasMatch, readMarks, snippetOf, splitTurns } from './marked-text'
import { defineSearchFunctions, indexState } from './search-index'
import * as statements from './statements'

export interface PageRequest {
  query: string
  sort: SearchSort
  limit: number
  cursor: string | null
}

interface MarkedHit {
  key: number
  transcript?: string
  summary?: string
  numbers?: string
}

/** Runs one of statements.ts. */
function all<Row>(db: ReadDb, { sql, parameters }: statements.Statement): Row[] {
  return prepared<Row>(db, sql).all(...parameters)
}

interface ReadyQuery {
  parsed: ParsedQuery
  compiled: CompiledQuery
  problems: QueryProblem[]
  /** There is no index yet, and the query needs it: nothing is found. */
  isBlocked: boolean
}

function readyQuery(db: ReadDb, text: string, nowMs: number): ReadyQuery {
  defineSearchFunctions(db)
  const parsed = parseQuery(text)
  const compiled = compile(db, parsed, nowMs)
  const { state } = indexState(db)
  const problems = [...parsed.problems]
  if (compiled.match !== null && state !== 'ready')
    problems.push({
      from: 0,
      to: text.length,
      message: 'The search index is being built: older calls are found first, newer ones in a moment.',
    })
  return { parsed, compiled, problems, isBlocked: compiled.match !== null && state === 'missing' }
}

/**
 * A page of what the query finds, with snippets. By date: newest first. By relevance: best first among the newest
 * 20,000 hits; a query without words has none and comes by date. Raises `invalid_input` for a foreign cursor.
 */
export function searchPage(db: ReadDb, request: PageRequest, nowMs: number): SearchPage {
  const startedMs = performance.now()
  const { compiled, problems, isBlocked } = readyQuery(db, request.query, nowMs)
  const byRelevance = request.sort === 'relevance' && compiled.anyWord !== null
  const position = readCursor(request.cursor, byRelevance ? 'r' : 'd')
  const found = isBlocked
    ? []
    : byRelevance
      ? hitsByRelevance(db, compiled, position ?? 0, request.limit)
      : all<MarkedHit>(db, statements.pageByDate(compiled, position, request.limit))
  const rows = callRowsByKey(
    db,
    found.map(({ key }) => key),
  )
  const hits = found.flatMap((hit): SearchHit[] => {
    const row = rows.get(hit.key)
    return row ? [{ ...row, ...snippetOfHit(hit, compiled.anyWord) }] : []
  })
  const last = found.length < request.limit ? undefined : found.at(-1)
  const next = last && (byRelevance ? `r${(position ?? 0) + found.length}` : `d${last.key}`)
  return { hits, cursor: next ?? null, tookMs: performance.now() - startedMs, problems }
}

function readCursor(cursor: string | null, kind: 'd' | 'r'): number | null {
  if (cursor === null) return null
  if (cursor[0] !== kind || !/^\d{1,16}$/.test(cursor.slice(1)))
    throw new EarmarkError(
      'invalid_input',
      'This is not the next page of this search. Start the search again.',
    )
  return Number(cursor.slice(1))
}

function hitsByRelevance(db: ReadDb, query: CompiledQuery, offset: number, limit: number): MarkedHit[] {
  const keys = all<{ key: number }>(db, statements.keysByRelevance(query, offset, limit)).map(
    ({ key }) => key,
  )
  if (keys.length === 0) return []
  const marks = new Map(all<MarkedHit>(db, statements.marksOf(query, keys)).map((hit) => [hit.key, hit]))
  return keys.map((key) => marks.get(key) ?? { key })
}

function callRowsByKey(db: ReadDb, keys: readonly number[]): Map<number, CallRow> {
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

const allMarked = (text: string, anyWord: string | null, maxMatches: number): string =>
  text.length > LONG_TEXT && anyWord !== null && !hasMatch(text) ? markLong(text, anyWord, maxMatches) : text

function snippetOfHit(
  hit: MarkedHit,
  anyWord: string | null,
): { snippet: SnippetPart[] | null; turnIndex: number | null } {
  const marked = (text: string | undefined): string => allMarked(text ?? '', anyWord, MARKS_IN_ROW)
  const best = hit.transcript === undefined ? null : bestTurn(splitTurns(marked(hit.transcript)))
  if (best) return { snippet: snippetOf(best.marked), turnIndex: best.turnIndex }
  const other = [marked(hit.summary), ...splitTurns(marked(hit.numbers))].find(hasMatch)
  return { snippet: other === undefined ? null : snippetOf(readMarks(other)), turnIndex: null }
}

/** How many calls the query finds: exact up to 10,000. */
export function countCalls(db: ReadDb, text: string, nowMs: number): { total: number; isExact: boolean } {
  const { compiled, isBlocked } = readyQuery(db, text, nowMs)
  const total = isBlocked ? 0 : (all<{ total: number }>(db, statements.count(compiled))[0]?.total ?? 0)
  return { total: Math.min(total, statements.COUNT_LIMIT), isExact: total <= statements.COUNT_LIMIT }
}

/**
 * The calls that a query finds, newest first, without snippets, page by page: for exports. `cursor` is that of
 * the page before; null at the end.
 */
export function callsFound(
  db: ReadDb,
  text: string,
  { cursor, limit, nowMs }: { cursor: number | null; limit: number; nowMs: number },
): { rows: CallRow[]; cursor: number | null } {
  const { compiled, isBlocked } = readyQuery(db, text, nowMs)
  const keys = isBlocked
    ? []
    : all<{ key: number }>(db, statements.keysByDate(compiled, cursor, limit)).map(({ key }) => key)
  const rows = callRowsByKey(db, keys)
  return {
    rows: keys.flatMap((key) => rows.get(key) ?? []),
    cursor: keys.length < limit ? null : (keys.at(-1) ?? null),
  }
}

/** Which of these calls the query finds. */
export function callsAmong(db: ReadDb, text: string, callIds: readonly CallId[], nowMs: number): Set<CallId> {
  const { compiled, isBlocked } = readyQuery(db, text, nowMs)
  if (isBlocked) return new Set()
  const known = prepared<{ id: string; key: number }>(
    db,
    `SELECT c.id, c.search_key AS key FROM json_each(?) wanted CROSS JOIN calls c ON c.id = wanted.value
     WHERE c.search_key IS NOT NULL`,
  ).all(JSON.stringify(callIds))
  if (known.length === 0) return new Set()
  const keys = known.map(({ key }) => key)
  const found = new Set(all<{ key: number }>(db, statements.keysAmong(compiled, keys)).map(({ key }) => key))
  return new Set(known.filter(({ key }) => found.has(key)).map(({ id }) => id))
}

/** Where the query's words stand in a call's turns as shown. Filters and exclusions of the query don't count here. */
export function matchesInCall(db: ReadDb, text: string, callId: CallId, nowMs: number): TurnMatches[] {
  const { compiled, isBlocked } = readyQuery(db, text, nowMs)
  if (isBlocked || compiled.anyWord === null) return []
  const key = prepared<number | null>(db, 'SELECT search_key FROM calls WHERE id = ?').pluck().get(callId)
  if (key === null || key === undefined) return []
  const row = all<{ transcript: string }>(db, statements.marksInCall(compiled.anyWord, key))[0]
  if (!row) return []
  return splitTurns(allMarked(row.transcript, compiled.anyWord, MARKS_IN_CALL)).flatMap((turn, turnIndex) =>
    hasMatch(turn) ? [{ turnIndex, ranges: readMarks(turn).ranges }] : [],
  )
}

const FACET_FIELDS = Object.keys(statements.FACET_COLUMNS) as statements.FacetField[]
const FACET_VALUES = 100

type ValueCounts = Map<string, number>
type Combination = Record<statements.FacetField, string> & { count: number }

/** `facetsOf` in one go. */
export function facetsOf(db: ReadDb, text: string, nowMs: number): Facets {
  const work = facetSlices(db, text, nowMs)
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/**
 * The values of the four fields with the number of calls that each would leave, given the rest of the query
 * (a field's own filters aside); most calls first, at most 100 a field. Yields between slices of a few milliseconds,
 * where other work may run or this may be given up.
 */
export function* facetSlices(db: ReadDb, text: string, nowMs: number): Generator<void, Facets> {
  const { parsed, isBlocked } = readyQuery(db, text, nowMs)
  // Fields without filters of their own share one pass over the hits.
  const passes = new Map<string, Combination[] | null>()
  function* countsOf(field: statements.FacetField): Generator<void, ValueCounts> {
    const isOwn = (term: ParsedQuery['terms'][number]): boolean =>
      term.kind === 'filter' && term.field === field
    const rest = parsed.terms.filter((term) => !isOwn(term) || term.isNegated)
    const name = rest.length === parsed.terms.length ? '' : field
    let combinations = passes.get(name)
    if (combinations === undefined) {
      combinations = yield* combinationsOf(db, { terms: rest, problems: [] }, nowMs)
      passes.set(name, combinations)
    }
    return combinations === null ? allValues(db, field) : valuesIn(combinations, field)
  }
  const names = {
    connection: connectionNames(db),
    campaign: new Map(campaignNames(db).map((c) => [c.id, c.name])),
  }
  const facets: Facets = { connection: [], campaign: [], status: [], sentiment: [] }
  if (isBlocked) return facets
  for (const field of FACET_FIELDS)
    facets[field] = [...(yield* countsOf(field))]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, FACET_VALUES)
      .map(([value, count]): FacetValue => {
        const label =
          field === 'connection' || field === 'campaign' ? (names[field].get(value) ?? value) : value
        return { value: field === 'connection' ? label : value, label, count }
      })
  return facets
}

/** Null when the query leaves every call. */
function* combinationsOf(
  db: ReadDb,
  query: ParsedQuery,
  nowMs: number,
): Generator<void, Combination[] | null> {
  const compiled = compile(db, query, nowMs)
  const isEverything =
    compiled.match === null &&
    compiled.minKey === null &&
    compiled.maxKey === null &&
    compiled.conditions.length === 0 &&
    compiled.keySets.length === 0
  if (isEverything) return null
  const counts = new Map<number | null, number>()
  for (let beforeKey: number | null = null; ; ) {
    const slice: { facet: number | null; count: number; lowest: number }[] = all(
      db,
      statements.facetsOfHits(compiled, beforeKey),
    )
    let hits = 0
    for (const { facet, count, lowest } of slice) {
      counts.set(facet, (counts.get(facet) ?? 0) + count)
      hits += count
      beforeKey = Math.min(beforeKey ?? lowest, lowest)
    }
    if (hits < statements.FACET_SLICE) break
    yield
  }
  return prepared<Record<statements.FacetField, string> & { id: number }>(
    db,
    `SELECT f.id, f.connection_id AS connection, f.campaign_id AS campaign, f.status, f.sentiment
     FROM json_each(?) wanted CROSS JOIN facets f ON f.id = wanted.value`,
  )
    .all(JSON.stringify([...counts.keys()]))
    .map((values) => ({ ...values, count: counts.get(values.id) ?? 0 }))
}

function allValues(db: ReadDb, field: statements.FacetField): ValueCounts {
  const rows = all<{ value: string; count: number }>(db, statements.valuesOfAll(field))
  return new Map(rows.map(({ value, count }) => [value, count]))
}

function valuesIn(combinations: readonly Combination[], field: statements.FacetField): ValueCounts {
  const counts: ValueCounts = new Map()
  for (const combination of combinations) {
    const value = combination[field]
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + combination.count)
  }
  return counts
}

function connectionNames(db: ReadDb): Map<string, string> {
  const rows = prepared<{ id: string; name: string }>(db, 'SELECT id, name FROM connections').all()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
