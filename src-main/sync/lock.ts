import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type ConnectionId, EarmarkError } from '@contract'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { diskFull, isNoSpace } from '../db/disk-room'
import { explainSqliteError } from '../db/sqlite-errors'
import type { WorkspacePaths } from '../db/workspace'

/** Who works on a connection, for the sentence that the second one reads. */
const Owner = z.object({
  pid: z.number(),
  host: z.string(),
  /** "The window", "The command line (earmark sync)". */
  program: z.string(),
  sinceMs: z.number(),
})

/**
 * Takes the right to write one connection, for this process alone: an exclusive transaction on a small file of its own,
 * which the system lets go when its holder dies, however it dies. Answers the function that gives it back.
 *
 * @param program who asks, as a subject for sentences: "The window"
 * Raises `busy`, naming who is at it.
 */
export function lockConnection(
  paths: WorkspacePaths,
  connection: { id: ConnectionId; name: string },
  program: string,
  nowMs: number = Date.now(),
): () => void {
  const ownerFile = join(paths.locks, `${connection.id}.json`)
  const lockFile = join(paths.locks, `${connection.id}.db`)
  const db = new Database(lockFile, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw busy(connection, ownerFile)
    throw explainSqliteError(error, `The lock of "${connection.name}"`, ownerFile)
  }
  try {
    noteOwner(ownerFile, program, nowMs)
  } catch (error) {
    // Nobody would give it back: the next attempt, when there is room, would meet this one.
    db.close()
    throw isNoSpace(error)
      ? diskFull(`"${connection.name}" could not be begun`, ownerFile, { next: 'try again', cause: error })
      : error
  }
  return () => {
    if (!db.open) return
    // Before the lock is let go: afterwards the file may be the next owner's.
    rmSync(ownerFile, { force: true })
    db.exec('ROLLBACK')
    db.close()
  }
}

function noteOwner(ownerFile: string, program: string, nowMs: number): void {
  const owner = { pid: process.pid, host: hostname(), program, sinceMs: nowMs } satisfies z.infer<
    typeof Owner
  >
  const temporary = `${ownerFile}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 })
    renameSync(temporary, ownerFile)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function busy(connection: { id: ConnectionId; name: string }, ownerFile: string): EarmarkError {
  const owner = readOwner(ownerFile)
  const who =
    owner === null
      ? 'Another Earmark'
      : `${owner.program} (process ${owner.pid} on ${owner.host}, since ${new Date(owner.sinceMs).toISOString()})`
  return new EarmarkError(
    'busy',
    `${who} is working on "${connection.name}" now. Wait until it has finished, or cancel it there, and try again.`,
    { connectionId: connection.id, pid: owner?.pid ?? null },
  )
}

/** null where it was not written yet, or is gone already. */
function readOwner(file: string): z.infer<typeof Owner> | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
