import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EarmarkError } from '@contract'

/**
 * Writes a file as a whole or not at all: beside its place first, on the disk (fsync), then renamed over what was
 * there. What `fill` raises leaves everything as it was. Raises `file_unwritable`, `disk_full`.
 */
export async function writeWholeFile(
  path: string,
  fill: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`
  let handle: FileHandle | null = null
  try {
    const there = await stat(path).catch(() => null)
    if (there?.isDirectory())
      throw new EarmarkError('file_unwritable', `${path} is a folder. Give the name of a file.`, { path })
    handle = await open(temporary, 'wx')
    const file = handle
    await fill(async (text) => {
      await file.appendFile(text, 'utf8')
    })
    await handle.sync()
    await handle.close()
    handle = null
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await handle?.close()
    await rm(temporary, { force: true })
    throw explained(error, path)
  }
}

/** So that the new name survives a power cut as well; Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the disk is read-only',
  EISDIR: 'it is a folder',
  EBUSY: 'another program has it open',
  ENAMETOOLONG: 'its name is too long',
}

function explained(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new EarmarkError(
      'disk_full',
      `The disk is full: ${path} could not be written, and nothing of it is left. Free some space and export again.`,
      { path },
      { cause: error },
    )
  const reason = REASONS[code]
  if (reason === undefined) return error
  return new EarmarkError(
    'file_unwritable',
    `${path} could not be written: ${reason}. Choose another place and export again.`,
    { path },
    { cause: error },
  )
}
