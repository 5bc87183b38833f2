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
    const now = version()
    if (now === seen) return
    seen = now
    onChange()
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
