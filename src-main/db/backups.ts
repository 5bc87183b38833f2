import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { ReadDb } from './open'

const KEPT = 7
const DAILY = /^reviews-\d{4}-\d{2}-\d{2}\.db$/

/**
 * A verified copy of `reviews.db` for this day (UTC), unless there is one; the newest seven are kept.
 * Returns the file made, or null. Copies through `VACUUM INTO` to a temporary name first, so that a
 * file with the final name is always whole.
 */
export function backUpDaily(db: ReadDb, folder: string, nowMs: number): string | null {
  const day = new Date(nowMs).toISOString().slice(0, 10)
  const file = join(folder, `reviews-${day}.db`)
  if (existsSync(file)) return null
  copyVerified(db, file)
  const daily = readdirSync(folder)
    .filter((name) => DAILY.test(name))
    .sort()
  for (const old of daily.slice(0, -KEPT)) rmSync(join(folder, old))
  return file
}

/** A verified copy beside the daily ones before a migration changes anything. */
export function backUpBeforeMigration(db: ReadDb, folder: string, fromVersion: number): void {
  const file = join(folder, `reviews-before-migration-from-${fromVersion}.db`)
  if (!existsSync(file)) copyVerified(db, file)
}

function copyVerified(db: ReadDb, file: string): void {
  const temporary = `${file}.tmp`
  rmSync(temporary, { force: true })
  db.prepare('VACUUM INTO ?').run(temporary)
  const copy = new Database(temporary, { readonly: true })
  try {
    const verdict = copy.pragma('integrity_check', { simple: true })
    if (verdict !== 'ok') throw new Error(`The backup ${temporary} failed its check: ${String(verdict)}`)
  } finally {
    copy.close()
  }
  renameSync(temporary, file)
}
