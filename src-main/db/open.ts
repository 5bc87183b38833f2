import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { type FileFacts, fileFacts } from './database-file'
import { damaged, explainSqliteError } from './sqlite-errors'
import { neededVersion } from './workspace-format'

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
  refuseUnusable(options)
  const db = open(options, {}) as WriteDb
  try {
    guard(options.name, options.file, () => {
      db.pragma('journal_mode = WAL')
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
  refuseFuture(options, plainFacts(options, { withLog: false }))
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

/** A log up to this size is read before the database is opened. */
const LOG_READ_BYTES = 32 * 1024 * 1024

/** What a file's bytes tell; null of an encrypted one: there, only opening it with its key tells anything. */
const plainFacts = (
  { file, key = null }: Pick<OpenOptions, 'file' | 'key'>,
  how: { withLog: boolean },
): FileFacts | null => (key === null ? fileFacts(file, how) : null)

/**
 * Refuses a file of a later Earmark, and one that can be seen to be damaged, by its bytes: opening it alone would leave
 * files beside it, and fold what can still be read of its log into it. An encrypted one is only opened for reading.
 */
function refuseUnusable(options: OpenOptions): void {
  const { name, file } = options
  if (options.key) {
    refuseFutureEncrypted(options)
    return
  }
  const logBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const facts = () => fileFacts(file, { withLog: logBytes <= LOG_READ_BYTES })
  const found = facts()
  refuseFuture(options, found)
  // Another process may have written while it was read.
  const damage = found?.damage ? facts()?.damage : null
  if (damage) throw damaged(name, file, damage)
}

function refuseFutureEncrypted(options: OpenOptions): void {
  const { name, file, migrations } = options
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return
  const db = open(options, { readonly: true, fileMustExist: true })
  try {
    guard(name, file, () => {
      const version = versionOf(db)
      if (version > migrations.length) throw tooNew(options, version)
    })
  } finally {
    db.close()
  }
}

/** Raises `database_too_new`. */
export function refuseFuture(
  options: Pick<OpenOptions, 'name' | 'file' | 'migrations'>,
  facts: FileFacts | null,
): void {
  if (facts !== null && facts.version > options.migrations.length) throw tooNew(options, facts.version)
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
