import type { CompiledQuery, Condition } from './compile'
import { MATCH_CLOSE, MATCH_OPEN } from './index-text'
import { LONG_TEXT } from './mark-long'

/** SQL text with what is bound to it. */
export type Statement = Condition

/** Beyond this, counting stops. */
export const COUNT_LIMIT = 10_000
/** Relevance is decided among the newest so many hits. */
export const RANKED_HITS = 20_000

const quotedMark = (mark: string): string => `char(${mark.codePointAt(0)})`
/** Marked, or plain where it is too long for that (`markLong`). */
const marked = (column: number, name: string): string =>
  `CASE WHEN length(search.${name}) > ${LONG_TEXT} THEN search.${name}
    ELSE highlight(search, ${column}, ${quotedMark(MATCH_OPEN)}, ${quotedMark(MATCH_CLOSE)}) END AS ${name}`
const MARKED = [marked(0, 'transcript'), marked(1, 'summary'), marked(2, 'numbers')].join(', ')
/** Words in a summary say more than in a transcript; an id or a number says all; facets say nothing. */
const RANK = 'bm25(search, 1.0, 2.0, 4.0, 0.0)'

/**
 * The rows that a query finds: `FROM … WHERE …` and the name of the key in it. Measured: a plain JOIN inverts
 * the plan (by 200x), so the index of words always leads (CROSS JOIN) and the calls follow through an index
 * that covers them; the unary plus keeps FTS5 from asking once per key of a set.
 */
function source(query: CompiledQuery, beforeKey: number | null): Statement & { key: string } {
  const parameters: (string | number)[] = []
  const where: string[] = []
  let from: string
  let key: string
  if (query.match !== null) {
    key = 'search.rowid'
    from =
      query.conditions.length > 0
        ? 'search CROSS JOIN calls n INDEXED BY calls_in_time ON n.search_key = search.rowid'
        : 'search'
    where.push('search MATCH ?')
    parameters.push(query.match)
  } else {
    key = 'n.search_key'
    from = 'calls n INDEXED BY calls_in_time'
    where.push('n.search_key >= 0')
  }
  const highest = Math.min(
    query.maxKey ?? Number.MAX_SAFE_INTEGER,
    (beforeKey ?? Number.MAX_SAFE_INTEGER) - 1,
  )
  if (query.minKey !== null) {
    where.push(`${key} >= ?`)
    parameters.push(query.minKey)
  }
  if (highest < Number.MAX_SAFE_INTEGER - 1) {
    where.push(`${key} <= ?`)
    parameters.push(highest)
  }
  for (const set of query.keySets) {
    where.push(`+${key} ${set.isNegated ? 'NOT IN' : 'IN'} (${set.sql})`)
    parameters.push(...set.parameters)
  }
  for (const condition of query.conditions) {
    where.push(`(${condition.sql})`)
    parameters.push(...condition.parameters)
  }
  return { key, sql: `FROM ${from} WHERE ${where.join(' AND ')}`, parameters }
}

/** Newest first: the key and, where there are words, the marked text, of hits before `beforeKey`. */
export function pageByDate(query: CompiledQuery, beforeKey: number | null, limit: number): Statement {
  const { key, sql, parameters } = source(query, beforeKey)
  const columns = query.anyWord === null ? '' : `, ${MARKED}`
  // highlight() runs for rows that are given out alone, as nothing is sorted.
  return {
    sql: `SELECT ${key} AS key${columns} ${sql} ORDER BY ${key} DESC LIMIT ?`,
    parameters: [...parameters, limit],
  }
}

/** The keys alone, newest first. */
export function keysByDate(query: CompiledQuery, beforeKey: number | null, limit: number): Statement {
  const { key, sql, parameters } = source(query, beforeKey)
  return {
    sql: `SELECT ${key} AS key ${sql} ORDER BY ${key} DESC LIMIT ?`,
    parameters: [...parameters, limit],
  }
}

/** Best first, among the newest `RANKED_HITS`: keys. The query has words. */
export function keysByRelevance(query: CompiledQuery, offset: number, limit: number): Statement {
  const { key, sql, parameters } = source(query, null)
  return {
    sql: `SELECT key FROM (
        SELECT ${key} AS key, ${RANK} AS score ${sql} ORDER BY ${key} DESC LIMIT ${RANKED_HITS})
      ORDER BY score, key DESC LIMIT ? OFFSET ?`,
    parameters: [...parameters, limit, offset],
  }
}

/** The marked text of these hits of a query with words. One walk: asking by rowid would begin the query again each time. */
export function marksOf(query: CompiledQuery, keys: readonly number[]): Statement {
  return {
    sql: `SELECT search.rowid AS key, ${MARKED} FROM search
      WHERE search MATCH ? AND search.rowid BETWEEN ? AND ? AND +search.rowid IN (SELECT value FROM json_each(?))`,
    parameters: [query.match ?? '', Math.min(...keys), Math.max(...keys), JSON.stringify(keys)],
  }
}

/** Where any of the words stand in one call, whether or not it fulfils all of the query. */
export function marksInCall(anyWord: string, key: number): Statement {
  return {
    sql: `SELECT ${marked(0, 'transcript')} FROM search WHERE search MATCH ? AND search.rowid = CAST(? AS INTEGER)`,
    parameters: [anyWord, key],
  }
}

/** One more than `COUNT_LIMIT` at most. */
export function count(query: CompiledQuery): Statement {
  const { sql, parameters } = source(query, null)
  return { sql: `SELECT count(*) AS total FROM (SELECT 1 ${sql} LIMIT ${COUNT_LIMIT + 1})`, parameters }
}

/** Which of these keys the query finds. */
export function keysAmong(query: CompiledQuery, keys: readonly number[]): Statement {
  const { key, sql, parameters } = source(query, null)
  return {
    sql: `SELECT ${key} AS key ${sql} AND ${key} BETWEEN ? AND ?
      AND +${key} IN (SELECT value FROM json_each(?)) ORDER BY ${key} DESC`,
    parameters: [...parameters, Math.min(...keys), Math.max(...keys), JSON.stringify(keys)],
  }
}

export type FacetField = 'connection' | 'campaign' | 'status' | 'sentiment'
export const FACET_COLUMNS: Readonly<Record<FacetField, string>> = {
  connection: 'connection_id',
  campaign: 'campaign_id',
  status: 'status',
  sentiment: 'sentiment',
}

/** A field's values in all calls, through the index that is ordered by it. */
export function valuesOfAll(field: FacetField): Statement {
  const column = FACET_COLUMNS[field]
  return {
    sql: `SELECT n.${column} AS value, count(*) AS count FROM calls n INDEXED BY calls_by_${field}
      WHERE n.${column} > '' GROUP BY n.${column}`,
    parameters: [],
  }
}

/** Hits that are counted in one go; other work of the thread may run between. */
export const FACET_SLICE = 20_000

/**
 * The combinations of the four fields' values among the newest `FACET_SLICE` hits before `beforeKey`, by their
 * number (`calls.facet_id`), each with the lowest key that has it.
 */
export function facetsOfHits(query: CompiledQuery, beforeKey: number | null): Statement {
  const { key, sql, parameters } = source(
    { ...query, conditions: [{ sql: 'TRUE', parameters: [] }, ...query.conditions] },
    beforeKey,
  )
  return {
    sql: `SELECT facet, count(*) AS count, min(key) AS lowest FROM (
        SELECT n.facet_id AS facet, ${key} AS key ${sql} ORDER BY ${key} DESC LIMIT ${FACET_SLICE})
      GROUP BY facet`,
    parameters,
  }
}
