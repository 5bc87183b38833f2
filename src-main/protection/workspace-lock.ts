import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { explainSqliteError } from '../db/sqlite-errors'
import { refuseLater, type WorkspacePaths } from '../db/workspace'

const FILE = 'workspace.db'

/** Whoever makes the file holds it alone for a moment. */
const HOLD_MS = 2000
const TAKE_MS = 500

/**
 * Says that a workspace is being written, for as long as the returned function is not called: many may say so at once,
 * and while anybody does, it is not changed over (see convert.ts). The system takes it back when its holder dies. Raises
 * `busy` while it is being changed over, and `database_too_new`: of a later Earmark's workspace, nothing is changed.
 */
export function holdWorkspace(paths: WorkspacePaths): () => void {
  refuseLater(paths)
  try {
    return lock(
      paths.locks,
      'BEGIN; SELECT count(*) FROM sqlite_schema',
      HOLD_MS,
      'This workspace is being protected, or its protection removed, by another Earmark. Wait until that has finished, then try again.',
    )
  } catch (error) {
    if (error instanceof EarmarkError && error.code === 'busy') throw error
    // A full disk, say: that is no reason against working. Changing over needs room, and looks whether a database is open.
    return () => undefined
  }
}

/** Takes the workspace for one process alone. Raises `busy` while anybody writes it, `disk_full`, `workspace_unusable`. */
export const takeWorkspace = (locks: string): (() => void) =>
  lock(
    locks,
    'BEGIN EXCLUSIVE',
    TAKE_MS,
    'Another Earmark has the workspace open: a window, or a command. Close it or wait for it, then try again.',
  )

/** What `open` gives; where it fails, the lock is let go. */
export function opened<T>(open: () => T, release: () => void): T {
  try {
    return open()
  } catch (error) {
    release()
    throw error
  }
}

function lock(locks: string, begin: string, timeout: number, busy: string): () => void {
  const file = join(locks, FILE)
  try {
    mkdirSync(locks, { recursive: true, mode: 0o700 })
    try {
      return begun(file, begin, timeout)
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || !/^SQLITE_(NOTADB|CORRUPT)/.test(error.code))
        throw error
      // There is nothing in it that would be missed.
      rmSync(file, { force: true })
      return begun(file, begin, timeout)
    }
  } catch (error) {
    if (isBusy(error)) throw new EarmarkError('busy', busy)
    throw explainSqliteError(error, FILE, file)
  }
}

function begun(file: string, begin: string, timeout: number): () => void {
  const db = new Database(file, { timeout })
  try {
    // A database without a page has nothing to hold: one is written by whoever comes first.
    if (db.pragma('user_version', { simple: true }) === 0) writePage(db, timeout)
    db.exec(begin)
  } catch (error) {
    db.close()
    throw error
  }
  return () => {
    if (!db.open) return
    db.exec('ROLLBACK')
    db.close()
  }
}

/** Whoever comes at the same moment finds the file held by the first, who may keep it for hours, and the page written. */
function writePage(db: Database.Database, timeout: number): void {
  db.pragma('busy_timeout = 0')
  try {
    db.pragma('user_version = 1')
  } catch (error) {
    if (!isBusy(error)) throw error
  }
  db.pragma(`busy_timeout = ${timeout}`)
}

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
