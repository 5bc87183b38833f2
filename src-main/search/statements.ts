import type { Branch, Condition } from './compile'

/** SQL text with what is bound to it. */
export type Statement = Condition

/** Beyond this, counting stops. */
export const COUNT_LIMIT = 10_000

/** Keys of calls, both included. */
export interface KeyRange {
  low: number
  high: number
}

export const ALL_KEYS: KeyRange = { low: 0, high: Number.MAX_SAFE_INTEGER }

/** The part of a range in which the branch can find anything; null: there is none. */
export function boundedBy({ minKey, maxKey }: Branch, { low, high }: KeyRange): KeyRange | null {
  const range = { low: Math.max(low, minKey ?? 0), high: Math.min(high, maxKey ?? Number.MAX_SAFE_INTEGER) }
  return range.low <= range.high ? range : null
}

/**
 * A bound key. better-sqlite3 binds every number as a floating one, and FTS5 leaves a bound of its rowid that is no integer
 * unused: it would walk all of a word's calls, and SQLite throw away what lies outside (27 ms instead of 0.7 for a month of a million).
 */
const KEY = 'CAST(? AS INTEGER)'

/**
 * Which of the two tables of the index leads; null: the calls do. Where both are asked, the words: there it is short
 * beginnings, which most calls have, and the set put up for looking into is the smaller one of phrases.
 */
const leaderOf = ({ said, words }: Branch): 'search' | 'search_words' | null =>
  words !== null ? 'search_words' : said !== null ? 'search' : null

/**
 * The rows that a branch finds in a range: `FROM … WHERE …` and the name of the key in it. Measured: a plain JOIN
 * inverts the plan (by 200x), so the index of words always leads (CROSS JOIN) and the calls follow through an index
 * that covers them; the unary plus keeps FTS5 from asking once per key of a set.
 */
function source(branch: Branch, range: KeyRange, needsCall: boolean): Statement & { key: string } {
  const parameters: (string | number)[] = []
  const where: string[] = []
  const leader = leaderOf(branch)
  const key = leader === null ? 'n.search_key' : `${leader}.rowid`
  let from = 'calls n INDEXED BY calls_in_time'
  if (leader !== null) {
    from =
      needsCall || branch.conditions.length > 0
        ? `${leader} CROSS JOIN calls n INDEXED BY calls_in_time ON n.search_key = ${leader}.rowid`
        : leader
    where.push(`${leader} MATCH ?`)
    parameters.push(branch.words ?? branch.said ?? '')
  }
  if (leader === null || range.low > 0) {
    where.push(`${key} >= ${KEY}`)
    parameters.push(range.low)
  }
  if (range.high < Number.MAX_SAFE_INTEGER) {
    where.push(`${key} <= ${KEY}`)
    parameters.push(range.high)
  }
  if (branch.said !== null && branch.words !== null) {
    where.push(
      `+${key} IN (SELECT s.rowid FROM search s WHERE search MATCH ? AND s.rowid BETWEEN ${KEY} AND ${KEY})`,
    )
    parameters.push(branch.said, range.low, range.high)
  }
  for (const set of branch.keySets) {
    where.push(`+${key} ${set.isNegated ? 'NOT IN' : 'IN'} (${set.sql})`)
    parameters.push(...set.parameters)
  }
  for (const condition of branch.conditions) {
    where.push(`(${condition.sql})`)
    parameters.push(...condition.parameters)
  }
  return { key, sql: `FROM ${from} WHERE ${where.join(' AND ')}`, parameters }
}

/** Keys of hits in a range, newest first. */
export function keysIn(branch: Branch, range: KeyRange, limit: number): Statement {
  const { key, sql, parameters } = source(branch, range, false)
  return {
    sql: `SELECT ${key} AS key ${sql} ORDER BY ${key} DESC LIMIT ?`,
    parameters: [...parameters, limit],
  }
}

/** Which of these keys the branch finds. */
export function keysAmong(branch: Branch, keys: readonly number[]): Statement {
  const range = boundedBy(branch, { low: Math.min(...keys), high: Math.max(...keys) })
  const { key, sql, parameters } = source(branch, range ?? { low: 1, high: 0 }, false)
  return {
    sql: `SELECT ${key} AS key ${sql} AND +${key} IN (SELECT value FROM json_each(?)) ORDER BY ${key} DESC`,
    parameters: [...parameters, JSON.stringify(keys)],
  }
}

/** The hits in a range, `limit` of them at most. */
export function countIn(branch: Branch, range: KeyRange, limit: number): Statement {
  const { sql, parameters } = source(branch, range, false)
  return {
    sql: `SELECT count(*) AS total FROM (SELECT 1 ${sql} LIMIT ?)`,
    parameters: [...parameters, limit],
  }
}

