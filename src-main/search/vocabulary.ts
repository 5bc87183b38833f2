import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'

/** A token of the index, and how many calls have it. */
export interface Term {
  term: string
  calls: number
}

/** Milliseconds of one step over the vocabulary. */
const STEP_MS = 4
/** How long what was read is good for. */
const KEEP_MS = 10_000
const MAX_KEPT = 20

/** Greater than all characters of our tokens. */
const BEHIND = '\uF8FF'

interface Kept {
  terms: Term[]
  isWhole: boolean
  atMs: number
}
const kept = new WeakMap<ReadDb, Map<string, Kept>>()

/**
 * The index's own list of words, as a table of this connection alone. Raises SQLite's error where there is no index.
 */
function defineVocabulary(db: ReadDb): void {
  if (prepared(db, "SELECT 1 FROM sqlite_temp_schema WHERE name = 'search_vocabulary'").get() !== undefined)
    return
  // The table lies in memory; the databases are open for reading only, whatever this says.
  db.pragma('query_only = OFF')
  try {
    db.exec('CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab (main, search_words, row)')
  } finally {
    db.pragma('query_only = ON')
  }
}

export const TERMS_SQL = 'SELECT term, doc AS calls FROM temp.search_vocabulary WHERE term > ? AND term < ?'

/**
 * Tokens that begin like this, in their own order: `limit` of them at most, and those that `deadlineMs` (of
 * `performance.now`) leaves time for. SQLite reads the list of a token's calls to count them, so a step is bounded
 * by time. Yields between steps.
 */
export function* termsBegun(
  db: ReadDb,
  begun: string,
  { limit, deadlineMs }: { limit: number; deadlineMs: number },
): Generator<void, Term[]> {
  const cache = kept.get(db) ?? new Map<string, Kept>()
  kept.set(db, cache)
  const now = performance.now()
  const known = cache.get(begun)
  if (known?.isWhole && now - known.atMs < KEEP_MS) return known.terms
  defineVocabulary(db)
  const terms: Term[] = []
  let isWhole = false
  while (!isWhole && terms.length < limit && performance.now() < deadlineMs) {
    const startedMs = performance.now()
    isWhole = true
    for (const term of prepared<Term>(db, TERMS_SQL).iterate(
      terms.at(-1)?.term ?? begun,
      `${begun}${BEHIND}`,
    )) {
      terms.push(term)
      if (terms.length < limit && performance.now() - startedMs < STEP_MS) continue
      isWhole = false
      break
    }
    yield
  }
  if (cache.size >= MAX_KEPT) cache.clear()
  cache.set(begun, { terms, isWhole, atMs: now })
  return terms
}
