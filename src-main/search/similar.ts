import { type CallId, EarmarkError, type SimilarCall } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { hasToken, indexableQuery, isOneToken, withoutGaps } from './index-text'
import { callRowsByKey } from './queries'
import { defineSearchFunctions, indexState } from './search-index'
import { textsOf } from './turns-of'

/** Calls that are given. */
const MOST = 20
/** Words that are compared by: the rarest of a call. */
const TERMS = 30
/** Words of a long call that are looked up at all. */
const MAX_WORDS = 1500
/** A word in a greater share of all calls, or in more calls than this, says nothing. */
const COMMON_SHARE = 0.2
const COMMON_CALLS = 20_000
/** So many words are enough, once words of some thousand calls would be the next. */
const ENOUGH_TERMS = 12
/** Counting stops here at first, then at ten times as many: most words of a call are common, and cost the more. */
const FIRST_CAP = 200
/** Of each word, the newest so many calls. */
const CALLS_OF_TERM = 3000
const STEP_MS = 4
/** Words that both calls have, to be shown. */
const SHOWN_WORDS = 12
/** Less of what is rare in common is chance. */
const MIN_LIKENESS = 0.08

interface SearchTerm {
  word: string
  calls: number
}

/**
 * Calls with alike wording: those that share the call's rarest words (in at least one other call, and in no more than
 * a fifth of all), weighed by how rare they are (inverse document frequency, ln(calls / calls with it)). Raises
 * `not_found`. Yields between steps of a few milliseconds.
 */
export function* similarSteps(db: ReadDb, callId: CallId): Generator<void, SimilarCall[]> {
  defineSearchFunctions(db)
  const own = prepared<number | null>(db, 'SELECT search_key FROM calls WHERE id = ?').pluck().get(callId)
  if (own === undefined || own === null)
    throw new EarmarkError('not_found', 'This call is no longer in the workspace.')
  if (indexState(db).state === 'missing') return []
  // Calls are never deleted: their highest number is how many there are. Counting a million takes a while.
  const total = Number(prepared(db, 'SELECT max(pk) FROM calls').pluck().get())
  const terms = yield* rarestTerms(db, wordsOf(db, own), total)
  const weightOf = ({ calls }: SearchTerm): number => Math.log(total / calls)
  const whole = terms.reduce((sum, term) => sum + weightOf(term), 0)
  if (whole === 0) return []
  const found = new Map<number, { weight: number; words: string[] }>()
  for (const term of terms) {
    for (const key of prepared<number>(db, calledSql(term.word))
      .pluck()
      .all(matchOf(term.word), CALLS_OF_TERM)) {
      if (key === own) continue
      const one = found.get(key) ?? { weight: 0, words: [] }
      one.weight += weightOf(term)
      if (one.words.length < SHOWN_WORDS) one.words.push(term.word)
      found.set(key, one)
    }
    yield
  }
  const best = [...found]
    .filter(
      ([, { weight, words }]) => weight / whole >= MIN_LIKENESS && words.length >= Math.min(2, terms.length),
    )
    .sort(([a, x], [b, y]) => y.weight - x.weight || b - a)
    .slice(0, MOST)
  const rows = callRowsByKey(
    db,
    best.map(([key]) => key),
  )
  return best.flatMap(([key, { weight, words }]) => {
    const row = rows.get(key)
    return row ? [{ ...row, sharedWords: words, likeness: Math.min(1, weight / whole) }] : []
  })
}

/** Different words that were said in a call, without case and accents; names and numbers too. */
function wordsOf(db: ReadDb, key: number): string[] {
  const [call] = textsOf(db, [key])
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })
  const words = new Map<string, string>()
  for (const { text } of call?.turns ?? []) {
    for (const { segment, isWordLike } of segmenter.segment(withoutGaps(text))) {
      if (!isWordLike || words.size >= MAX_WORDS) continue
      const word = segment.toLowerCase()
      const isShort = isOneToken(word) ? word.length < 3 : word.length < 2
      // "don't" and "4,150" are two tokens each, and slow to find side by side.
      if (isShort || word.length > 60 || /[\p{P}\p{S}]/u.test(word) || !hasToken(word)) continue
      const folded = word.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
      if (!words.has(folded)) words.set(folded, word)
    }
  }
  return [...words.values()]
}

/** What is one token is looked up among the words, which is quick; anything else as a phrase among the places. */
const isWord = (word: string): boolean => isOneToken(word)
const matchOf = (word: string): string => `"${indexableQuery(word).replaceAll('"', '""')}"`

export const CALLS_WITH_SQL = {
  words: 'SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT ?',
  places: 'SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?',
}
const calledSql = (word: string): string => (isWord(word) ? CALLS_WITH_SQL.words : CALLS_WITH_SQL.places)

/**
 * The rarest of these words that another call has too. Counted with a low bound first and a higher one for what is
 * left, so that common words are never counted to their end.
 */
function* rarestTerms(db: ReadDb, words: readonly string[], total: number): Generator<void, SearchTerm[]> {
  const common = Math.min(COMMON_CALLS, Math.max(1, Math.floor(total * COMMON_SHARE)))
  const terms: SearchTerm[] = []
  let left = [...words]
  let startedMs = performance.now()
  // In a handful of calls, a fifth of them is not even two.
  const most = Math.max(common, Math.min(total - 1, 5))
  for (let cap = Math.min(FIRST_CAP, most); left.length > 0; cap = Math.min(cap * 10, most)) {
    const further: string[] = []
    for (const word of left) {
      const calls = Number(
        prepared(db, `SELECT count(*) FROM (${calledSql(word).replace('ORDER BY rowid DESC ', '')})`)
          .pluck()
          .get(matchOf(word), cap + 1),
      )
      if (calls > cap) further.push(word)
      else if (calls > 1) terms.push({ word, calls })
      if (performance.now() - startedMs < STEP_MS) continue
      yield
      startedMs = performance.now()
    }
    if (terms.length >= (cap > FIRST_CAP ? ENOUGH_TERMS : TERMS) || cap >= most) break
    left = further
  }
  return terms.sort((a, b) => a.calls - b.calls || (a.word < b.word ? -1 : 1)).slice(0, TERMS)
}
