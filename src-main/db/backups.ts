import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseName } from '@contract'
import { EarmarkError } from '@contract/errors'
import type { WorkspaceKeys } from '../protection/keys'
import { type DatabaseKey, keyOf, openToRead, withDb } from './as-kept'
import { guard, type ReadDb } from './open'
import { fileToDisk, folderToDisk } from './to-disk'

const DAYS_KEPT = 7
const DAILY = /^reviews-\d{4}-\d{2}-\d{2}\.db$/
const WEEKLY = /^calls-\d{4}-\d{2}-\d{2}\.db$/
const UNFINISHED = /\.db\.[0-9a-f]{12}\.tmp$|^parcel-[0-9a-f]{12}-(?:reviews|calls)\.db$/
const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS
/** A copy of the calls must leave the disk this much room. */
const ROOM_LEFT_BYTES = 1024 ** 3

/**
 * A verified copy of `reviews.db` for this day (UTC), unless there is one; the newest seven are kept. Copies of an encrypted
 * database are encrypted as it is (`VACUUM INTO` sees to that); `keys` is what they are checked with.
 * Returns the file made, or null. Raises `disk_full`, `workspace_unusable`, and `database_damaged` when what there
 * is to copy is damaged: the older copies stay then.
 */
export function backUpDaily(
  db: ReadDb,
  folder: string,
  nowMs: number,
  keys: WorkspaceKeys | null = null,
): string | null {
  const file = join(folder, dailyBackupName(nowMs))
  if (existsSync(file) && !isOfBefore(folder, file, nowMs)) return null
  copyVerified(db, 'reviews.db', file, keyOf(keys, 'reviews.db'))
  prune(folder, DAILY, DAYS_KEPT, file, nowMs)
  return file
}

/**
 * A verified copy of `calls.db`, unless there is one of the last seven days or the disk has no room for it; one is
 * kept. Returns the file made, or null. It reads and writes the whole database (seconds for a large one): for a
 * thread that nobody waits for. Raises what `backUpDaily` raises.
 */
export function backUpWeekly(
  db: ReadDb,
  folder: string,
  nowMs: number,
  keys: WorkspaceKeys | null = null,
): string | null {
  const newest = named(folder, WEEKLY, nowMs).at(-1)
  if (newest !== undefined && Math.abs(nowMs - Date.parse(newest.slice(6, 16))) < WEEK_MS) return null
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < statSync(db.name).size + ROOM_LEFT_BYTES) return null
  const file = join(folder, `calls-${dayOf(nowMs)}.db`)
  copyVerified(db, 'calls.db', file, keyOf(keys, 'calls.db'))
  prune(folder, WEEKLY, 1, file, nowMs)
  return file
}

/**
 * A verified copy beside the daily ones before a migration changes anything, one a version and day (UTC): one of an
 * earlier attempt would lack what was written since. Never removed.
 */
export function backUpBeforeMigration(
  db: ReadDb,
  folder: string,
  fromVersion: number,
  nowMs: number,
  keys: WorkspaceKeys | null = null,
): void {
  const file = join(folder, `reviews-before-migration-from-${fromVersion}-${dayOf(nowMs)}.db`)
  if (!existsSync(file)) copyVerified(db, 'reviews.db', file, keyOf(keys, 'reviews.db'), fromVersion)
}

/** What the copy of `reviews.db` of this day (UTC) is called. */
export const dailyBackupName = (nowMs: number): string => `reviews-${dayOf(nowMs)}.db`

/** The copies of `reviews.db`, oldest first, without their folder. */
export const dailyBackups = (folder: string, nowMs = Date.now()): string[] => named(folder, DAILY, nowMs)

/** Whether there is any copy of a database, good or not. */
export const hasBackups = (folder: string, name: DatabaseName): boolean =>
  existsSync(folder) && readdirSync(folder).some((one) => isBackupOf(name, one))

/** Whether a file's name is that of a copy of a database: a daily or weekly one, or one of before a migration. */
export const isBackupOf = (database: DatabaseName, name: string): boolean =>
  name.endsWith('.db') && name.startsWith(database === 'calls.db' ? 'calls-' : 'reviews-')

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Oldest first. A day that has not come yet is of before the clock was set back: what was made since is newer. */
function named(folder: string, pattern: RegExp, nowMs: number): string[] {
  const names = readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
  const isAhead = (name: string): boolean => name.slice(-13, -3) > dayOf(nowMs)
  return [...names.filter(isAhead), ...names.filter((name) => !isAhead(name))]
}

/**
 * Whether the day's copy was made when this day came for the first time: the clock was set back meanwhile, and what was
 * written since is not in it.
 */
function isOfBefore(folder: string, file: string, nowMs: number): boolean {
  const today = basename(file)
  const hasLater = readdirSync(folder).some((name) => DAILY.test(name) && name > today)
  return hasLater && Math.abs(nowMs - statSync(file).mtimeMs) > HOUR_MS
}

/** The one just made always stays. */
function prune(folder: string, pattern: RegExp, kept: number, made: string, nowMs: number): void {
  const others = named(folder, pattern, nowMs).filter((name) => join(folder, name) !== made)
  for (const old of others.slice(0, Math.max(0, others.length - kept + 1))) rmSync(join(folder, old))
}

/**
 * Copies to a name of its own first, checks the copy, brings it to the disk, and gives it its name then: a file with
 * a final name is whole, also after a power cut. A copy of another version than `version` is dropped: somebody else has
 * migrated meanwhile, and made theirs before.
 * Returns the copy's version. Raises `disk_full`, `database_damaged`.
 */
export function copyVerified(
  db: ReadDb,
  name: DatabaseName,
  file: string,
  key: DatabaseKey,
  version?: number,
): number {
  removeUnfinished(dirname(file))
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    guard(name, db.name, () => copyInto(db, temporary))
    const copied = verifyCopy(name, temporary, key)
    if (version !== undefined && copied !== version) {
      rmSync(temporary, { force: true })
      return copied
    }
    fileToDisk(temporary)
    renameSync(temporary, file)
    folderToDisk(dirname(file))
    return copied
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The version of a copy that was just made, or unpacked. Raises `database_damaged`. */
export function verifyCopy(name: string, file: string, key: DatabaseKey): number {
  return withDb(openToRead(file, key), (copy) => {
    const verdict = guard(name, file, () => copy.pragma('integrity_check(1)', { simple: true }))
    if (verdict !== 'ok')
      throw new EarmarkError(
        'database_damaged',
        `The copy of ${name} failed its check (${String(verdict)}). Run "earmark doctor"; the earlier backups are still there.`,
        { file },
      )
    return Number(copy.pragma('user_version', { simple: true }))
  })
}

/** The database stays open for reading only; SQLite counts the making of a copy as writing. */
function copyInto(db: ReadDb, file: string): void {
  const isReadOnly = db.pragma('query_only', { simple: true })
  db.pragma('query_only = OFF')
  try {
    db.prepare('VACUUM INTO ?').run(file)
  } finally {
    db.pragma(`query_only = ${String(isReadOnly)}`)
  }
}

/** What a process left that was killed while it copied; another process's copy of this hour is let be. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => UNFINISHED.test(one))) {
    const path = join(folder, name)
    if (Math.abs(Date.now() - statSync(path).mtimeMs) > HOUR_MS) rmSync(path, { force: true })
  }
}