/** The keys of a set of what people wrote, newest first: few, beside the calls. */
export const keysOfSet = ({ sql, parameters }: Condition): Statement => ({
  sql: `SELECT DISTINCT search_key AS key FROM (${sql}) ORDER BY key DESC`,
  parameters,
})

/** How far down from `high` the next `calls` calls reach: the lowest of their keys; no row: to the end. */
export const windowBelow = (high: number, calls: number): Statement => ({
  sql: `SELECT n.search_key AS key FROM calls n INDEXED BY calls_in_time
    WHERE n.search_key >= 0 AND n.search_key <= ? ORDER BY n.search_key DESC LIMIT 1 OFFSET ?`,
  parameters: [high, calls - 1],
})

/** Relevance: words in a summary say more than in a transcript; an id or a number says all; facets say nothing. */
const RANK = 'bm25(search, 1.0, 1.0, 1.0, 2.0, 4.0, 0.0)'

/** These hits, best first. One walk: asking by rowid would begin the query again each time. */
export function bestOf(ranked: string, keys: readonly number[]): Statement {
  return {
    sql: `SELECT search.rowid AS key, ${RANK} AS score FROM search
      WHERE search MATCH ? AND search.rowid BETWEEN ${KEY} AND ${KEY} AND +search.rowid IN (SELECT value FROM json_each(?))`,
    parameters: [ranked, Math.min(...keys), Math.max(...keys), JSON.stringify(keys)],
  }
}

/** What calls can be put in order by, beside their date. */
export const SORT_COLUMNS = { duration: 'n.duration_ms', score: 'n.vendor_score' } as const
export type SortColumn = keyof typeof SORT_COLUMNS

/** Behind which the next page begins; `value: null`: among the calls that have none, which come last. */
export interface SortPosition {
  value: number | null
  key: number
}

/** The first hits in a range in the order of a column: longest first, worst score first. */
export function sortedIn(
  branch: Branch,
  range: KeyRange,
  column: SortColumn,
  after: SortPosition | null,
  limit: number,
): Statement {
  const { key, sql, parameters } = source(branch, range, true)
  const name = SORT_COLUMNS[column]
  const [direction, behind] = column === 'duration' ? ['DESC', '<'] : ['ASC', '>']
  const where =
    after === null
      ? ''
      : after.value === null
        ? `AND ${name} IS NULL AND +${key} < ?`
        : `AND (${name} ${behind} ? OR ${name} IS NULL OR (${name} = ? AND +${key} < ?))`
  const bound =
    after === null ? [] : after.value === null ? [after.key] : [after.value, after.value, after.key]
  return {
    sql: `SELECT ${key} AS key, ${name} AS value ${sql} ${where}
      ORDER BY ${name} ${direction} NULLS LAST, ${key} DESC LIMIT ?`,
    parameters: [...parameters, ...bound, limit],
  }
}

/** What `calls.facet_id` stands for a combination of. */
export const FACET_FIELDS = ['connection', 'campaign', 'status', 'sentiment'] as const
export type FacetField = (typeof FACET_FIELDS)[number]

/** How many of all calls have a combination of the four fields' values, by its number (`calls.facet_id`). */
export const countOfFacet = (facet: number): Statement => ({
  sql: 'SELECT count(*) FROM calls INDEXED BY calls_by_facet WHERE facet_id = ?',
  parameters: [facet],
})

/** The combinations of the four fields' values among the hits in a range, by their number (`calls.facet_id`). */
export function facetsIn(branch: Branch, range: KeyRange): Statement {
  const { sql, parameters } = source(branch, range, true)
  return { sql: `SELECT n.facet_id AS facet, count(*) AS count ${sql} GROUP BY n.facet_id`, parameters }
}

/** The same among calls that are known. */
export const facetsAmong = (keys: readonly number[]): Statement => ({
  sql: `SELECT n.facet_id AS facet, count(*) AS count
    FROM json_each(?) wanted CROSS JOIN calls n INDEXED BY calls_in_time ON n.search_key = wanted.value
    GROUP BY n.facet_id`,
  parameters: [JSON.stringify(keys)],
})

/** Labels of annotations with the keys of their calls: few, beside the calls. */
export const LABELLED: Statement = {
  sql: `SELECT DISTINCT a.label, k.search_key AS key FROM reviews.annotations a
    CROSS JOIN calls k ON k.id = a.call_id WHERE k.search_key IS NOT NULL AND a.deleted_at_ms IS NULL`,
  parameters: [],
}
