import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EarmarkError } from '@contract/errors'
import Database from 'better-sqlite3'
import { workspacePaths } from '../db/workspace'

/** Raises `busy` while anybody, this process too, has a database of the workspace open. */
export function requireUnused(root: string): void {
  const { reviewsDb, callsDb } = workspacePaths(root)
  for (const file of [reviewsDb, callsDb]) requireUnusedFile(file)
}

/**
 * Raises `busy` when another connection has the database open. A connection in exclusive mode must hold the whole file,
 * which it can't get while anybody else has it open in WAL mode (sqlite.org/wal.html, "Use of WAL Without
 * Shared-Memory"). One that is no database is nobody's.
 */
function requireUnusedFile(file: string): void {
  if (!existsSync(file)) return
  const db = new Database(file, { timeout: 500 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new EarmarkError(
        'busy',
        `Another Earmark has the workspace open (${dirname(file)}): a window, or a command. Close it, and restore again; nothing was changed.`,
        { file },
      )
  } finally {
    db.close()
  }
}
