/**
 * How long a reviewer waits for "saved": the whole way from the main thread through the reviews worker to the disk and
 * back, in a quiet workspace and while the calls worker imports. Prints a table; asserts nothing.
 *
 *   node scripts/run-ts.mjs e2e/bench/annotate.ts [--annotations 1000] [--calls 20000] [--folder DIR]
 *
 * `--folder`: on the disk to be measured; default: the system's temporary folder.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { type Backend, startBackend } from '../../src-main/backend/host'
import {
  audioTables,
  callsTables,
  exportsTables,
  reviewsTables,
  searchTables,
  timingTables,
} from '../../src-main/backend/tables'
import { startWorker } from '../../src-main/backend/worker'
import { Annotation, type EarmarkEvent, ImportDone, SearchPage, unwrap } from '../../src-main/contract'
import { makeCalls } from '../vendors'
import { BUILT_IN_DIALOGUES } from '../vendors/dialogues'
import { detailOf } from '../vendors/prosper-shapes'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** This file is the workers' too: `WORKER` (each thread has an environment of its own) tells which one. */
const TABLES = {
  reviews: reviewsTables,
  calls: callsTables,
  search: searchTables,
  audio: audioTables,
  timing: timingTables,
  exports: exportsTables,
}
const WORKER = 'EARMARK_BENCH_WORKER'
const workerFile = (name: keyof typeof TABLES): URL => {
  const code = `process.env.${WORKER} = '${name}'; await import('${import.meta.url}')`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      annotations: { type: 'string', default: '1000' },
      calls: { type: 'string', default: '20000' },
      folder: { type: 'string', default: tmpdir() },
    },
  })
  const count = Number(options.annotations)
  const folder = mkdtempSync(join(options.folder, 'earmark-bench-annotate-'))
  let onEvent: (event: EarmarkEvent) => void = () => undefined
  const backend = await startBackend({
    data: { workspaceRoot: join(folder, 'workspace'), sampleFolder: '', appVersion: '0', loopbackOnly: true },
    workerFile,
    onEvent: (event) => onEvent(event),
    onCrash: (name, reason) => say(`The ${name} worker ended: ${reason}`),
  })
  try {
    await importCalls(backend, await callFile(folder, 100, 10_000))
    const ids = await callIds(backend)
    say(`${count} annotations in ${folder}; milliseconds until "saved"`)
    row('', 'n', 'p50', 'p95', 'p99', 'max')
    report('quiet', await annotate(backend, ids, count))

    const file = await callFile(folder, Number(options.calls), 100_000)
    const begun = new Promise<void>((resolve) => {
      onEvent = (event) => event.type === 'import.progress' && resolve()
    })
    let isImporting = true
    const startedMs = performance.now()
    const importing = importCalls(backend, file).finally(() => {
      isImporting = false
    })
    await Promise.race([begun, importing])
    const during: number[] = []
    while (isImporting && during.length < count) during.push(...(await annotate(backend, ids, 1)))
    report('during an import', during)
    if (during.length < count) say(`The import was over first: give it more --calls.`)
    const { added } = await importing
    const seconds = (performance.now() - startedMs) / 1000
    say(`The import: ${added} calls in ${seconds.toFixed(1)} s (${Math.round(added / seconds)}/s)`)
  } finally {
    await backend.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** JSON lines of details, as a vendor gives them. */
async function callFile(folder: string, count: number, firstId: number): Promise<string> {
  const file = join(folder, `calls-${firstId}.jsonl`)
  const stream = createWriteStream(file)
  for (const call of makeCalls({ dialogues: BUILT_IN_DIALOGUES, count, campaigns: ['bench'], firstId }))
    stream.write(`${JSON.stringify(detailOf(call, null))}\n`)
  stream.end()
  await finished(stream)
  return file
}

const importCalls = async (backend: Backend, file: string): Promise<ImportDone> =>
  ImportDone.parse(
    unwrap(await backend.invoke('imports', 'files', { paths: [file], connectionName: 'Bench' })),
  )

async function callIds(backend: Backend): Promise<string[]> {
  const request = { query: '', sort: 'date', limit: 100, cursor: null }
  const page = SearchPage.parse(unwrap(await backend.invoke('search', 'page', request)))
  return page.hits.filter((hit) => hit.turnCount > 0).map((hit) => hit.id)
}

/** Milliseconds of each, one after the other as a reviewer makes them. */
async function annotate(backend: Backend, callIds: readonly string[], count: number): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < count; i += 1) {
    const draft = {
      id: randomUUID(),
      callId: callIds[i % callIds.length],
      place: { kind: 'turn', turnIndex: 0 },
      label: 'Missed intent',
      severity: 'major',
      comment: 'The caller asked twice for another day and was given the same one again.',
      reviewer: 'Bench',
    }
    const startedMs = performance.now()
    const answer = await backend.invoke('annotations', 'create', draft)
    took.push(performance.now() - startedMs)
    Annotation.parse(unwrap(answer))
  }
  return took
}

function report(what: string, took: readonly number[]): void {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2)
  row(what, String(sorted.length), at(0.5), at(0.95), at(0.99), at(1))
}

function row(what: string, ...cells: string[]): void {
  say(what.padEnd(18) + cells.map((cell) => cell.padStart(9)).join(''))
}

if (isMainThread) await main()
else
  for (const [name, tables] of Object.entries(TABLES)) if (process.env[WORKER] === name) startWorker(tables)
