import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { Branch, CompiledQuery } from './compile'
import * as statements from './statements'
import { ALL_KEYS, boundedBy, type KeyRange, type Statement } from './statements'

/*
 * Walks over what a query finds, newest first, in steps of a few milliseconds: between two, other work of the
 * thread may run, or the walk may be given up. SQLite can't be interrupted, so a step is bounded by the calls that
 * it looks at: a window of keys.
 */

/** Runs one of statements.ts. */
export function all<Row>(db: ReadDb, { sql, parameters }: Statement): Row[] {
  return prepared<Row>(db, sql).all(...parameters)
}

function keys(db: ReadDb, { sql, parameters }: Statement): number[] {
  return prepared<number>(db, sql)
    .pluck()
    .all(...parameters)
}

/** Calls in the first window, by how much a branch costs for each; later windows grow, up to 16 times that. */
const WINDOW = { plain: 50_000, set: 4_000, deep: 1_000 } as const
const GROWTH = 4
const MAX_GROWTH = 16

/** Whether the first hits come without looking at calls that are none: FTS5 or the index of time leads to them. */
const isDirect = (branch: Branch): boolean =>
  branch.conditions.length === 0 &&
  branch.keySets.length === 0 &&
  (branch.said === null || branch.words === null)

function firstWindow(branches: readonly Branch[]): number {
  if (branches.some(({ isDeep }) => isDeep)) return WINDOW.deep
  return branches.every(isDirect) ? WINDOW.plain : WINDOW.set
}

/** The query's range below `beforeKey`, cut into windows, newest first. */
export function* windows(
  db: ReadDb,
  branches: readonly Branch[],
  beforeKey: number | null,
): Generator<KeyRange> {
  const bounds = branches.flatMap((branch) => boundedBy(branch, ALL_KEYS) ?? [])
  if (bounds.length === 0) return
  const low = Math.min(...bounds.map((one) => one.low))
  let high = Math.min(Math.max(...bounds.map((one) => one.high)), (beforeKey ?? Number.MAX_SAFE_INTEGER) - 1)
  const first = firstWindow(branches)
  for (let size = first; high >= low; size = Math.min(size * GROWTH, first * MAX_GROWTH)) {
    const [lowest] = keys(db, statements.windowBelow(high, size))
    const range = { low: Math.max(low, lowest ?? low), high }
    yield range
    if (lowest === undefined) return
    high = range.low - 1
  }
}

/** Keys of a branch's hits in a range, newest first. */
function branchKeys(db: ReadDb, branch: Branch, range: KeyRange, limit: number): number[] {
  const bounded = boundedBy(branch, range)
  if (bounded === null) return []
  return keys(db, statements.keysIn(branch, bounded, limit))
}

const union = (lists: readonly (readonly number[])[]): number[] =>
  lists.length === 1 ? [...(lists[0] ?? [])] : [...new Set(lists.flat())].sort((a, b) => b - a)

/** Keys of the hits in a range, newest first. */
export const keysInRange = (
  db: ReadDb,
  { branches }: CompiledQuery,
  range: KeyRange,
  limit = Number.MAX_SAFE_INTEGER,
): number[] => union(branches.map((branch) => branchKeys(db, branch, range, limit))).slice(0, limit)

/** Which of these calls the query finds: their keys, newest first. At most some hundred at a time. */
export function keysAmong(db: ReadDb, { branches }: CompiledQuery, candidates: readonly number[]): number[] {
  if (candidates.length === 0) return []
  return union(branches.map((branch) => keys(db, statements.keysAmong(branch, candidates))))
}

const AMONG = 300

/** Keys of the first `limit` hits below `beforeKey`, newest first. */
export function* keysByDate(
  db: ReadDb,
  query: CompiledQuery,
  beforeKey: number | null,
  limit: number,
): Generator<void, number[]> {
  const [only] = query.branches
  if (only && query.branches.length === 1 && isDirect(only))
    return branchKeys(db, only, { low: 0, high: (beforeKey ?? Number.MAX_SAFE_INTEGER) - 1 }, limit)
  const found: number[] = []
  for (const keysOfStep of steps(db, query, beforeKey, limit)) {
    found.push(...keysOfStep)
    if (found.length >= limit) break
    yield
  }
  return found.slice(0, limit)
}

