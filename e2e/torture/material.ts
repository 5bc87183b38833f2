import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type InProcessBackend, openInProcess } from '../../src-main/backend/in-process'
import type { CallId, EarmarkEvent } from '../../src-main/contract'
import { backUpDaily } from '../../src-main/db/backups'
import { openReviewsForReading, workspacePaths } from '../../src-main/db/workspace'
import { quickRecordings } from '../../src-main/sync/testing'
import { makeCalls } from '../vendors'
import { BUILT_IN_DIALOGUES } from '../vendors/dialogues'
import { detailOf } from '../vendors/prosper-shapes'
import { masterIn } from './protected'

/** Numbers between 0 and 1, the same for the same seed (mulberry32, by Tommy Ettinger; public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const openBackend = (
  root: string,
  emit: (event: EarmarkEvent) => void = () => undefined,
): InProcessBackend =>
  openInProcess(
    {
      workspaceRoot: root,
      masterKey: masterIn(root),
      sampleFolder: '',
      appVersion: '0.0.0',
      loopbackOnly: true,
    },
    emit,
  )

/** JSON lines of details, as a vendor gives them. */
export function writeCalls(file: string, count: number, firstId: number): string {
  const calls = makeCalls({
    dialogues: BUILT_IN_DIALOGUES,
    count,
    campaigns: ['torture'],
    firstId,
    seed: String(firstId),
    startMs: Date.UTC(2026, 0, 5) + firstId * 60_000,
  })
  writeFileSync(file, calls.map((call) => `${JSON.stringify(detailOf(call, null))}\n`).join(''))
  return file
}

export async function callIdsOf(backend: InProcessBackend): Promise<CallId[]> {
  const { hits } = await backend.ask('search', 'page', { query: '', cursor: null, limit: 200, sort: 'date' })
  return hits.filter(({ turnCount }) => turnCount > 0).map(({ id }) => id)
}

/** An annotation that was said to be saved. */
export interface Written {
  id: string
  comment: string
}

/** Writes annotations, through the backend; the comment of each is found in no other. */
export async function annotate(
  backend: InProcessBackend,
  callIds: readonly CallId[],
  count: number,
  name: string,
): Promise<Written[]> {
  const written: Written[] = []
  for (let i = 0; i < count; i += 1) {
    const { id, comment } = await backend.ask('annotations', 'create', {
      id: randomUUID(),
      callId: callIds[i % callIds.length] ?? '',
      place: i % 2 === 0 ? { kind: 'turn', turnIndex: 0 } : { kind: 'time', startSec: i, endSec: i + 1 },
      label: `Label ${i % 7}`,
      severity: i % 3 === 0 ? 'major' : null,
      comment: `<${name}-${i}> ${'They asked twice, and were not heard. '.repeat(i % 9)}</${name}-${i}>`,
      reviewer: 'Ada',
    })
    written.push({ id, comment })
  }
  return written
}

/** A workspace as it is found after a working day: closed or, as after a power cut, with logs beside its databases. */
export interface Prepared {
  root: string
  callIds: CallId[]
  /** In the backup. */
  older: Written[]
  /** In the database, and not in a backup. */
  younger: Written[]
}

export interface PrepareOptions {
  calls: number
  older: number
  younger: number
  /** With what was written last still in the logs alone. */
  withLogs: boolean
}

/** Makes a workspace in `folder`. */
export async function prepareDay(folder: string, name: string, options: PrepareOptions): Promise<Prepared> {
  const made = join(folder, `${name}-made`)
  const root = join(folder, name)
  const saved = join(folder, `${name}-saved`)
  mkdirSync(saved)
  for (let i = 1; i <= 3; i += 1) writeFileSync(join(saved, `${10_000 + i}.wav`), quickRecordings().bytes)
  const morning = openBackend(made)
  const file = writeCalls(join(saved, 'calls.jsonl'), options.calls, 10_000)
  await morning.ask('imports', 'files', { paths: [file], connectionName: null })
  const callIds = await callIdsOf(morning)
  const older = await annotate(morning, callIds, options.older, `${name}-older`)
  // What the logs hold goes into the files when it closes; what the second session writes is in the logs alone.
  await morning.close()
  const backend = openBackend(made)
  try {
    const more = writeCalls(join(saved, 'more.jsonl'), Math.ceil(options.calls / 6), 90_000)
    await backend.ask('imports', 'files', { paths: [more], connectionName: null })
    const reviews = openReviewsForReading(workspacePaths(made))
    backUpDaily(reviews, workspacePaths(made).backups, Date.now())
    reviews.close()
    const younger = await annotate(backend, callIds, options.younger, `${name}-younger`)
    if (options.withLogs) cpSync(made, root, { recursive: true })
    return { root, callIds, older, younger }
  } finally {
    await backend.close()
    if (!options.withLogs) cpSync(made, root, { recursive: true })
    // A last one that closes folds the logs in.
    rmSync(made, { recursive: true, force: true })
  }
}

export const temporaryFolder = (name: string): { path: string; remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), `earmark-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A table for a terminal: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => String(row[i] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}
