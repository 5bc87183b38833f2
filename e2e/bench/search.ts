/**
 * How fast search answers, on the product's own tables, index and functions. Prints a table; asserts nothing.
 *
 *   npm run bench:search -- [--calls 10000,100000,1000000] [--dialogues FILE] [--seed N] [--runs N] [--fresh] [--alone]
 *
 * Beside it in the same run, unless `--alone`: SQLite's LIKE, ripgrep where it is installed, MiniSearch. In the real
 * window, from the key to painted rows: npm run bench:window.
 * Databases are kept in the system's temporary folder for the next run; `--fresh` builds them anew.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ReadDb } from '../../src-main/db/open'
import { openBothForReading, workspacePaths } from '../../src-main/db/workspace'
import { facetsOf } from '../../src-main/search/facet-counts'
import { countCalls, searchPage } from '../../src-main/search/queries'
import { likeRival, miniSearchRival, type RivalQuery, ripgrepRival } from './rivals'
import { reportTraps } from './search-traps'
import { benchWorkspace, type Corpus, NOW_MS, near, quantile, readCorpus, wordsByShare } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000,100000,1000000' },
    dialogues: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '15' },
    fresh: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    /** For the process that only searches. */
    'memory-of': { type: 'string' },
  },
})
const seed = Number(options.seed)
const runs = Number(options.runs)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const corpus = options['memory-of'] === undefined ? readCorpus(options.dialogues, seed) : null
const dialogues = corpus?.dialogues ?? []

async function main(all: Corpus): Promise<void> {
  for (const total of options.calls.split(',').map(Number)) {
    const paths = await benchWorkspace(all, total, options.fresh)
    const db = openBothForReading(paths)
    try {
      report(db, total)
      say(await memory(paths.root))
      // At a million one of them alone would take minutes.
      if (total <= 100_000) reportTraps(db, near(wordsByShare(dialogues), 0.33), say)
      if (!options.alone) compare(db, total, paths.root)
    } finally {
      db.close()
    }
  }
}

/** What a process needs that does nothing but search: every query of every class, page, count and facets. */
async function memory(root: string): Promise<string> {
  const child = fork(fileURLToPath(import.meta.url), ['--memory-of', root], { execArgv: [] })
  child.send(Object.values(queryClasses()).flat())
  const [told] = await once(child, 'message')
  await once(child, 'exit')
  return `memory of a process that only searched all of these: ${told} MB`
}

