import { existsSync } from 'node:fs'
import type { DatabaseName } from '@contract'
import Database from 'better-sqlite3'
import type { WorkspaceKeys } from '../protection/keys'
import { fileFacts, storedVersion } from './database-file'

/** What `PRAGMA key` takes of a protected workspace's database (see protection/keys.ts); null: it is not encrypted. */
export type DatabaseKey = string | null

/** The key of a database or of a copy of it; null: the workspace is not protected. */
export const keyOf = (keys: WorkspaceKeys | null, name: DatabaseName): DatabaseKey =>
  keys?.databaseKey(name) ?? null

/** Opens a file the way this workspace is kept, and looks at nothing in it. Raises SQLite's own errors. */
export function openAsKept(
  file: string,
  key: DatabaseKey,
  options: Database.Options = {},
): Database.Database {
  const db = new Database(file, options)
  try {
    giveKey(db, key)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** The same, for a file that is there and only read. */
export const openToRead = (file: string, key: DatabaseKey): Database.Database =>
  openAsKept(file, key, { readonly: true, fileMustExist: true })

/** Closes a connection behind the work with it, however that ends. */
export function withDb<D extends Database.Database, T>(db: D, work: (db: D) => T): T {
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/**
 * Has a connection encrypt and decrypt what it writes and reads: before anything else is done with it. AEGIS-256 is
 * authenticated (a changed page is refused), with a random nonce for each page that is written, and with the processor's AES hardly
 * slower than none.
 */
export function giveKey(db: Database.Database, key: DatabaseKey): void {
  if (key === null) return
  chooseCipher(db)
  // A key is letters and digits: nothing in it ends the text.
  db.pragma(`key = '${key}'`)
  // What SQLite sorts or sets aside would else lie in the clear in a temporary file.
  db.pragma('temp_store = MEMORY')
}

/** What attached databases with a key are encrypted with. */
export function chooseCipher(db: Database.Database): void {
  db.pragma("cipher = 'aegis'")
}

/**
 * Whether another connection, of this process too, has the database open. A connection in exclusive mode must hold the whole
 * file, which it can't get while anybody else has it open in WAL mode (sqlite.org/wal.html, "Use of WAL Without
 * Shared-Memory"). One that is not there, or is no database, is nobody's.
 */
export function isOpenElsewhere(file: string, key: DatabaseKey): boolean {
  if (!existsSync(file)) return false
  try {
    return withDb(openAsKept(file, key, { timeout: 500 }), (db) => {
      db.pragma('locking_mode = EXCLUSIVE')
      db.exec('BEGIN EXCLUSIVE; ROLLBACK')
      return false
    })
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    return error.code.startsWith('SQLITE_BUSY')
  }
}

/**
 * The `user_version` of a file and its log; 0: there is none, or it can't be read. By its bytes, so that nothing is opened; an encrypted
 * one tells nothing by its bytes and is opened for reading only.
 */
export function versionIn(file: string, key: DatabaseKey): number {
  if (key === null) return storedVersion(file)
  if (!existsSync(file)) return 0
  try {
    return withDb(openToRead(file, key), (db) => Number(db.pragma('user_version', { simple: true })))
  } catch (error) {
    if (error instanceof Database.SqliteError) return 0
    throw error
  }
}

/**
 * Why a file can't be used as it is, by its bytes; null: nothing is seen from outside. Nothing ever is of an encrypted one: a page
 * that was changed is refused when it is read.
 */
export const damageSeen = (file: string, key: DatabaseKey): string | null =>
  key === null ? (fileFacts(file)?.damage ?? null) : null
