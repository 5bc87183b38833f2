import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, open, rename, rm, rmdir, utimes } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { DatabaseName } from '@contract'
import { EarmarkError } from '@contract/errors'
import { keyOf, withDb } from '../db/as-kept'
import { verifyCopy } from '../db/backups'
import { isNoSpace } from '../db/disk-room'
import { isAlive } from '../db/left-overs'
import { anyFolderToDisk } from '../db/to-disk'
import {
  CALLS_MIGRATIONS,
  openCallsForWriting,
  openReviewsForWriting,
  REVIEWS_MIGRATIONS,
  type WorkspacePaths,
  workspacePaths,
} from '../db/workspace'
import { readHeader } from '../protection/header'
import { WorkspaceKeys } from '../protection/keys'
import { keptKey } from '../protection/unlock'
import { codeOf } from '../system-errors'
import { requireRoom, stopIf } from './errors'
import { noteUnchecked } from './finish-restore'
import type { BackupEntry, BackupWork, Manifest } from './manifest'
import { noteMissingRecordings } from './missing-recordings'
import { type OpenBackup, openBackup } from './read-backup'

/** What became of a backup: a folder beside the place that it is for, whole and checked. */
export interface Unpacked {
  folder: string
  manifest: Manifest
  /** Recordings that the calls have, and the backup has not; null: told when it is unlocked. */
  missingRecordings: number | null
}

/**
 * Makes a workspace folder out of a backup, at a place where there is none. A folder with that name is whole. What is in
 * `root` is never touched: it must be empty or not be there. Raises `conflict`, and what `unpackBackup` raises.
 */
export async function restoreBackup(file: string, root: string, work: BackupWork = {}): Promise<Unpacked> {
  const target = resolve(root)
  refuseOccupied(target)
  return takeEmptyPlace(await unpackBackup(file, target, work), target)
}

/** Gives a folder that was made beside `root` that name; what is there must still be empty or absent. */
export async function takeEmptyPlace<T extends { folder: string }>(made: T, root: string): Promise<T> {
  try {
    refuseOccupied(root)
    if (existsSync(root)) await rmdir(root)
    await rename(made.folder, root)
    await anyFolderToDisk(dirname(root))
    return { ...made, folder: root }
  } catch (error) {
    await rm(made.folder, { recursive: true, force: true })
    throw explained(error, root)
  }
}

/**
 * Unpacks a backup beside the place that it is for, compares everything with the backup's own sums, checks the
 * databases, opens them once, and brings them up to date. Where it is protected and this computer has not got its key, the databases
 * wait for their first opening (`finishRestore`). Nothing is left when that fails. Raises `file_unreadable`,
 * `database_too_new`, `database_damaged`, `disk_full`, `workspace_unusable`, `cancelled`.
 */
export async function unpackBackup(file: string, root: string, work: BackupWork = {}): Promise<Unpacked> {
  const target = resolve(root)
  const backup = await openBackup(file)
  try {
    const { manifest } = backup
    const totalBytes = manifest.entries.reduce((sum, { bytes }) => sum + bytes, 0)
    return await beside(target, totalBytes, async (folder) => {
      await unpackInto(folder, backup, totalBytes, work)
      work.onProgress?.({ phase: 'checking', doneBytes: 0, totalBytes: null })
      await new Promise((later) => setImmediate(later))
      stopIf(work.signal)
      const keys = await keysOf(folder, work)
      if (keys === 'none') {
        noteUnchecked(folder)
        return { folder, manifest, missingRecordings: null }
      }
      checkDatabase(folder, 'reviews.db', REVIEWS_MIGRATIONS.length, keys)
      checkDatabase(folder, 'calls.db', CALLS_MIGRATIONS.length, keys)
      const recordings = manifest.entries.flatMap(({ name }) =>
        name.startsWith('recordings/') ? [name.slice('recordings/'.length)] : [],
      )
      const missingRecordings = makeUsable(workspacePaths(folder, keys), recordings)
      return { folder, manifest, missingRecordings }
    })
  } finally {
    backup.close()
  }
}