function searchAlone(root: string): void {
  process.once('message', (queries: string[]) => {
    const db = openBothForReading(workspacePaths(root))
    let peak = 0
    for (const query of queries) {
      searchPage(db, { query, sort: 'date', limit: 50, cursor: null }, NOW_MS)
      countCalls(db, query, NOW_MS)
      facetsOf(db, query, NOW_MS)
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    process.send?.(Math.round(peak / 1e6))
    db.close()
    process.disconnect()
  })
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
    'NEAR, 5 words': pairs.slice(0, 8).map((pair) => `NEAR(${pair.slice(1, -1)}, 5) `),
    'said by the caller': [...common.slice(0, 3), ...middle.slice(0, 3)].map(
      (word) => `speaker:caller ${word} `,
    ),
    'said by the caller, typed': common.map((word) => `speaker:caller ${word.slice(0, 4)}`),
    'said by the caller, 1 or 2 letters': common
      .slice(0, 1)
      .flatMap((word) => [1, 2].map((letters) => `speaker:caller ${word.slice(0, letters)}`)),
    'phrase + typed letters': pairs.slice(0, 4).flatMap((pair) => [`${pair} t`, `${pair} re`]),
    alternatives: common.slice(1).map((word) => `(${word} OR ${first}) ${middle[0] ?? ''} `),
    'words or numbers': middle.map((word) => `${word} OR score:<3 `),
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

function report(db: ReadDb, total: number): void {
  say(
    `\n${total.toLocaleString('en')} calls: ${db.prepare("SELECT value FROM meta WHERE key = 'bench'").pluck().get()}`,
  )
  say(
    `${'query class'.padEnd(36)}${'hits'.padStart(9)}  ${['page p50', 'p95', 'cpu', 'count p50', 'p95', 'cpu', 'facets p50', 'p95', 'cpu'].map((h) => h.padStart(11)).join('')}   (ms; cpu: of the processor alone, p50)`,
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

/** The same questions to others, who have to read everything for either; times: ours for a page of 50 with snippets, then with its count too. */
function compare(db: ReadDb, total: number, folder: string): void {
  const words = wordsByShare(dialogues)
  const common = near(words, 0.33, 3)
  const questions: Record<string, RivalQuery[]> = {
    'rare word': near(words, 0.0008, 3).map((text) => ({ kind: 'word', text })),
    'common word': common.map((text) => ({ kind: 'word', text })),
    phrase: (queryClasses().phrase ?? [])
      .slice(0, 3)
      .map((text) => ({ kind: 'phrase', text: text.slice(1, -1) })),
    'prefix of 3 letters': common.map((text) => ({ kind: 'prefix', text: text.slice(0, 3) })),
  }
  const written = ({ kind, text }: RivalQuery): string =>
    kind === 'phrase' ? `"${text}"` : kind === 'word' ? `${text} ` : text
  const rivals = [likeRival(db), ripgrepRival(db, folder), miniSearchRival(db, total)]
  for (const rival of rivals.filter((one) => one !== null)) say(`${rival.name}: ${rival.about}`)
  if (rivals[1] === null) say('ripgrep is not installed: left out')
  say(
    `${'p50 / p95, ms; times page, page + count'.padEnd(40)}${['a page', 'page + count', ...rivals.map((one) => one?.name ?? '')].map((h) => h.padStart(24)).join('')}`,
  )
  for (const [name, all] of Object.entries(questions)) {
    const page = (query: string): unknown =>
      searchPage(db, { query, sort: 'date', limit: 50, cursor: null }, NOW_MS)
    const own = [
      measure(all.map(written), page),
      measure(all.map(written), (query) => [page(query), countCalls(db, query, NOW_MS)]),
    ]
    const others = rivals.map((rival) => {
      if (rival === null || all.some((one) => rival.find(one) === null)) return '–'
      const took: number[] = []
      for (const one of all) {
        const startedMs = performance.now()
        rival.find(one)
        took.push(performance.now() - startedMs)
      }
      const [half, most] = [quantile(took, 0.5), quantile(took, 0.95)]
      return `${half.toFixed(0)} / ${most.toFixed(0)}  ${own.map(([ours]) => `x${(half / ours).toFixed(0)}`).join(', ')}`
    })
    const ours = own.map(([half, most]) => `${half.toFixed(1)} / ${most.toFixed(1)}`)
    say(`${name.padEnd(40)}${[...ours, ...others].map((cell) => cell.padStart(24)).join('')}`)
  }
}

/** Half of all runs took less than this, 95 % less than that, and half of them less of the processor: ms. */
function measure(
  queries: readonly string[],
  run: (query: string) => unknown,
  times = runs,
): [number, number, number] {
  const took: number[] = []
  const computed: number[] = []
  for (let i = 0; i < times; i += 1)
    for (const query of queries) {
      const before = process.cpuUsage()
      const startedMs = performance.now()
      run(query)
      const endedMs = performance.now()
      const { user, system } = process.cpuUsage(before)
      if (i === 0) continue
      took.push(endedMs - startedMs)
      computed.push((user + system) / 1000)
    }
  return [quantile(took, 0.5), quantile(took, 0.95), quantile(computed, 0.5)]
}

function row(name: string, hits: readonly number[], all: readonly (readonly number[])[]): void {
  const mean = hits.reduce((sum, one) => sum + one, 0) / hits.length
  const figures = all.flat().map((ms) => ms.toFixed(2).padStart(11))
  say(
    `${name.padEnd(36)}${(Number.isNaN(mean) ? '' : Math.round(mean).toLocaleString('en')).padStart(9)}  ${figures.join('')}`,
  )
}

if (corpus !== null) await main(corpus)
else searchAlone(options['memory-of'] ?? '')
