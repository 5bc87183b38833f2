import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { explainSqliteError } from '../db/sqlite-errors'

const FILE = 'workspace.db'

/**
 * Says that a workspace is being written, for as long as the returned function is not called: many may say so at once,
 * and while anybody does, it is not changed over (see convert.ts). The system takes it back when its holder dies. Raises
 * `busy` while it is being changed over.
 */
export function holdWorkspace(locks: string): () => void {
  return lock(
    locks,
    'BEGIN; SELECT count(*) FROM sqlite_schema',
    'This workspace is being protected, or its protection removed, by another Earmark. Wait until that has finished, then try again.',
  )
}

/** Takes the workspace for one process alone. Raises `busy` while anybody writes it. */
export function takeWorkspace(locks: string): () => void {
  return lock(
    locks,
    'BEGIN EXCLUSIVE',
    'Another Earmark has the workspace open: a window, or a command. Close it or wait for it, then try again.',
  )
}

/** What `open` gives; where it fails, the lock is let go. */
export function opened<T>(open: () => T, release: () => void): T {
  try {
    return open()
  } catch (error) {
    release()
    throw error
  }
}

function lock(locks: string, begin: string, busy: string): () => void {
  mkdirSync(locks, { recursive: true, mode: 0o700 })
  const db = new Database(join(locks, FILE), { timeout: 500 })
  try {
    // A database without a page has nothing to hold: one is written by whoever comes first.
    if (db.pragma('user_version', { simple: true }) === 0) db.pragma('user_version = 1')
    db.exec(begin)
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new EarmarkError('busy', busy)
    throw explainSqliteError(error, FILE, join(locks, FILE))
  }
  return () => {
    if (!db.open) return
    db.exec('ROLLBACK')
    db.close()
  }
}
