import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { upsertCalls } from '../../src-main/calls/store'
import {
  CALLS_MIGRATIONS,
  openCallsForWriting,
  prepareWorkspace,
  REVIEWS_MIGRATIONS,
  type WorkspacePaths,
  workspacePaths,
} from '../../src-main/db/workspace'
import { ensureIndex, INDEX_VERSION } from '../../src-main/search/search-index'
import { addConnection } from '../../src-main/search/testing'
import { type Dialogue, makeDialogues, readDialogues, sampleCalls } from './dialogue-corpus'

/** The newest call of every workspace made here started before this. */
export const NOW_MS = Date.UTC(2026, 8, 1)

const BATCH = 500

export interface Corpus {
  dialogues: readonly Dialogue[]
  seed: number
  /** Stands for what is in the databases made from it. */
  name: string
}

/** What benchmarks make calls from: the dialogues of a file, else made-up ones. */
export function readCorpus(file: string | undefined, seed: number): Corpus {
  const dialogues = file === undefined ? makeDialogues(4000, seed) : readDialogues(file)
  const name = createHash('sha256')
    .update(
      `${INDEX_VERSION} ${CALLS_MIGRATIONS.join()} ${REVIEWS_MIGRATIONS.join()} ${seed} ${file === undefined} `,
    )
    .update(JSON.stringify(dialogues))
    .digest('hex')
    .slice(0, 12)
  return { dialogues, seed, name }
}

/**
 * A workspace of `total` calls, stored by the product's own functions; kept in the system's temporary folder for
 * the next run. `fresh`: made anew. `meta.bench` in it says how fast it was stored and how large it is.
 */
export async function benchWorkspace(
  { dialogues, seed, name }: Corpus,
  total: number,
  fresh: boolean,
): Promise<WorkspacePaths> {
  const folder = join(tmpdir(), 'earmark-bench', `search-${total}-${name}`)
  if (fresh) rmSync(folder, { recursive: true, force: true })
  if (!existsSync(folder)) {
    // A build that was broken off goes on: calls are made by their numbers.
    const unfinished = `${folder}.unfinished`
    if (fresh) rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { recursive: true })
    await build(unfinished, total, dialogues, seed)
    renameSync(unfinished, folder)
  }
  return workspacePaths(folder)
}

async function build(
  folder: string,
  total: number,
  dialogues: readonly Dialogue[],
  seed: number,
): Promise<void> {
  const paths = prepareWorkspace(folder)
  const db = openCallsForWriting(paths)
  try {
    await ensureIndex(db)
    const known = db.prepare<[], string>('SELECT id FROM connections').pluck().get()
    const connection = { id: known ?? addConnection(db, 'Bench'), vendor: 'prosper' as const }
    const there = Number(db.prepare('SELECT count(*) FROM calls').pluck().get())
    let jsonBytes = 0
    let storingMs = 0
    for (let from = there; from < total; from += BATCH) {
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
           WHEN name = 'transcripts' THEN 'transcripts' ELSE 'the rest' END AS name, sum(pgsize) AS bytes
         FROM dbstat GROUP BY 1 ORDER BY 2 DESC`,
      )
      .all()
    const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
    db.prepare("INSERT INTO meta VALUES ('bench', ?)").run(
      `stored and indexed ${Math.round(((total - there) / storingMs) * 1000).toLocaleString('en')} calls/s; JSON ${mb((jsonBytes * total) / (total - there))}, file ${mb(statSync(paths.callsDb).size)}: ${sizes.map(({ name, bytes }) => `${name} ${mb(bytes)}`).join(', ')}`,
    )
  } finally {
    db.close()
  }
}

/** Words of the dialogues by the share of dialogues that have them. */
export function wordsByShare(all: readonly Dialogue[]): { word: string; share: number }[] {
  const counts = new Map<string, number>()
  for (const dialogue of all) {
    const words = new Set(dialogue.turns.flatMap(({ text }) => text.toLowerCase().match(/\p{L}{2,}/gu) ?? []))
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return [...counts]
    .map(([word, count]) => ({ word, share: count / all.length }))
    .sort((a, b) => b.share - a.share || (a.word < b.word ? -1 : 1))
}

/** The words that are in about this share of the dialogues. */
export function near(words: readonly { word: string; share: number }[], share: number, count = 6): string[] {
  return [...words]
    .sort((a, b) => Math.abs(Math.log(a.share / share)) - Math.abs(Math.log(b.share / share)))
    .slice(0, count)
    .map(({ word }) => word)
}

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
