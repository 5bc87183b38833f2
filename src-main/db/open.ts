import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { type DatabaseKey, damageSeen, openAsKept, versionIn } from './as-kept'
import { damaged, explainSqliteError } from './sqlite-errors'
import { neededVersion } from './workspace-format'

/** A connection that only reads. Query functions that write don't accept it. */
export type ReadDb = Database.Database & { readonly __access: 'read' | 'write' }
/** A connection that may write. */
export type WriteDb = Database.Database & { readonly __access: 'write' }

/** Before 3.51.3, SQLite in WAL mode with two connections could corrupt a database (sqlite.org, "WAL-reset bug"). */
const OLDEST_SQLITE: readonly [number, number, number] = [3, 51, 3]

/** How long a database that somebody else writes is waited for. */
const BUSY_MS = 10_000

export type Migration = (db: WriteDb) => void

export interface OpenOptions {
  /** What the database is, for messages: "calls.db". */
  name: string
  file: string
  /** Append-only; `user_version` counts those that ran. */
  migrations: readonly Migration[]
  /** `FULL` for what people wrote, `NORMAL` for what can be synced again. */
  synchronous: 'FULL' | 'NORMAL'
  /** Absent: the database is not encrypted. */
  key?: DatabaseKey
  /** Called before a migration changes a database that holds something. */
  beforeMigration?: (db: WriteDb, fromVersion: number) => void
}

/**
 * Opens (and makes, and migrates) a database for writing. Each migration is one transaction.
 * Raises `database_too_new` for a file of a later Earmark (not a byte of it is changed then), `database_damaged` for
 * what is no database, `workspace_unusable` where it can't be opened or written.
 */
export function openForWriting(options: OpenOptions): WriteDb {
  refuseUnusable(options)
  const db = open(options, {}) as WriteDb
  try {
    guard(options.name, options.file, () => {
      useLog(db)
      db.pragma(`synchronous = ${options.synchronous}`)
      if (options.synchronous === 'FULL') db.pragma('fullfsync = ON')
      // Off while migrating, so that a table can be made again (sqlite.org/lang_altertable.html, section 7).
      db.pragma('foreign_keys = OFF')
      // What is deleted is overwritten where that costs no more writing; a purge sees to the rest (retention/wipe.ts).
      db.pragma('secure_delete = FAST')
      db.pragma('cache_size = -16000')
      migrate(db, options)
      db.pragma('foreign_keys = ON')
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens a database for reading only. The reader never makes or migrates one: it refuses a database of another
 * version than this Earmark's. Raises `workspace_unusable`, `database_damaged`, `database_too_new`.
 */
export function openForReading(options: Pick<OpenOptions, 'name' | 'file' | 'migrations' | 'key'>): ReadDb {
  refuseFuture(options)
  const db = open(options, { readonly: true, fileMustExist: true }) as ReadDb
  try {
    guard(options.name, options.file, () => {
      const version = versionOf(db)
      if (version > options.migrations.length) throw tooNew(options, version)
      if (version < options.migrations.length)
        throw new EarmarkError(
          'workspace_unusable',
          `${options.name} is of an older Earmark (${options.file}). Start Earmark once: it brings the file up to date.`,
          { file: options.file },
        )
      db.pragma('cache_size = -64000')
      db.pragma('query_only = ON')
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * One transaction that holds the right to write from its start; what it wrote is as safe as the database's
 * `synchronous` says when this returns. SQLite's own errors are raised as sentences (`disk_full`, `busy`, …).
 */
export function writing<T>(db: WriteDb, work: () => T): T {
  return explained(db, () => db.transaction(work).immediate())
}

/** Runs `work` with a database; SQLite's own errors are raised as sentences. */
export function explained<T>(db: ReadDb, work: () => T): T {
  return guard(basename(db.name), db.name, work)
}

const versionOf = (db: Database.Database): number => Number(db.pragma('user_version', { simple: true }))

/** SQLite's own patience does not hold for this: of two that make a database at once, one would be told that it is locked. */
function useLog(db: Database.Database): void {
  for (const untilMs = Date.now() + BUSY_MS; ; ) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const isBusy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
      if (!isBusy || Date.now() > untilMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

/** A log up to this size is read before the database is opened. */
const LOG_READ_BYTES = 32 * 1024 * 1024

/**
 * Refuses a file of a later Earmark, and one that can be seen to be damaged, by its bytes: opening it alone would leave
 * files beside it, and fold what can still be read of its log into it.
 */
function refuseUnusable(options: OpenOptions): void {
  const { name, file, key = null } = options
  refuseFuture(options)
  const logBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (logBytes > LOG_READ_BYTES) return
  // Another process may have written while it was read.
  const damage = damageSeen(file, key) === null ? null : damageSeen(file, key)
  if (damage) throw damaged(name, file, damage)
}

/** Before it is opened for use. Raises `database_too_new`. */
export function refuseFuture(options: Pick<OpenOptions, 'name' | 'file' | 'migrations' | 'key'>): void {
  const version = versionIn(options.file, options.key ?? null)
  if (version > options.migrations.length) throw tooNew(options, version)
}

function open(
  { name, file, key = null }: Pick<OpenOptions, 'name' | 'file' | 'key'>,
  flags: Database.Options,
): Database.Database {
  return guard(name, file, () => {
    const db = openAsKept(file, key, { timeout: BUSY_MS, ...flags })
    try {
      assertSqliteVersion(db)
    } catch (error) {
      db.close()
      throw error
    }
    return db
  })
}

function assertSqliteVersion(db: Database.Database): void {
  const text = String(db.prepare('SELECT sqlite_version()').pluck().get())
  const parts = text.split('.').map(Number)
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const have = parts[i] ?? 0
    if (have > least) return
    if (have < least)
      throw new EarmarkError(
        'internal',
        `SQLite ${text} is older than ${OLDEST_SQLITE.join('.')}, which can damage databases. Run "npm run setup" again.`,
      )
  }
}

function migrate(db: WriteDb, options: OpenOptions): void {
  const { name, migrations, beforeMigration } = options
  const begin = versionOf(db)
  if (begin > migrations.length) throw tooNew(options, begin)
  if (begin > 0 && begin < migrations.length) beforeMigration?.(db, begin)
  for (const [index, migration] of migrations.entries()) {
    if (index < versionOf(db)) continue
    // Immediate, and the version asked again inside: another process may migrate at the same moment.
    db.transaction(() => {
      const version = versionOf(db)
      if (version > migrations.length) throw tooNew(options, version)
      if (index < version) return
      migration(db)
      const dangling = db.pragma('foreign_key_check') as unknown[]
      if (dangling.length > 0)
        throw new EarmarkError(
          'internal',
          `${name} would lose a link between its tables; nothing was changed.`,
        )
      db.pragma(`user_version = ${index + 1}`)
    }).immediate()
  }
}

function tooNew(
  { name, file, migrations }: Pick<OpenOptions, 'name' | 'file' | 'migrations'>,
  version: number,
): EarmarkError {
  const needed = neededVersion(dirname(file))
  return new EarmarkError(
    'database_too_new',
    `${name} was written by a newer Earmark (${file}). It needs ${needed === null ? 'a version' : `Earmark ${needed} or a later one,`} that reads format ${version}; this one reads up to ${migrations.length}. Update Earmark to open this workspace; nothing was changed.`,
    { file, version },
  )
}

/** Runs `work` and turns SQLite's own errors about the file into ones that a person can act on. */
export function guard<T>(name: string, file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw explainSqliteError(error, name, file)
  }
}
