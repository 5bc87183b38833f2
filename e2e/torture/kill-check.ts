import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseName } from '@contract'
import Database from 'better-sqlite3'
import Papa from 'papaparse'
import { keyOf, openToRead, withDb } from '../../src-main/db/as-kept'
import { backUpDaily } from '../../src-main/db/backups'
import type { Migration, WriteDb } from '../../src-main/db/open'
import { examineDatabases, repairDatabases } from '../../src-main/db/repair'
import {
  CALLS_MIGRATIONS,
  databaseFile,
  openCallsForWriting,
  openReviewsForWriting,
  REVIEWS_MIGRATIONS,
  type WorkspacePaths,
} from '../../src-main/db/workspace'
import { checkIndex } from '../../src-main/search/search-index'
import type { Acknowledged, KillMode, Work } from './kill-child'
import { openBackend } from './material'
import { pathsIn } from './protected'

export interface KillOutcome {
  mode: KillMode | 'window' | 'window: start' | 'command line'
  acknowledged: number
  lost: number
  /** What was left half written, and was gone after the next start. */
  leftOvers: number
  broken: string[]
}

const SCHEMA =
  "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%' ORDER BY name"
const schemaOf = (db: Database.Database): string =>
  createHash('sha256')
    .update(JSON.stringify(db.prepare(SCHEMA).all()))
    .digest('hex')

/** The schema after each number of migrations. */
function schemasAfter(migrations: readonly Migration[]): string[] {
  const db = new Database(':memory:') as WriteDb
  db.pragma('foreign_keys = OFF')
  const schemas = ['']
  for (const migration of migrations) {
    migration(db)
    schemas.push(schemaOf(db))
  }
  db.close()
  return schemas
}
const SCHEMAS = { 'calls.db': schemasAfter(CALLS_MIGRATIONS), 'reviews.db': schemasAfter(REVIEWS_MIGRATIONS) }

/** As it lies there, before anything but a reader has opened it. */
export function checkAsFound(paths: WorkspacePaths, broken: string[]): void {
  for (const name of DatabaseName.options) {
    const file = databaseFile(paths, name)
    if (!existsSync(file)) continue
    const db = openToRead(file, keyOf(paths.keys, name))
    try {
      const verdict = db.pragma('quick_check(1)', { simple: true })
      if (verdict !== 'ok') broken.push(`${name}: ${String(verdict)}`)
      const version = Number(db.pragma('user_version', { simple: true }))
      if (version > 0 && schemaOf(db) !== SCHEMAS[name][version])
        broken.push(`${name}: a mixed schema at version ${version}`)
    } finally {
      db.close()
    }
  }
}

const LEFT = /\.(part|tmp)$|\.repairing-/
const TO_GO_ON = /^[a-z2-7]{16}\.part$/

function leftIn(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((one) => one.isFile() && LEFT.test(one.name) && !TO_GO_ON.test(one.name))
          .map((one) => join(one.parentPath, one.name))
      : [],
  )
}

/** How long a start may take to look through the archive, in the background, for what is left. */
const SWEPT_MS = 10_000

/** Ends with the first of both: nothing is left in the archive, or its time is over. A start that is closed at once leaves the rest. */
async function untilSwept({ recordings, peaks }: WorkspacePaths): Promise<void> {
  const endMs = performance.now() + SWEPT_MS
  while (leftIn([recordings, peaks]).length > 0 && performance.now() < endMs) await pause(20)
}

