import type { SearchHit } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { callRowsByKey } from './queries'

/*
 * All calls by their place, newest first. SQLite can't jump to "the 500,000th": it walks there. So the key of every
 * thousandth call is kept (a million calls: a thousand numbers), and only the last steps are walked.
 */

/** Calls from one kept key to the next. */
const STRIDE = 1000
/** Calls that one step of making the list walks over. */
const STEP_CALLS = 20_000
/** While a sync writes, the list is made anew so seldom that it takes a twentieth of the time: places move then anyhow. */
const RENEW_AFTER = 20

interface Places {
  /** `keys[i]` is the key of call number `i * STRIDE`. */
  keys: number[]
  total: number
  /** Of the database that it was made from (`PRAGMA data_version`). */
  version: number
  madeAtMs: number
  tookMs: number
}

const known = new WeakMap<ReadDb, Places>()
/** Databases whose first rows have been shown. */
const begun = new WeakSet<ReadDb>()

export const NEXT_KEYS_SQL = `SELECT search_key FROM calls INDEXED BY calls_in_time
  WHERE search_key >= 0 AND search_key < ? ORDER BY search_key DESC LIMIT ?`
export const KEYS_FROM_SQL = `SELECT search_key FROM calls INDEXED BY calls_in_time
  WHERE search_key >= 0 AND search_key <= ? ORDER BY search_key DESC LIMIT ? OFFSET ?`

const versionOf = (db: ReadDb): number => Number(db.pragma('main.data_version', { simple: true }))

/** The list of places, made anew where calls came or went. Yields between steps of a few milliseconds. */
function* placesOf(db: ReadDb): Generator<void, Places> {
  const version = versionOf(db)
  const old = known.get(db)
  const now = performance.now()
  if (old && (old.version === version || now - old.madeAtMs < RENEW_AFTER * old.tookMs)) return old
  const keys: number[] = []
  let total = 0
  let before = Number.MAX_SAFE_INTEGER
  for (;;) {
    const step = prepared<number>(db, NEXT_KEYS_SQL).pluck().all(before, STEP_CALLS)
    for (let at = 0; at < step.length; at += STRIDE) keys.push(step[at] ?? 0)
    total += step.length
    before = step.at(-1) ?? 0
    if (step.length < STEP_CALLS) break
    yield
  }
  const madeAtMs = performance.now()
  const places = { keys, total, version, madeAtMs, tookMs: madeAtMs - now }
  known.set(db, places)
  return places
}

/**
 * Rows of all calls from a place on, newest first; 0 is the newest. `total`: how many calls there are. Rows behind the
 * end are none. `isSettled: false`: calls came or went since the places were counted, or they are not counted yet (on a
 * cold disk, walking over a million takes a second, and nobody waits for that to see the first rows; `total` is then at
 * least so many); ask again in a moment. Yields between steps of a few milliseconds.
 */
export function* windowSteps(
  db: ReadDb,
  { from, limit }: { from: number; limit: number },
): Generator<void, { total: number; isSettled: boolean; hits: SearchHit[] }> {
  if (!begun.has(db)) {
    begun.add(db)
    const head = prepared<number>(db, KEYS_FROM_SQL).pluck().all(Number.MAX_SAFE_INTEGER, STRIDE, 0)
    if (head.length === STRIDE && from + limit <= STRIDE)
      return { total: STRIDE, isSettled: false, hits: hitsOf(db, head.slice(from, from + limit)) }
  }
  const { keys, total, version } = yield* placesOf(db)
  const isSettled = version === versionOf(db)
  const nearest = keys[Math.floor(from / STRIDE)]
  if (nearest === undefined) return { total, isSettled, hits: [] }
  const wanted = prepared<number>(db, KEYS_FROM_SQL)
    .pluck()
    .all(nearest, limit, from % STRIDE)
  return { total, isSettled, hits: hitsOf(db, wanted) }
}

function hitsOf(db: ReadDb, wanted: readonly number[]): SearchHit[] {
  const rows = callRowsByKey(db, wanted)
  return wanted.flatMap((key): SearchHit[] => {
    const row = rows.get(key)
    return row ? [{ ...row, snippet: null, turnIndex: null, matchingTurns: 0 }] : []
  })
}
