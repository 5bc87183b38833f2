import { EarmarkError } from '@contract/errors'
import { withDb } from './as-kept'
import { backUpDaily, backUpWeekly } from './backups'
import { openCallsForReading, openReviewsForReading, type WorkspacePaths } from './workspace'

/** The first copies are made when the first answers are out, and then a day's first as soon as the day has begun. */
const FIRST_AFTER_MS = 20_000
const HOUR_MS = 3_600_000

/**
 * Makes the daily and weekly copies for as long as a backend runs, also over midnight. It reads whole databases: for a
 * thread in which no save waits. `onDamage`: told where a database can't be copied because it is damaged. Ends with the
 * returned function.
 */
export function keepBackups(
  paths: WorkspacePaths,
  onDamage: (message: string) => void = () => undefined,
): () => void {
  const tryBoth = () => {
    attempt(onDamage, () =>
      withDb(openReviewsForReading(paths), (db) => backUpDaily(db, paths.backups, Date.now(), paths.keys)),
    )
    attempt(onDamage, () =>
      withDb(openCallsForReading(paths), (db) => backUpWeekly(db, paths.backups, Date.now(), paths.keys)),
    )
  }
  const first = setTimeout(tryBoth, FIRST_AFTER_MS)
  const hourly = setInterval(tryBoth, HOUR_MS)
  first.unref()
  hourly.unref()
  return () => {
    clearTimeout(first)
    clearInterval(hourly)
  }
}

function attempt(onDamage: (message: string) => void, work: () => unknown): void {
  try {
    work()
  } catch (error) {
    // Copying reads all of a database: damage that nothing else has met yet is met here.
    if (error instanceof EarmarkError && error.code === 'database_damaged') onDamage(error.message)
    // A full disk, say: saving says so itself, "earmark doctor" tells the age of the copies, the next hour tries again.
    if (!(error instanceof EarmarkError) && !isFileError(error)) throw error
  }
}

const isFileError = (error: unknown): boolean => error instanceof Error && 'syscall' in error
