import type { Speaker } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { asciiWords } from './ascii-words'
import type { NearCheck, PlainNear } from './compile'
import { withScratch } from './scratch'
import { numbersOf, textsOf } from './turns-of'

/** Calls that are looked at in one go. */
const AT_ONCE = 100

/**
 * Of these calls, those that have the words near each other in one turn (or in the summary, or in a number): FTS5
 * counts words, and knows nothing of where a turn ends.
 */
export function keysWithWordsNear(
  db: ReadDb,
  keys: readonly number[],
  { match, plain }: Pick<NearCheck, 'match' | 'plain'>,
): Set<number> {
  const found = new Set<number>()
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const some = keys.slice(at, at + AT_ONCE)
    for (const key of plain === null ? [] : keysReadPlainly(db, some, plain)) found.add(key)
    // Other letters than ASCII, and numbers, are left to FTS5.
    const left = some.filter((key) => !found.has(key))
    for (const key of keysByScratch(db, plain === null ? left : keysNotPlain(db, left, plain), match))
      found.add(key)
  }
  return found
}

const firstWords = ({ phrases }: PlainNear): string[] => phrases.map(({ words }) => `%${words[0] ?? ''}%`)

/** Calls of which an ASCII turn or summary has the words near: most calls, and much quicker than by FTS5. */
function keysReadPlainly(db: ReadDb, keys: readonly number[], near: PlainNear): Set<number> {
  const found = new Set<number>()
  const has = (column: string): string => near.phrases.map(() => `${column} LIKE ?`).join(' AND ')
  const isAscii = (column: string): string => `length(CAST(${column} AS BLOB)) = length(${column})`
  const rows = prepared<{ key: number; speaker: Speaker | null; text: string }>(
    db,
    `SELECT c.search_key AS key, t.speaker, t.text FROM json_each(?) wanted
       CROSS JOIN calls c ON c.search_key = wanted.value CROSS JOIN turns t ON t.call_pk = c.pk
       WHERE ${has('t.text')} AND ${isAscii('t.text')}
     UNION ALL
     SELECT c.search_key, NULL, c.summary FROM json_each(?) wanted
       CROSS JOIN calls c ON c.search_key = wanted.value
       WHERE ${has('c.summary')} AND ${isAscii('c.summary')}`,
  ).all(JSON.stringify(keys), ...firstWords(near), JSON.stringify(keys), ...firstWords(near))
  for (const { key, speaker, text } of rows) {
    if (found.has(key)) continue
    const counts = near.speakers === null || (speaker !== null && near.speakers.includes(speaker))
    if (counts && areNear(asciiWords(text), near)) found.add(key)
  }
  return found
}

/** Calls that have something which the plain reading can't judge. */
function keysNotPlain(db: ReadDb, keys: readonly number[], near: PlainNear): number[] {
  const numbers =
    "(c.external_id || ' ' || coalesce(c.from_number, '') || ' ' || coalesce(c.to_number, '') || ' ' || coalesce(c.party, ''))"
  return prepared<number>(
    db,
    `SELECT c.search_key FROM json_each(?) wanted CROSS JOIN calls c ON c.search_key = wanted.value
     WHERE (${near.phrases.map(() => `${numbers} LIKE ?`).join(' AND ')})
       OR length(CAST(${numbers} AS BLOB)) <> length(${numbers})
       OR length(CAST(coalesce(c.summary, '') AS BLOB)) <> length(coalesce(c.summary, ''))
       OR EXISTS (SELECT 1 FROM turns t WHERE t.call_pk = c.pk AND length(CAST(t.text AS BLOB)) <> length(t.text))`,
  )
    .pluck()
    .all(JSON.stringify(keys), ...firstWords(near))
}

function keysByScratch(db: ReadDb, keys: readonly number[], match: string): Set<number> {
  const found = new Set<number>()
  if (keys.length === 0) return found
  return withScratch((scratch) => {
    const owners = new Map<number, number>()
    for (const call of textsOf(db, keys)) {
      for (const { speaker, text } of call.turns) owners.set(scratch.add(speaker, text), call.key)
      owners.set(scratch.add('summary', call.summary), call.key)
      for (const number of numbersOf(call)) owners.set(scratch.add('numbers', number), call.key)
    }
    for (const row of scratch.rowsWith(match)) {
      const owner = owners.get(row)
      if (owner !== undefined) found.add(owner)
    }
    return found
  })
}

/** FTS5's NEAR (sqlite.org/fts5.html): at most `distance` words between the end of each phrase and where the last begins. */
function areNear(text: readonly string[], { phrases, distance }: PlainNear): boolean {
  const places = phrases.map(({ words, isPrefix }) => ({
    length: words.length,
    at: startsOf(text, words, isPrefix),
  }))
  return places.some(({ at }) =>
    at.some((last) =>
      places.every((one) => one.at.some((from) => from <= last && from + one.length + distance >= last)),
    ),
  )
}

function startsOf(text: readonly string[], words: readonly string[], isPrefix: boolean): number[] {
  const starts: number[] = []
  for (let from = 0; from + words.length <= text.length; from += 1) {
    const isHere = words.every((word, i) =>
      isPrefix && i === words.length - 1 ? text[from + i]?.startsWith(word) : text[from + i] === word,
    )
    if (isHere) starts.push(from)
  }
  return starts
}
