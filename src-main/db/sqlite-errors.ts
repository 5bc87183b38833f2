import { EarmarkError } from '@contract/errors'
import { codeOf } from '../system-errors'
import { diskFull, isFull, isNoSpace } from './disk-room'

/**
 * SQLite's errors as sentences. Without the database module itself, so that the main process can use it too: its errors are
 * told by their name and code.
 */

const sqliteCodeOf = (error: unknown): string =>
  error instanceof Error && error.name === 'SqliteError' ? codeOf(error) : ''

/** A header whose numbers no database of ours ever had: SQLite has no code of its own for them. */
const hasStrangeHeader = (error: unknown): boolean =>
  sqliteCodeOf(error) === 'SQLITE_ERROR' &&
  error instanceof Error &&
  /unsupported file format|same text encoding/.test(error.message)

/** The words for a database that can't be used as it is. `reason`: null where only SQLite knows it. */
export function damaged(name: string, file: string, reason: string | null, cause?: unknown): EarmarkError {
  return new EarmarkError(
    'database_damaged',
    `${name} is damaged${reason === null ? '' : `: ${reason}`}${file === '' ? '' : ` (${file})`}. Nothing was changed, and nothing has to be deleted: Earmark can make it anew out of what can be read of it and of its backups, and keeps the damaged file. Choose "Repair" in the window, or run "earmark doctor --repair".`,
    { file },
    { cause },
  )
}

/** An `EarmarkError` for SQLite's errors that have an own sentence; others are returned as they are. */
export function explainSqliteError(error: unknown, name: string, file: string): unknown {
  const code = sqliteCodeOf(error)
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || hasStrangeHeader(error))
    return damaged(name, file, null, error)
  const isUnwritable = ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_IOERR'].some((one) =>
    code.startsWith(one),
  )
  // Where there is no room for its log or its shared memory, SQLite speaks of input and output.
  if (code === 'SQLITE_FULL' || (isUnwritable && file !== '' && isFull(file)))
    return diskFull(`${name} could not be written`, file, { next: 'try again', cause: error })
  if (isUnwritable)
    return new EarmarkError(
      'workspace_unusable',
      `${name} can't be opened or written (${file}; ${code}). Check that the folder exists, that it is yours, and that the disk has room.`,
      { file },
      { cause: error },
    )
  if (code.startsWith('SQLITE_BUSY'))
    return new EarmarkError(
      'busy',
      `${name} is being written by another program for over ten seconds (${file}). Wait for it or close it, then try again.`,
      { file },
      { cause: error },
    )
  return error
}

/** For what nobody explained who knew more: a full disk or a damaged database is never "something went wrong". */
export function explainStorage(error: unknown): unknown {
  if (error instanceof EarmarkError) return error
  const path = error instanceof Error && 'path' in error ? String(error.path) : null
  if (isNoSpace(error) && path !== null)
    return diskFull('a file could not be written', path, { next: 'try again', cause: error })
  if (isNoSpace(error) || sqliteCodeOf(error) === 'SQLITE_FULL')
    return new EarmarkError(
      'disk_full',
      'The disk of the workspace is full. Free at least 20 MB there, then try again. What was saved before is safe.',
      {},
      { cause: error },
    )
  return explainSqliteError(error, 'A database of the workspace', '')
}