/** What the next start finds, does and keeps. `rows`: annotations that an export has at least. */
export async function checkAfterKill(
  mode: KillOutcome['mode'],
  root: string,
  acks: readonly Acknowledged[],
  work: Work,
  rows: number,
): Promise<KillOutcome> {
  const broken: string[] = []
  const paths = pathsIn(root)
  if (mode !== 'repair') checkAsFound(paths, broken)
  const before = leftIn([root, work.out])
  if (mode === 'repair' && examineDatabases(paths).some(({ problem }) => problem !== null))
    repairDatabases(paths, Date.now())
  checkExport(join(work.out, 'out.csv'), rows, broken)
  checkBackups(paths, acks, broken)

  const backend = openBackend(root)
  try {
    await backend.ask('counts', 'all', {})
    // In this process a part opens at its first call: the one that looks for what is left is opened by every window.
    await backend.ask('connections', 'list', {})
    await backend.ask('exports', 'count', { what: 'annotations', query: null })
    if (mode === 'sync' && work.sync) {
      const { connectionId, apiKey } = work.sync
      const secrets = { apiKey, accessToken: null }
      const { outcome, problem } = await backend.ask('sync', 'run', {
        connectionId,
        recordings: 'all',
        secrets,
        trigger: 'person',
      })
      if (outcome !== 'done') broken.push(`the next sync: ${outcome} ${problem}`)
    }
    if (mode === 'import')
      await backend.ask('imports', 'files', { paths: work.files, connectionName: 'Killed' })
    await untilSwept(paths)
  } catch (error) {
    broken.push(`the next start: ${String(error)}`)
  } finally {
    await backend.close()
  }
  const calls = openCallsForWriting(paths)
  const reviews = openReviewsForWriting(paths)
  try {
    const wrong = checkIndex(calls)
    if (wrong !== null) broken.push(`the search index: ${wrong}`)
    // An unfinished backup of another process of this hour is let be.
    const past = Date.now() / 1000 - 7200
    for (const path of leftIn([paths.backups])) utimesSync(path, past, past)
    backUpDaily(reviews, paths.backups, Date.UTC(2040, 0, 1), paths.keys)
    const left = leftIn([root, work.out])
    if (left.length > 0) broken.push(`left after the next start: ${left.join(', ')}`)
    const lost = acks.filter((ack) => isLost(reviews, calls, ack))
    for (const ack of lost.slice(0, 3)) broken.push(`lost: ${JSON.stringify(ack).slice(0, 120)}`)
    return { mode, acknowledged: acks.length, lost: lost.length, leftOvers: before.length, broken }
  } finally {
    calls.close()
    reviews.close()
  }
}

function isLost(reviews: WriteDb, calls: WriteDb, ack: Acknowledged): boolean {
  switch (ack.did) {
    case 'created':
    case 'changed': {
      const found = reviews
        .prepare<[string], string>('SELECT comment FROM annotations WHERE id = ?')
        .pluck()
        .get(ack.id)
      // A change that was not acknowledged any more may be there: it begins with what was.
      return !found?.startsWith(ack.comment)
    }
    case 'removed':
      return !reviews.prepare('SELECT deleted_at_ms FROM annotations WHERE id = ?').pluck().get(ack.id)
    case 'reviewed':
      return !reviews
        .prepare('SELECT 1 FROM reviews WHERE call_id = ? AND reviewer = ?')
        .get(ack.callId, ack.reviewer)
    case 'imported':
    case 'synced': {
      const count = Number(calls.prepare('SELECT count(*) FROM calls').pluck().get())
      return count < ack.calls
    }
    case 'backed up':
    case 'exported':
    case 'begun':
    case 'migrated':
    case 'repaired':
      return false
  }
}

/** Under its final name an export is whole. */
function checkExport(file: string, rows: number, broken: string[]): void {
  if (!existsSync(file)) return
  const text = readFileSync(file, 'utf8')
  const found = Papa.parse(text.trimEnd(), { header: true })
  if (!text.endsWith('\r\n') || found.errors.length > 0 || found.data.length < rows)
    broken.push(`a partial export: ${found.data.length} of ${rows} rows`)
}

/** Under its final name a backup is whole; seven of the days are kept. */
function checkBackups(paths: WorkspacePaths, acks: readonly Acknowledged[], broken: string[]): void {
  for (const name of existsSync(paths.backups) ? readdirSync(paths.backups) : []) {
    if (!name.endsWith('.db')) continue
    const key = keyOf(paths.keys, name.startsWith('calls-') ? 'calls.db' : 'reviews.db')
    withDb(openToRead(join(paths.backups, name), key), (db) => {
      if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok') broken.push(`a broken backup: ${name}`)
    })
  }
  const last = acks.findLast((ack) => ack.did === 'backed up' && ack.file.includes('reviews-'))
  if (last?.did === 'backed up' && !existsSync(last.file))
    broken.push(`a backup that was made is gone: ${last.file}`)
}
