/**
 * What protection costs: a plain and a protected workspace, made and asked in turn in one run. Prints a table a size; asserts
 * nothing.
 *
 *   npm run bench:protect -- [--calls 20000,100000] [--runs N] [--minutes 60]
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { upsertCalls } from '../../src-main/calls/store'
import {
  openBothForReading,
  openCallsForWriting,
  prepareWorkspace,
  type WorkspacePaths,
} from '../../src-main/db/workspace'
import { createContent } from '../../src-main/protection/content'
import { convertWorkspace } from '../../src-main/protection/convert'
import { newHeaderFor, readHeader, writeHeader } from '../../src-main/protection/header'
import { newMasterKey, WorkspaceKeys } from '../../src-main/protection/keys'
import { audioResponse } from '../../src-main/recordings/ranges'
import { countCalls, searchPage } from '../../src-main/search/queries'
import { ensureIndex } from '../../src-main/search/search-index'
import { addConnection } from '../../src-main/search/testing'
import { sampleCalls } from './dialogue-corpus'
import { printTable } from './table'
import { NOW_MS, near, quantile, readCorpus, wordsByShare } from './workspaces'

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000,100000' },
    runs: { type: 'string', default: '15' },
    minutes: { type: 'string', default: '60' },
  },
})
const SEED = 1
const BATCH = 500
const runs = Number(options.runs)
const { dialogues } = readCorpus(undefined, SEED)
const words = [0.33, 0.016].flatMap((share) => near(wordsByShare(dialogues), share))
const QUERIES = [
  ...words.map((word) => `${word} `),
  ...words.map((word) => word.slice(0, 2)),
  'status:failed ',
  'NEAR(the call, 5) ',
]

interface Way {
  name: string
  paths: WorkspacePaths
  recording: string
}

const ms = (values: readonly number[]): string =>
  `${quantile(values, 0.5).toFixed(2)} / ${quantile(values, 0.95).toFixed(2)}`
const rate = (bytes: number, elapsedMs: number): string => `${(bytes / 1e3 / elapsedMs).toFixed(0)} MB/s`

async function timed<T>(work: () => T | Promise<T>): Promise<{ elapsedMs: number; value: T }> {
  const startMs = performance.now()
  const value = await work()
  return { elapsedMs: performance.now() - startMs, value }
}

async function makeWay(name: string, folder: string, keys: WorkspaceKeys | null): Promise<Way> {
  const root = join(folder, name)
  if (keys) {
    prepareFolder(root)
    writeHeader(root, { ...newHeaderFor(keys), state: 'protected' })
  }
  const paths = prepareWorkspace(root, keys)
  // As large as an hour at 64 kbit/s; what is in it does not matter here.
  const recording = join(paths.recordings, 'hour.mp3')
  const writer = await createContent(recording, keys?.files ?? null, 'w')
  for (let minute = 0; minute < Number(options.minutes); minute += 1)
    await writer.append(randomBytes(480_000))
  await writer.finish()
  return { name, paths, recording }
}

function prepareFolder(root: string): void {
  prepareWorkspace(root)
  for (const file of ['calls.db', 'reviews.db']) rmSync(join(root, file))
}

/** Calls a second; the ways take turns, so that a busy moment hits both. */
async function ingest(ways: readonly Way[], total: number): Promise<string[]> {
  const open = await Promise.all(
    ways.map(async ({ paths }) => {
      const db = openCallsForWriting(paths)
      await ensureIndex(db)
      return { db, connection: { id: addConnection(db, 'Bench'), vendor: 'prosper' as const }, elapsedMs: 0 }
    }),
  )
  for (let from = 0; from < total; from += BATCH) {
    const calls = [...sampleCalls(dialogues, { from, to: Math.min(total, from + BATCH), total, seed: SEED })]
    for (const one of (from / BATCH) % 2 === 0 ? open : open.toReversed()) {
      const startMs = performance.now()
      upsertCalls(one.db, one.connection, calls, NOW_MS)
      one.elapsedMs += performance.now() - startMs
    }
  }
  return open.map(({ db, elapsedMs }) => {
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    return `${Math.round((total / elapsedMs) * 1000).toLocaleString('en')} calls/s`
  })
}

