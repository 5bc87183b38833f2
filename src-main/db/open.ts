import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'

/** A connection that only reads. Query functions that write don't accept it. */
export type ReadDb = Database.Database & { readonly __access: 'read' | 'write' }
/** A connection that may write. */
export type WriteDb = Database.Database & { readonly __access: 'write' }

/** Before 3.51.3, SQLite in WAL mode with two connections could corrupt a database (sqlite.org, "WAL-reset bug"). */
const OLDEST_SQLITE: readonly [number, number, number] = [3, 51, 3]

export type Migration = (db: WriteDb) => void

export interface OpenOptions {
  /** What the database is, for messages: "calls.db". */
  name: string
  file: string
  /** Append-only; `user_version` counts those that ran. */
  migrations: readonly Migration[]
  /** `FULL` for what people wrote, `NORMAL` for what can be synced again. */
  synchronous: 'FULL' | 'NORMAL'
  /** What `PRAGMA key` takes; null or absent: the database is not encrypted. */
  key?: string | null
  /** Called before a migration changes a database that holds something. */
  beforeMigration?: (db: WriteDb, fromVersion: number) => void
}

/**
 * Opens (and makes, and migrates) a database for writing. Each migration is one transaction.
 * Raises `database_too_new` for a file of a later Earmark (not a byte of it is changed then), `database_damaged` for
 * what is no database, `workspace_unusable` where it can't be opened or written.
 */
export function openForWriting(options: OpenOptions): WriteDb {
  // Opening for writing alone may fold the write-ahead log into the file: a future file is only read.
  if (existsSync(options.file)) refuseFuture(options)
  const db = open(options, {}) as WriteDb
  try {
    guard(options.name, options.file, () => {
      db.pragma('journal_mode = WAL')
      db.pragma(`synchronous = ${options.synchronous}`)
      if (options.synchronous === 'FULL') db.pragma('fullfsync = ON')
      // Off while migrating, so that a table can be made again (sqlite.org/lang_altertable.html, section 7).
      db.pragma('foreign_keys = OFF')
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
  const db = open(options, { readonly: true, fileMustExist: true }) as ReadDb
  try {
    guard(options.name, options.file, () => {
      const version = versionOf(db)
      if (version > options.migrations.length) throw tooNew(options.name, options.file)
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

function refuseFuture(options: OpenOptions): void {
  const { name, file, migrations } = options
  const db = open(options, { readonly: true, fileMustExist: true })
  try {
    guard(name, file, () => {
      if (versionOf(db) > migrations.length) throw tooNew(name, file)
    })
  } finally {
    db.close()
  }
}

function open(
  { name, file, key = null }: Pick<OpenOptions, 'name' | 'file' | 'key'>,
  flags: Database.Options,
): Database.Database {
  return guard(name, file, () => {
    const db = new Database(file, { timeout: 10_000, ...flags })
    try {
      giveKey(db, key)
      assertSqliteVersion(db)
    } catch (error) {
      db.close()
      throw error
    }
    return db
  })
}

/**
 * Has a connection encrypt and decrypt what it writes and reads: before anything else is done with it. AEGIS-256 is
 * authenticated (a changed page is refused), with a random nonce for each page that is written, and with the processor's AES hardly slower than
 * none. `key`: as in `OpenOptions`.
 */
export function giveKey(db: Database.Database, key: string | null): void {
  if (key === null) return
  chooseCipher(db)
  // A key is letters and digits (see protection/keys.ts): nothing in it ends the text.
  db.pragma(`key = '${key}'`)
  // What SQLite sorts or sets aside would else lie in the clear in a temporary file.
  db.pragma('temp_store = MEMORY')
}

/** What attached databases with a key are encrypted with. */
export function chooseCipher(db: Database.Database): void {
  db.pragma("cipher = 'aegis'")
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

function migrate(db: WriteDb, { name, file, migrations, beforeMigration }: OpenOptions): void {
  const begin = versionOf(db)
  if (begin > migrations.length) throw tooNew(name, file)
  if (begin > 0 && begin < migrations.length) beforeMigration?.(db, begin)
  for (const [index, migration] of migrations.entries()) {
    if (index < versionOf(db)) continue
    // Immediate, and the version asked again inside: another process may migrate at the same moment.
    db.transaction(() => {
      const version = versionOf(db)
      if (version > migrations.length) throw tooNew(name, file)
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

function tooNew(name: string, file: string): EarmarkError {
  return new EarmarkError(
    'database_too_new',
    `${name} was written by a newer Earmark. Update Earmark to open this workspace (${file}); nothing was changed.`,
    { file },
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

/** An `EarmarkError` for SQLite's errors that have an own sentence; others are returned as they are. */
export function explainSqliteError(error: unknown, name: string, file: string): unknown {
  const code = error instanceof Database.SqliteError ? error.code : ''
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new EarmarkError(
      'database_damaged',
      `${name} is damaged (${file}). Nothing was changed. Close Earmark and keep a copy of the workspace folder. ${name === 'calls.db' ? 'Then move calls.db and the files beside it that begin with its name away, and sync or import again; what people wrote is in reviews.db and stays.' : 'Then put the newest file of its "backups" folder in the place of this one.'}`,
      { file },
      { cause: error },
    )
  if (code === 'SQLITE_FULL')
    return new EarmarkError(
      'disk_full',
      `The disk is full: ${name} could not be written (${file}). Free some space and try again; what was saved before is safe.`,
      { file },
      { cause: error },
    )
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_IOERR')
  )
    return new EarmarkError(
      'workspace_unusable',
      `${name} can't be opened or written (${file}; ${code}). Check that the folder exists, that it is yours, and that the disk has room.`,
      { file },
      { cause: error },
    )
  if (code.startsWith('SQLITE_BUSY'))
    return new EarmarkError(
      'busy',
      `${name} is being written by another program for over ten seconds (${file}). Wait for it or close it, then try again.`,
      { file },
      { cause: error },
    )
  return error
}
