import { performance } from 'node:perf_hooks'
import type { ReadDb } from '../../src-main/db/open'
import { searchPage } from '../../src-main/search/queries'
import { NOW_MS, quantile } from './workspaces'

/** Ways to find the newest 50 calls with a word; the first of each group is the one taken. */
const WAYS: readonly { name: string; sql: string; match: (word: string) => string }[] = [
  {
    name: 'in the order of the index’s own keys',
    sql: 'SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT 50',
    match: (word) => `"${word}"`,
  },
  {
    name: 'joined, in order of the date',
    sql: `SELECT w.rowid FROM search_words w CROSS JOIN calls c ON c.search_key = w.rowid
      WHERE search_words MATCH ? ORDER BY c.started_at_ms DESC LIMIT 50`,
    match: (word) => `"${word}"`,
  },
  {
    name: 'in order of relevance',
    sql: 'SELECT rowid FROM search WHERE search MATCH ? ORDER BY rank LIMIT 50',
    match: (word) => `"${word}"`,
  },
  {
    name: 'with highlight() in the sorted select',
    sql: `SELECT s.rowid, highlight(search, 0, '[', ']'), highlight(search, 1, '[', ']') FROM search s
      CROSS JOIN calls c ON c.search_key = s.rowid WHERE search MATCH ? ORDER BY c.started_at_ms DESC LIMIT 50`,
    match: (word) => `"${word}"`,
  },
  {
    name: 'filter, the index leading (CROSS JOIN)',
    sql: `SELECT w.rowid FROM search_words w CROSS JOIN calls c INDEXED BY calls_in_time ON c.search_key = w.rowid
      WHERE search_words MATCH ? AND c.vendor_score < 20 ORDER BY w.rowid DESC LIMIT 50`,
    match: (word) => `"${word}"`,
  },
  {
    name: 'filter, as SQLite joins it',
    sql: `SELECT w.rowid FROM search_words w JOIN calls c ON c.search_key = w.rowid
      WHERE search_words MATCH ? AND c.vendor_score < 20 ORDER BY w.rowid DESC LIMIT 50`,
    match: (word) => `"${word}"`,
  },
  {
    name: 'one letter, with an index of beginnings',
    sql: 'SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT 50',
    match: (word) => `"${word.slice(0, 1)}" *`,
  },
  {
    name: 'one letter, without',
    sql: 'SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 50',
    match: (word) => `"${word.slice(0, 1)}" *`,
  },
]

/** What was decided by measurement, measured again on the product's own tables: a table of p50 and p95. */
export function reportTraps(db: ReadDb, words: readonly string[], say: (line: string) => void): void {
  say(`\n${'the newest 50 with a common word'.padEnd(44)}${'p50'.padStart(10)}${'p95'.padStart(10)}   (ms)`)
  const line = (name: string, run: (word: string) => unknown): void => {
    const took: number[] = []
    for (let i = 0; i < 4; i += 1)
      for (const word of words) {
        const startedMs = performance.now()
        run(word)
        if (i > 0) took.push(performance.now() - startedMs)
      }
    say(
      `${name.padEnd(44)}${quantile(took, 0.5).toFixed(2).padStart(10)}${quantile(took, 0.95).toFixed(2).padStart(10)}`,
    )
  }
  for (const { name, sql, match } of WAYS) {
    const statement = db.prepare(sql)
    line(name, (word) => statement.all(match(word)))
  }
  line('the product’s page, snippets and all', (word) =>
    searchPage(db, { query: `${word} `, sort: 'date', limit: 50, cursor: null }, NOW_MS),
  )
}
