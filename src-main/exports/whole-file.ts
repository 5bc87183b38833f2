import { randomBytes } from 'node:crypto'
import { type FileHandle, lstat, open, readlink, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EarmarkError } from '@contract'
import { diskFull, isNoSpace } from '../db/disk-room'
import { anyFolderToDisk } from '../db/to-disk'
import { codeOf, isMissing } from '../system-errors'

/** How many links in a row are followed, as most systems do. */
const MOST_LINKS = 40

export interface WholeFileOptions {
  /** How large it would get, for the sentence about a full disk; null: nobody knows. */
  neededBytes?: () => number | null
  /** Of a file that was not there. */
  newMode?: number
  /** Told where the file will lie until it is whole, before it does; returns what to call when it no longer does. */
  onUnfinished?: ((path: string) => () => void) | undefined
}

/**
 * Writes a file as a whole or not at all: beside its place first, on the disk (fsync), then renamed over what was
 * there. `fill` gets what to write with, and where the file lies until then. What it raises leaves everything as it
 * was. A symbolic link stays one: what it points to is replaced.
 * `isRefused` says why a place (its folder's real path and the name) is not to be written; null: it may.
 * Raises `file_unwritable`, `disk_full`.
 */
export async function writeWholeFile(
  path: string,
  isRefused: (folder: string, name: string) => string | null,
  fill: (write: (data: string | Uint8Array) => Promise<void>, unfinished: string) => Promise<void>,
  { neededBytes = () => null, newMode = 0o666, onUnfinished }: WholeFileOptions = {},
): Promise<void> {
  let handle: FileHandle | null = null
  let temporary: string | null = null
  let forget: (() => void) | undefined
  try {
    const { folder, name, mode } = await placeFor(path)
    const reason = isRefused(folder, name)
    if (reason !== null) throw unwritable(path, reason)
    const beside = join(folder, `.earmark-${randomBytes(8).toString('hex')}.part`)
    forget = onUnfinished?.(beside)
    handle = await open(beside, 'wx', newMode)
    temporary = beside
    // What was readable by its owner alone stays so.
    if (mode !== null) await handle.chmod(mode)
    const file = handle
    await fill(async (data) => {
      await file.appendFile(data)
    }, beside)
    await handle.sync()
    await handle.close()
    handle = null
    await rename(beside, join(folder, name))
    temporary = null
    await anyFolderToDisk(folder)
  } catch (error) {
    // Whatever else goes wrong now, the first reason is the one to tell.
    await handle?.close().catch(() => undefined)
    if (temporary !== null) await rm(temporary, { force: true }).catch(() => undefined)
    throw explained(error, path, neededBytes())
  } finally {
    forget?.()
  }
}

/** Where to write, links followed; `mode`: of the file that is there. Raises for what is no ordinary file. */
async function placeFor(path: string): Promise<{ folder: string; name: string; mode: number | null }> {
  let target = resolve(path)
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const there = await lstat(target).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
    if (there?.isSymbolicLink()) {
      target = resolve(dirname(target), await readlink(target))
      continue
    }
    if (there?.isDirectory()) throw unwritable(path, 'it is a folder')
    // A device or a pipe must not be replaced by a file.
    if (there && !there.isFile()) throw unwritable(path, 'it is no ordinary file')
    const mode = there === null ? null : there.mode & 0o777
    return { folder: await realpath(dirname(target)), name: basename(target), mode }
  }
  throw unwritable(path, 'its links lead in a circle')
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the disk is read-only',
  EISDIR: 'it is a folder',
  EBUSY: 'another program has it open',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EFBIG: 'it is too large for this disk',
  EIO: 'the disk does not work properly',
}

const unwritable = (path: string, reason: string, cause?: unknown): EarmarkError =>
  new EarmarkError(
    'file_unwritable',
    `${path} could not be written: ${reason}. Choose another place and try again.`,
    { path },
    { cause },
  )

function explained(error: unknown, path: string, neededBytes: number | null): unknown {
  const code = codeOf(error)
  if (isNoSpace(error))
    return diskFull('the file could not be written, and nothing of it is left', path, {
      neededBytes,
      next: 'try again',
      cause: error,
    })
  const reason = REASONS[code]
  return reason === undefined ? error : unwritable(path, reason, error)
}
