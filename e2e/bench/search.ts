/**
 * How fast search answers, on the product's own tables, index and functions. Prints a table; asserts nothing.
 *
 *   node scripts/run-ts.mjs e2e/bench/search.ts [--calls 10000,100000] [--dialogues FILE] [--seed N] [--runs N] [--fresh]
 *
 * Databases are kept in the system's temporary folder for the next run; `--fresh` builds them anew.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { upsertCalls } from '../../src-main/calls/store'
import type { ReadDb } from '../../src-main/db/open'
import {
  openBothForReading,
  openCallsForWriting,
  prepareWorkspace,
  type WorkspacePaths,
  workspacePaths,
} from '../../src-main/db/workspace'
import { countCalls, facetsOf, searchPage } from '../../src-main/search/queries'
import { ensureIndex, INDEX_VERSION } from '../../src-main/search/search-index'
import { addConnection } from '../../src-main/search/testing'
import { type Dialogue, makeDialogues, readDialogues, sampleCalls } from './dialogue-corpus'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000,100000' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '15' },
    fresh: { type: 'boolean', default: false },
  },
})
const seed = Number(options.seed)
const runs = Number(options.runs)
const NOW_MS = Date.UTC(2026, 8, 1)
const BATCH = 500
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const dialogues =
  options.dialogues === undefined ? makeDialogues(4000, seed) : readDialogues(options.dialogues)
const corpusName = createHash('sha256')
  .update(`${INDEX_VERSION} ${seed} ${options.dialogues === undefined} `)
  .update(JSON.stringify(dialogues))
  .digest('hex')
  .slice(0, 12)

for (const total of options.calls.split(',').map(Number)) {
  const paths = await workspaceOf(total)
  const db = openBothForReading(paths)
  try {
    await report(db, total)
  } finally {
    db.close()
  }
}

async function workspaceOf(total: number): Promise<WorkspacePaths> {
  const folder = join(tmpdir(), 'earmark-bench', `search-${total}-${corpusName}`)
  if (options.fresh) rmSync(folder, { recursive: true, force: true })
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true })
    await build(unfinished, total)
    renameSync(unfinished, folder)
  }
  return workspacePaths(folder)
}

async function build(folder: string, total: number): Promise<void> {
  const paths = prepareWorkspace(folder)
  const db = openCallsForWriting(paths)
  try {
    await ensureIndex(db)
    const connection = { id: addConnection(db, 'Bench'), vendor: 'prosper' as const }
    let jsonBytes = 0
    let storingMs = 0
    for (let from = 0; from < total; from += BATCH) {
      const calls = [...sampleCalls(dialogues, { from, to: Math.min(total, from + BATCH), total, seed })]
      for (const call of calls) jsonBytes += JSON.stringify(call.raw).length
      const startedMs = performance.now()
      upsertCalls(db, connection, calls, NOW_MS)
      storingMs += performance.now() - startedMs
    }
    db.pragma('wal_checkpoint(TRUNCATE)')
    const sizes = db
      .prepare<[], { name: string; bytes: number }>(
        `SELECT CASE WHEN name LIKE 'search%' THEN 'index' WHEN name LIKE '%revisions%' THEN 'raw records'
           WHEN name LIKE 'turns%' OR name LIKE '%autoindex_turns%' THEN 'turns' ELSE 'the rest' END AS name, sum(pgsize) AS bytes
         FROM dbstat GROUP BY 1 ORDER BY 2 DESC`,
      )
      .all()
    const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
    db.prepare("INSERT INTO meta VALUES ('bench', ?)").run(
      `stored and indexed ${Math.round((total / storingMs) * 1000).toLocaleString('en')} calls/s; JSON ${mb(jsonBytes)}, file ${mb(statSync(paths.callsDb).size)}: ${sizes.map(({ name, bytes }) => `${name} ${mb(bytes)}`).join(', ')}`,
    )
  } finally {
    db.close()
  }
}

/** Words of the dialogues by the share of dialogues that have them. */
function wordsByShare(all: readonly Dialogue[]): { word: string; share: number }[] {
  const counts = new Map<string, number>()
  for (const dialogue of all) {
    const words = new Set(dialogue.turns.flatMap(({ text }) => text.toLowerCase().match(/\p{L}{2,}/gu) ?? []))
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts]
    .map(([word, count]) => ({ word, share: count / all.length }))
    .sort((a, b) => b.share - a.share || (a.word < b.word ? -1 : 1))
}

function near(words: readonly { word: string; share: number }[], share: number, count = 6): string[] {
  return [...words]
    .sort((a, b) => Math.abs(Math.log(a.share / share)) - Math.abs(Math.log(b.share / share)))
    .slice(0, count)
    .map(({ word }) => word)
}

