import { readdirSync, statSync } from 'node:fs'
import { arch, cpus, freemem, type as osType, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { DatabaseName } from '@contract'
import Database from 'better-sqlite3'
import { keyOf, openToRead, withDb } from '../db/as-kept'
import type { Migration } from '../db/open'
import { CALLS_MIGRATIONS, databaseFile, REVIEWS_MIGRATIONS, type WorkspacePaths } from '../db/workspace'
import { vendors } from '../vendors'

/** A chapter of the report: names and what was found out. */
export interface Facts {
  title: string
  rows: readonly (readonly [name: string, value: string])[]
}

type Row = Record<string, unknown>

/** Which versions of everything this is. */
export function versions(appVersion: string, isWindow: boolean): Facts {
  const { electron, chrome, node, v8 } = process.versions as NodeJS.ProcessVersions & { chrome?: string }
  return {
    title: 'Versions',
    rows: [
      ['Earmark', appVersion],
      ['made by', isWindow ? 'the window' : 'the command line'],
      ['Electron', electron ?? 'none'],
      ['Chromium', chrome ?? 'none'],
      ['Node', node],
      ['V8', v8],
      ['SQLite', inMemory('SELECT sqlite_version()')],
    ],
  }
}

/** What computer it is, without its name or its owner's. */
export function computer(nowMs: number): Facts {
  const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return {
    title: 'Computer',
    rows: [
      ['system', `${osType()} ${release()} (${process.platform} ${arch()})`],
      ['processors', `${cpus().length}`],
      ['memory', `${mebibytes(totalmem())}, ${mebibytes(freemem())} free`],
      ['language', locale],
      ['time zone', `${timeZone}, ${-new Date(nowMs).getTimezoneOffset()} minutes ahead of UTC`],
      ['running for', `${Math.round(process.uptime())} s`],
    ],
  }
}

/** Both databases: size, version, the names of their migrations, and how many rows each table has. */
export function databases(paths: WorkspacePaths): Facts[] {
  return [database(paths, 'calls.db', CALLS_MIGRATIONS), database(paths, 'reviews.db', REVIEWS_MIGRATIONS)]
}

function database(paths: WorkspacePaths, name: DatabaseName, migrations: readonly Migration[]): Facts {
  const file = databaseFile(paths, name)
  const sizes = ['', '-wal', '-shm'].map((end) => {
    const size = statSync(file + end, { throwIfNoEntry: false })?.size
    return size === undefined ? 'none' : mebibytes(size)
  })
  const rows: [string, string][] = [['size', `${sizes[0]}; log ${sizes[1]}, index of the log ${sizes[2]}`]]
  const counted = withDatabase(paths, name, (db): [string, string][] => [
    ['version', `${String(db.pragma('user_version', { simple: true }))} of ${migrations.length}`],
    ...db
      .prepare<[], string>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`,
      )
      .pluck()
      .all()
      // The search index's own tables say nothing by their numbers of rows.
      .filter((table) => /^[a-z_]+$/.test(table) && !/_(?:data|idx|content|docsize|config)$/.test(table))
      .map((table): [string, string] => [
        `rows of ${table}`,
        String(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
      ]),
  ])
  rows.push(['migrations', migrations.map(({ name }, at) => `${at + 1} ${nameOf(name)}`).join(', ')])
  return { title: name, rows: [...rows, ...counted] }
}

/** A bundler tells functions of the same name apart by a number behind a "$". */
const nameOf = (name: string): string => name.replace(/\$\d+$/, '') || 'unnamed'

/** The settings whose values are words of Earmark's own; of others, whether they are set. */
export function settings(paths: WorkspacePaths): Facts {
  const rows = withDatabase(paths, 'reviews.db', (db) =>
    db
      .prepare<[], { key: string; value: string }>('SELECT key, value FROM settings ORDER BY key')
      .all()
      .map(({ key, value }): [string, string] => [
        /^[A-Za-z]{1,40}$/.test(key) ? key : 'another',
        /^(?:true|false|null|-?\d{1,6}(?:\.\d{1,3})?|"(?:system|light|dark)")$/.test(value) ? value : '(set)',
      ]),
  )
  return { title: 'Settings that were changed', rows: rows.length === 0 ? [['', 'none']] : rows }
}

/** The connections, by number and vendor: no name, address, campaign or folder. */
export function connections(paths: WorkspacePaths): Facts {
  const rows = withDatabase(paths, 'calls.db', (db) =>
    db
      .prepare<[], Row>(
        'SELECT kind, vendor, base_url, campaign_ids, settings, keeps_secrets FROM connections WHERE removed_at_ms IS NULL ORDER BY created_at_ms, id LIMIT 50',
      )
      .all()
      .map((row, at): [string, string] => {
        const campaigns = listOf(row.campaign_ids).length
        const kept = Object.entries(objectOf(row.settings))
          .filter(
            ([key, value]) => /^[A-Za-z]{1,40}$/.test(key) && ['number', 'boolean'].includes(typeof value),
          )
          .map(([key, value]) => `${key} ${String(value)}`)
        const isOwn = Object.values(vendors).some(({ defaultBaseUrl }) => defaultBaseUrl === row.base_url)
        const address = isOwn ? 'the vendor’s own address' : 'another address'
        return [
          `connection ${at + 1}`,
          [
            word(row.vendor),
            word(row.kind),
            ...(row.kind === 'api' ? [address] : []),
            `${campaigns} campaigns`,
            row.keeps_secrets === 1 ? 'secrets in the keychain' : 'no secrets kept',
            ...kept,
          ].join(', '),
        ]
      }),
  )
  return { title: 'Connections', rows: rows.length === 0 ? [['', 'none']] : rows }
}

/** The last syncs: when, how they ended, their numbers, and the sentence of a failure without what it quotes. */
export function lastSyncs(paths: WorkspacePaths): Facts {
  const rows = withDatabase(paths, 'calls.db', (db) =>
    db
      .prepare<[], Row>('SELECT * FROM sync_runs ORDER BY id DESC LIMIT 20')
      .all()
      .map((run): [string, string] => {
        const at = typeof run.started_at_ms === 'number' ? new Date(run.started_at_ms).toISOString() : '?'
        const took =
          typeof run.finished_at_ms === 'number' && typeof run.started_at_ms === 'number'
            ? `${Math.round((run.finished_at_ms - run.started_at_ms) / 1000)} s`
            : 'no end'
        const numbers = [
          'listed',
          'added',
          'updated',
          'unchanged',
          'quarantined',
          'recordings_downloaded',
          'recordings_failed',
        ]
          .map((name) => `${Number(run[name] ?? 0)} ${name.replace('recordings_', 'recordings ')}`)
          .join(', ')
        return [at, `${word(run.trigger)}, ${word(run.outcome ?? 'open')}, ${took}: ${numbers}`]
      }),
  )
  return { title: 'Last syncs', rows: rows.length === 0 ? [['', 'none']] : rows }
}

/** How many files there are, and what they take. */
export function files(paths: WorkspacePaths): Facts {
  return {
    title: 'Files',
    rows: (['recordings', 'peaks', 'backups', 'locks'] as const).map((name) => [
      name,
      countFiles(paths[name]),
    ]),
  }
}

const MOST_FILES = 200_000

function countFiles(folder: string): string {
  let count = 0
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      count += 1
      if (count <= MOST_FILES)
        bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
    }
  } catch (error) {
    return problemOf(error)
  }
  return `${count} files, ${count > MOST_FILES ? 'over ' : ''}${mebibytes(bytes)}`
}

/** Reads a database as it is, of whatever version; what goes wrong is said in the place of its facts. */
function withDatabase(
  paths: WorkspacePaths,
  name: DatabaseName,
  read: (db: Database.Database) => [string, string][],
): [string, string][] {
  try {
    return withDb(openToRead(databaseFile(paths, name), keyOf(paths.keys, name)), read)
  } catch (error) {
    return [['not read', problemOf(error)]]
  }
}

/** What kind of error it was: its words may quote what is in the database. */
const problemOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}${'code' in error ? ` ${String(error.code)}` : ''}` : 'unknown'

const inMemory = (sql: string): string =>
  withDb(new Database(':memory:'), (db) => String(db.prepare(sql).pluck().get()))

/** A word of Earmark's own; anything else could be anything. */
const word = (value: unknown): string =>
  typeof value === 'string' && /^[a-z_]{1,30}$/.test(value) ? value : 'another'

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return null
  }
}
const listOf = (text: unknown): unknown[] => {
  const value = parsed(text)
  return Array.isArray(value) ? value : []
}
const objectOf = (text: unknown): object => {
  const value = parsed(text)
  return typeof value === 'object' && value !== null ? value : {}
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
