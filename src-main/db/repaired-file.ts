import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

/** The whole, repaired database, until it has taken the place of the damaged one. */
export const repairedPath = (file: string): string => `${file}.repaired`

/** The name under which a damaged database is kept beside: `reviews-damaged-20260520T101500.db`. */
export const keptPath = (file: string, nowMs: number): string =>
  file.replace(/\.db$/, `-damaged-${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}.db`)

/**
 * Puts a repaired database in the place of the damaged one, which is kept beside with its log. Killed at any moment, the next
 * call goes on: nothing is ever only half in its place. Answers the name under which the damaged one was kept; null: there
 * was nothing to be done.
 */
export function takeRepaired(file: string, nowMs: number): string | null {
  const repaired = repairedPath(file)
  if (!existsSync(repaired)) return null
  const kept = keptPath(file, nowMs)
  // The log belongs to the damaged file: beside the new one, SQLite would write it into that.
  for (const end of ['-shm', '-wal', '']) if (existsSync(file + end)) renameSync(file + end, kept + end)
  renameSync(repaired, file)
  syncToDisk(dirname(file))
  return kept
}

/** A file's or folder's content is on the disk when this returns; Windows has no such thing for folders and needs none. */
export function syncToDisk(path: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