async function firstBytes({ paths, recording }: Way, range: string): Promise<number> {
  const { elapsedMs } = await timed(async () => {
    const response = await audioResponse(
      recording,
      'audio/mpeg',
      range,
      'GET',
      null,
      paths.keys?.files ?? null,
    )
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
  })
  return elapsedMs
}

async function bench(total: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-bench-protect-'))
  try {
    const keys = new WorkspaceKeys(newMasterKey())
    const ways = [await makeWay('plain', folder, null), await makeWay('protected', folder, keys)]
    const rows = [['', ...ways.map(({ name }) => name)]]
    rows.push(['ingest', ...(await ingest(ways, total))])
    rows.push([
      'calls.db',
      ...ways.map(({ paths }) => `${(statSync(paths.callsDb).size / 1e6).toFixed(0)} MB`),
    ])
    const opening = ways.map((): number[] => [])
    const first = ways.map((): number[] => [])
    const page = ways.map((): number[] => [])
    const count = ways.map((): number[] => [])
    const start = ways.map((): number[] => [])
    const seek = ways.map((): number[] => [])
    const read = ways.map((): number[] => [])
    for (let run = 0; run < runs; run += 1)
      for (const [at, way] of ways.entries()) {
        const opened = await timed(() => openBothForReading(way.paths))
        opening[at]?.push(opened.elapsedMs)
        const db = opened.value
        try {
          const ask = (query: string) =>
            timed(() => searchPage(db, { query, sort: 'date', limit: 50, cursor: null }, NOW_MS))
          first[at]?.push((await ask('')).elapsedMs)
          for (const query of QUERIES) {
            page[at]?.push((await ask(query)).elapsedMs)
            count[at]?.push((await timed(() => countCalls(db, query, NOW_MS))).elapsedMs)
          }
        } finally {
          db.close()
        }
        const size = Number(options.minutes) * 480_000
        start[at]?.push(await firstBytes(way, 'bytes=0-'))
        for (let i = 0; i < 10; i += 1)
          seek[at]?.push(await firstBytes(way, `bytes=${Math.floor(Math.random() * size)}-`))
        const whole = await timed(async () =>
          (
            await audioResponse(way.recording, 'audio/mpeg', null, 'GET', null, way.paths.keys?.files ?? null)
          ).arrayBuffer(),
        )
        read[at]?.push(whole.elapsedMs)
      }
    const row = (name: string, all: readonly (readonly number[])[]) => rows.push([name, ...all.map(ms)])
    row('open both databases', opening)
    row('first 50 calls, just opened', first)
    row('page of 50 of a search', page)
    row('its count', count)
    row('first bytes of a recording', start)
    row('first bytes after a seek', seek)
    rows.push([
      'reading a whole recording',
      ...read.map((all) => rate(Number(options.minutes) * 480_000, quantile(all, 0.5))),
    ])
    printTable(`${total.toLocaleString('en')} calls (ms: p50 / p95)`, rows)

    const { paths } = ways[0] ?? { paths: null }
    if (paths === null) return
    const bytes =
      statSync(paths.callsDb).size + statSync(paths.reviewsDb).size + Number(options.minutes) * 480_000
    for (const to of ['protected', 'plain'] as const) {
      const header = readHeader(paths.root) ?? newHeaderFor(keys)
      const { elapsedMs } = await timed(() =>
        convertWorkspace({
          root: paths.root,
          header,
          keys,
          to,
          signal: new AbortController().signal,
          onProgress: () => undefined,
        }),
      )
      console.log(
        `${to === 'protected' ? 'protecting' : 'removing the protection of'} ${(bytes / 1e6).toFixed(0)} MB: ${(elapsedMs / 1000).toFixed(1)} s, ${rate(bytes, elapsedMs)}`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const total of options.calls.split(',').map(Number)) await bench(total)
