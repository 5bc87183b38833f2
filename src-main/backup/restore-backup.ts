import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, open, rename, rm, rmdir, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { verifyCopy } from '../db/backups'
import { CALLS_MIGRATIONS, REVIEWS_MIGRATIONS } from '../db/workspace'
import type { BackupProgress, Manifest } from './manifest'
import { openBackup } from './read-backup'

/** So much must stay free on the disk. */
const ROOM_LEFT_BYTES = 100_000_000

export interface RestoreOptions {
  onProgress?: (progress: BackupProgress) => void
  signal?: AbortSignal | undefined
}

/**
 * Makes a workspace folder out of a backup. Unpacked beside its place, compared with the backup's own sums, the databases
 * checked, then given its name: a folder with that name is whole. What is in `root` is never touched: it must be empty
 * or not be there. Raises `conflict`, `file_unreadable`, `database_too_new`, `database_damaged`, `disk_full`,
 * `workspace_unusable`, `cancelled`.
 */
export async function restoreBackup(
  file: string,
  root: string,
  { onProgress, signal }: RestoreOptions = {},
): Promise<Manifest> {
  const target = resolve(root)
  refuseOccupied(target)
  const backup = await openBackup(file)
  const beside = `${target}.restoring-${randomBytes(6).toString('hex')}`
  try {
    const { manifest } = backup
    const totalBytes = manifest.entries.reduce((sum, { bytes }) => sum + bytes, 0)
    await makeRoom(target, totalBytes)
    await mkdir(beside, { recursive: true, mode: 0o700 })
    let doneBytes = 0
    for (const entry of manifest.entries) {
      const path = join(beside, ...entry.name.split('/'))
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const handle = await open(path, 'wx', 0o600)
      try {
        await backup.read(entry, async (chunk) => {
          if (signal?.aborted)
            throw new EarmarkError('cancelled', 'Restoring was stopped; nothing of it is left.')
          await handle.appendFile(chunk)
          doneBytes += chunk.length
          onProgress?.({ phase: 'unpacking', doneBytes, totalBytes })
        })
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    onProgress?.({ phase: 'checking', doneBytes: 0, totalBytes })
    checkDatabase(beside, 'reviews.db', REVIEWS_MIGRATIONS.length)
    checkDatabase(beside, 'calls.db', CALLS_MIGRATIONS.length)
    refuseOccupied(target)
    if (existsSync(target)) await rmdir(target)
    await rename(beside, target)
    return manifest
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw explained(error, target)
  } finally {
    backup.close()
  }
}

function refuseOccupied(root: string): void {
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
    `${root} is not empty, and restoring replaces nothing. Name a new folder with --workspace; or close Earmark, rename this one, and restore again.`,
    { root },
  )
}

async function makeRoom(target: string, bytes: number): Promise<void> {
  const above = dirname(target)
  await mkdir(above, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(above)
  if (bavail * bsize >= bytes + ROOM_LEFT_BYTES) return
  throw new EarmarkError(
    'disk_full',
    `There is no room for this backup: it needs ${Math.ceil(bytes / 1e6)} MB in ${above}, where ${Math.floor((bavail * bsize) / 1e6)} MB are free. Free some space, or name a folder on another disk with --workspace.`,
    { above },
  )
}

function checkDatabase(folder: string, name: string, newest: number): void {
  if (verifyCopy(name, join(folder, name)) > newest)
    throw new EarmarkError(
      'database_too_new',
      `${name} in this backup was written by a newer Earmark. Update Earmark to restore it; nothing was changed.`,
      { name },
    )
}

function explained(error: unknown, target: string): unknown {
  if (error instanceof EarmarkError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new EarmarkError(
      'disk_full',
      `The disk is full: the backup could not be unpacked to ${target}, and nothing of it is left. Free some space and try again.`,
      { target },
      { cause: error },
    )
  if (code === '') return error
  return new EarmarkError(
    'workspace_unusable',
    `${target} can't be made or written (${code}). Name another folder with --workspace, or check who owns it.`,
    { target },
    { cause: error },
  )
}