/** What a restored workspace is opened with: nothing (null) where it is not protected; `none`: this computer has not got its keys. */
async function keysOf(folder: string, { keychain }: BackupWork): Promise<WorkspaceKeys | null | 'none'> {
  const header = readHeader(folder)
  if (header === null) return null
  // A keychain that can't be asked is one that has not got the key: the phrase opens it.
  const master = keychain ? await keptKey(header, keychain).catch(() => null) : null
  return master === null ? 'none' : new WorkspaceKeys(master)
}

/** Makes a folder beside `target`, for `fill`; nothing is left of it when that fails. */
export async function beside<T>(
  target: string,
  neededBytes: number,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = `${target}.restoring-${process.pid}-${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    removeUnfinished(target)
    await requireRoom(dirname(target), neededBytes, 'restoring this backup')
    await mkdir(folder, { mode: 0o700 })
    for (const name of ['recordings', 'peaks', 'backups', 'locks'])
      await mkdir(join(folder, name), { mode: 0o700 })
    const filled = await fill(folder)
    await anyFolderToDisk(folder)
    return filled
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw explained(error, target)
  }
}

/** Opens both databases, which brings them up to date, and notes what recordings are not there. */
export function makeUsable(paths: WorkspacePaths, recordings: readonly string[]): number {
  openReviewsForWriting(paths).close()
  return withDb(openCallsForWriting(paths), (db) => noteMissingRecordings(db, recordings))
}

async function unpackInto(
  folder: string,
  backup: OpenBackup,
  totalBytes: number,
  { onProgress, signal }: BackupWork,
): Promise<void> {
  let doneBytes = 0
  for (const entry of backup.manifest.entries) {
    const path = join(folder, ...entry.name.split('/'))
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await open(path, 'wx', 0o600)
    try {
      await backup.read(entry, async (chunk) => {
        stopIf(signal)
        await handle.appendFile(chunk)
        doneBytes += chunk.length
        onProgress?.({ phase: 'unpacking', doneBytes, totalBytes })
      })
      // The databases are what can't be had again; a flush for each of many recordings would take minutes.
      if (!entry.name.includes('/')) await handle.sync()
    } finally {
      await handle.close()
    }
    await giveTime(path, entry)
  }
}

/** Half a millisecond more: what is kept as seconds must not come back as the millisecond before. */
async function giveTime(path: string, { modifiedMs }: BackupEntry): Promise<void> {
  if (modifiedMs !== null) await utimes(path, (modifiedMs + 0.5) / 1000, (modifiedMs + 0.5) / 1000)
}

/** Raises `conflict` for what is neither empty nor absent. */
export function refuseOccupied(root: string): void {
  if (!existsSync(root)) return
  let names: string[]
  try {
    names = readdirSync(root)
  } catch (error) {
    throw explained(error, root)
  }
  if (names.length === 0) return
  throw new EarmarkError(
    'conflict',
    `${root} is not empty, and restoring replaces nothing. Choose a new or empty folder, or have the workspace that is there set aside.`,
    { root },
  )
}

export function checkDatabase(
  folder: string,
  name: DatabaseName,
  newest: number,
  keys: WorkspaceKeys | null,
): void {
  if (verifyCopy(name, join(folder, name), keyOf(keys, name)) > newest)
    throw new EarmarkError(
      'database_too_new',
      `${name} in this backup was written by a newer Earmark. Update Earmark to restore it; nothing was changed.`,
      { name },
    )
}

/** What a process left that was killed while it restored here; its number is in the name. */
function removeUnfinished(target: string): void {
  const prefix = `${basename(target)}.restoring-`
  for (const name of readdirSync(dirname(target))) {
    const [pid = ''] = name.startsWith(prefix) ? name.slice(prefix.length).split('-') : []
    if (/^\d+$/.test(pid) && !isAlive(Number(pid)))
      rmSync(join(dirname(target), name), { recursive: true, force: true })
  }
}

function explained(error: unknown, target: string): unknown {
  if (error instanceof EarmarkError) return error
  const code = codeOf(error)
  if (isNoSpace(error))
    return new EarmarkError(
      'disk_full',
      `The disk is full: the backup could not be restored to ${target}, and nothing of it is left. Free some space and try again.`,
      { target },
      { cause: error },
    )
  if (code === '' || code.startsWith('SQLITE')) return error
  return new EarmarkError(
    'workspace_unusable',
    `${target} can't be made or written (${code}). Choose another folder, or check who owns it.`,
    { target },
    { cause: error },
  )
}
