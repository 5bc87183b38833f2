import { existsSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseName } from '@contract'
import { isMissing } from '../system-errors'
import { folderToDisk } from './to-disk'

/** The whole, repaired database, until it has taken the place of the damaged one. */
export const repairedPath = (file: string): string => `${file}.repaired`

/** The name under which a damaged database is kept beside: `reviews-damaged-20260520T101500.db`. */
export const keptPath = (file: string, nowMs: number): string =>
  file.replace(/\.db$/, `-damaged-${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}.db`)

/** Whether a file's name is that of a damaged database that was kept beside, of its log, or of rows that fitted nowhere. */
export const isPutAside = (database: DatabaseName, name: string): boolean =>
  /^(?:calls|reviews)-damaged-\d{8}T\d{6}(?:\.db|\.db-wal|\.db-shm|-rows\.jsonl)$/.test(name) &&
  name.startsWith(database === 'calls.db' ? 'calls-' : 'reviews-')

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
  for (const end of ['-shm', '-wal', '']) renameIfThere(file + end, kept + end)
  renameIfThere(repaired, file)
  folderToDisk(dirname(file))
  return kept
}

/** Another process may have done so a moment ago. */
function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