function queryClasses(): Record<string, string[]> {
  const words = wordsByShare(dialogues)
  const common = near(words, 0.33)
  const rare = near(words, 0.0008)
  const middle = near(words, 0.02)
  const pairs = dialogues.slice(0, 400).flatMap(({ turns }) => {
    const [first, second] = (turns[2]?.text.match(/\p{L}{2,}/gu) ?? []).slice(1, 3)
    return first && second ? [`"${first} ${second}"`] : []
  })
  const first = common[0] ?? ''
  return {
    'everything (no query)': [''],
    'rare word (0.08 %)': rare.map((word) => `${word} `),
    'word (2 %)': middle.map((word) => `${word} `),
    'common word (33 %)': common.map((word) => `${word} `),
    'two common words': common.slice(1).map((word) => `${word} ${first} `),
    phrase: pairs.slice(0, 8),
    'prefix of 1 letter': ['r', 't', 's', 'm'],
    'prefix of 2 letters': common.map((word) => word.slice(0, 2)),
    'prefix of 3 letters': common.map((word) => word.slice(0, 3)),
    'prefix of 4 letters': [...common, ...middle]
      .filter((word) => word.length > 4)
      .map((word) => word.slice(0, 4)),
    'common -word': common.slice(1).map((word) => `${word} -${first} `),
    'exclusion alone': common.map((word) => `-${word} `),
    'filter alone': ['status:failed ', 'campaign:campaign-3 ', 'sentiment:negative ', 'connection:Bench '],
    'rare filter alone (0.05 %)': ['status:abandoned '],
    'filters together': ['status:failed sentiment:negative campaign:campaign-7 goal:no '],
    'filter + common': common.map((word) => `status:completed sentiment:negative ${word} `),
    'rare filter + common': common.map((word) => `status:abandoned ${word} `),
    'number by its beginning': ['from:+15552* ', 'from:+155512* '],
    'month + typed prefix': ['re', 'tic', 'rest', 'm'].map((word) => `date:2025-03 ${word}`),
    'score + common': common.map((word) => `score:<20 ${word} `),
    'duration alone': ['duration:>3m ', 'duration:<15s '],
    'has:recording + common (none has)': common.slice(0, 2).map((word) => `has:recording ${word} `),
    'reviewed:no + common': common.map((word) => `reviewed:no ${word} `),
  }
}

async function report(db: ReadDb, total: number): Promise<void> {
  say(
    `\n${total.toLocaleString('en')} calls: ${db.prepare("SELECT value FROM meta WHERE key = 'bench'").pluck().get()}`,
  )
  say(
    `${'query class'.padEnd(36)}${'hits'.padStart(9)}  ${['page p50', 'p95', 'count p50', 'p95', 'facets p50', 'p95'].map((h) => h.padStart(10)).join('')}   (ms)`,
  )
  for (const [name, queries] of Object.entries(queryClasses())) {
    const hits = queries.map((query) => countCalls(db, query, NOW_MS).total)
    row(name, hits, [
      measure(queries, (query) => searchPage(db, { query, sort: 'date', limit: 50, cursor: null }, NOW_MS)),
      measure(queries, (query) => countCalls(db, query, NOW_MS)),
      measure(queries, (query) => facetsOf(db, query, NOW_MS), 5),
    ])
  }
  const words = near(wordsByShare(dialogues), 0.33)
  row(
    'by relevance, common word',
    [Number.NaN],
    [
      measure(words, (word) =>
        searchPage(db, { query: `${word} `, sort: 'relevance', limit: 50, cursor: null }, NOW_MS),
      ),
    ],
  )
}

function measure(
  queries: readonly string[],
  run: (query: string) => unknown,
  times = runs,
): [number, number] {
  const took: number[] = []
  for (let i = 0; i < times; i += 1)
    for (const query of queries) {
      const startedMs = performance.now()
      run(query)
      if (i > 0) took.push(performance.now() - startedMs)
    }
  took.sort((a, b) => a - b)
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
  return [at(0.5), at(0.95)]
}

function row(name: string, hits: readonly number[], all: readonly (readonly [number, number])[]): void {
  const mean = hits.reduce((sum, one) => sum + one, 0) / hits.length
  const figures = all.flat().map((ms) => ms.toFixed(2).padStart(10))
  say(
    `${name.padEnd(36)}${(Number.isNaN(mean) ? '' : Math.round(mean).toLocaleString('en')).padStart(9)}  ${figures.join('')}`,
  )
}