/** The hits below `beforeKey`, step by step, newest first; at most `limit` in a step. */
function* steps(
  db: ReadDb,
  query: CompiledQuery,
  beforeKey: number | null,
  limit: number,
): Generator<number[]> {
  // What people wrote is little: where a hit must be among it, that is walked through and the rest asked about it.
  const set =
    query.branches.length === 1 ? query.branches[0]?.keySets.find((one) => !one.isNegated) : undefined
  if (set) {
    const written = keys(db, statements.keysOfSet(set)).filter((key) => beforeKey === null || key < beforeKey)
    for (let at = 0; at < written.length; at += AMONG)
      yield keysAmong(db, query, written.slice(at, at + AMONG))
    return
  }
  for (const range of windows(db, query.branches, beforeKey)) yield keysInRange(db, query, range, limit)
}

/** The query's one branch, where its hits need neither be looked at one by one nor be put together; else null. */
function countedBySqlite({ branches }: CompiledQuery): Branch | null {
  const [only] = branches
  const isPlain = only?.keySets.every(({ isNegated }) => isNegated)
  return only && branches.length === 1 && isPlain ? only : null
}

/** How many calls are found, `limit` + 1 at most. */
export function* countHits(db: ReadDb, query: CompiledQuery, limit: number): Generator<void, number> {
  const only = countedBySqlite(query)
  let total = 0
  if (only === null) {
    for (const found of steps(db, query, null, Number.MAX_SAFE_INTEGER)) {
      total += found.length
      if (total > limit) return limit + 1
      yield
    }
    return total
  }
  for (const range of windows(db, query.branches, null)) {
    const bounded = boundedBy(only, range)
    if (bounded !== null) {
      const [row] = all<{ total: number }>(db, statements.countIn(only, bounded, limit + 1 - total))
      total += row?.total ?? 0
    }
    if (total > limit) return limit + 1
    yield
  }
  return total
}

/** How many hits there are of each combination of facets (`calls.facet_id`). */
export function* countFacets(db: ReadDb, query: CompiledQuery): Generator<void, Map<number | null, number>> {
  const counts = new Map<number | null, number>()
  const add = (rows: readonly { facet: number | null; count: number }[]): void => {
    for (const { facet, count } of rows) counts.set(facet, (counts.get(facet) ?? 0) + count)
  }
  const only = countedBySqlite(query)
  if (only === null) {
    for (const found of steps(db, query, null, Number.MAX_SAFE_INTEGER)) {
      add(all(db, statements.facetsAmong(found)))
      yield
    }
    return counts
  }
  for (const range of windows(db, query.branches, null)) {
    const bounded = boundedBy(only, range)
    if (bounded !== null) add(all(db, statements.facetsIn(only, bounded)))
    yield
  }
  return counts
}

/** The first hits in the order of a column, behind `after`. */
export function* keysSorted(
  db: ReadDb,
  query: CompiledQuery,
  column: statements.SortColumn,
  after: statements.SortPosition | null,
  limit: number,
): Generator<void, statements.SortPosition[]> {
  let best: statements.SortPosition[] = []
  const sign = column === 'duration' ? -1 : 1
  const compare = (a: statements.SortPosition, b: statements.SortPosition): number => {
    if (a.value !== b.value) return a.value === null ? 1 : b.value === null ? -1 : sign * (a.value - b.value)
    return b.key - a.key
  }
  for (const range of windows(db, query.branches, null)) {
    const found = new Map(best.map((one) => [one.key, one]))
    for (const branch of query.branches) {
      const bounded = boundedBy(branch, range)
      if (bounded === null) continue
      for (const row of all<statements.SortPosition>(
        db,
        statements.sortedIn(branch, bounded, column, after, limit),
      ))
        found.set(row.key, row)
    }
    best = [...found.values()].sort(compare).slice(0, limit)
    yield
  }
  return best
}

/** Runs to its end at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
