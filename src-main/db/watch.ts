import Database from 'better-sqlite3'
import type { ReadDb } from './open'

const EVERY_MS = 1000

/**
 * Calls `onChange` after another connection has written to this database (`PRAGMA data_version` changes for
 * commits of others only): the command line, say, while the window is open. Ends with the returned function.
 */
export function watchOtherWriters(db: ReadDb, onChange: () => void): () => void {
  const version = () => Number(db.pragma('data_version', { simple: true }))
  let seen = version()
  const timer = setInterval(() => {
    let now = seen
    try {
      now = version()
    } catch (error) {
      // A disk that can't be read just now is for the next call to report; it must not end the thread.
      if (!(error instanceof Database.SqliteError)) throw error
    }
    if (now === seen) return
    seen = now
    onChange()
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
