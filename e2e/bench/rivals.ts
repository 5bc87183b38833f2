import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import MiniSearch from 'minisearch'
import type { ReadDb } from '../../src-main/db/open'

/** Another way to find calls by their words: answers how many it found. Null: it can't do this kind. */
export interface Rival {
  name: string
  about: string
  find: (query: RivalQuery) => number | null
}

export type RivalQuery = { kind: 'word' | 'phrase' | 'prefix'; text: string }

/** Calls beyond which MiniSearch needs more memory than a laptop has to give. */
const MINISEARCH_CALLS = 100_000

const rowsOf = (db: ReadDb): IterableIterator<{ id: number; text: string }> =>
  db
    .prepare<[], { id: number; text: string }>(
      `SELECT c.pk AS id, (SELECT group_concat(t.text, ' ') FROM turns t WHERE t.call_pk = c.pk) AS text
       FROM calls c ORDER BY c.pk`,
    )
    .iterate()

/** SQLite's LIKE over the same transcripts: the newest 50 and the count. */
export function likeRival(db: ReadDb): Rival {
  const count = db.prepare('SELECT count(*) FROM transcripts WHERE turns LIKE ?').pluck()
  const newest = db
    .prepare(
      `SELECT c.search_key FROM calls c WHERE EXISTS (
         SELECT 1 FROM transcripts t WHERE t.call_pk = c.pk AND t.turns LIKE ?) ORDER BY c.search_key DESC LIMIT 50`,
    )
    .pluck()
  return {
    name: 'SQLite LIKE',
    about: 'newest 50 and count',
    find: ({ text }) => {
      newest.all(`%${text}%`)
      return Number(count.get(`%${text}%`))
    },
  }
}

/** ripgrep over the same calls as JSON lines, one a call; null where it is not installed. */
export function ripgrepRival(db: ReadDb, folder: string): Rival | null {
  if (spawnSync('rg', ['--version']).status !== 0) return null
  const file = join(folder, 'calls.jsonl')
  if (!existsSync(file)) {
    const unfinished = openSync(`${file}.unfinished`, 'w')
    for (const row of rowsOf(db)) writeSync(unfinished, `${JSON.stringify(row)}\n`)
    closeSync(unfinished)
    renameSync(`${file}.unfinished`, file)
  }
  return {
    name: 'ripgrep',
    about: `lines with it, of ${(statSync(file).size / 1e6).toFixed(0)} MB of JSON lines`,
    find: ({ kind, text }) => {
      const pattern = `\\b${text}${kind === 'prefix' ? '' : '\\b'}`
      return Number(execFileSync('rg', ['--ignore-case', '--count', pattern, file], { encoding: 'utf8' }))
    },
  }
}

/** MiniSearch in memory; null beyond 100,000 calls. */
export function miniSearchRival(db: ReadDb, total: number): Rival | null {
  if (total > MINISEARCH_CALLS) return null
  const startedMs = performance.now()
  const before = process.memoryUsage().rss
  const index = new MiniSearch<{ id: number; text: string }>({ fields: ['text'] })
  for (const row of rowsOf(db)) index.add(row)
  const took = ((performance.now() - startedMs) / 1000).toFixed(1)
  const megabytes = Math.round((process.memoryUsage().rss - before) / 1e6)
  return {
    name: 'MiniSearch',
    about: `made anew in ${took} s at every start, ${megabytes} MB of memory`,
    find: ({ kind, text }) =>
      kind === 'phrase' ? null : index.search(text, { prefix: kind === 'prefix', combineWith: 'AND' }).length,
  }
}
