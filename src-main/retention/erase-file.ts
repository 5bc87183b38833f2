import { randomFillSync } from 'node:crypto'
import { lstat, open, rm, statfs } from 'node:fs/promises'
import type { Overwriting } from '@contract'
import { isMissing } from '../system-errors'

const PIECE_BYTES = 1024 * 1024

/** File systems of Linux that write changed blocks to another place (statfs(2), linux/magic.h and their own sources). */
const COPYING = new Set([
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0xf2f52010, // F2FS: a log
  0x3434, // NILFS: a log
])
const IN_PLACE = new Set([
  0xef53, // ext2, ext3, ext4 (file data is written in place, its journal holds metadata)
  0x58465342, // XFS
  0x01021994, // tmpfs
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x5346544e, // NTFS
  0x7366746e, // NTFS3
])

/** What overwriting a file in this folder does; from the kind of its file system, as far as the system tells it. */
export async function overwritingAt(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Overwriting> {
  // APFS, which macOS has been installed on since 2017, writes to another place.
  if (platform === 'darwin') return 'copies'
  // NTFS and FAT write in place; the type that Node gives on Windows says nothing.
  if (platform === 'win32') return 'in_place'
  try {
    const { type } = await statfs(folder)
    if (COPYING.has(type)) return 'copies'
    return IN_PLACE.has(type) ? 'in_place' : 'unknown'
  } catch {
    return 'unknown'
  }
}

/**
 * Overwrites a file with random bytes, brings them to the disk, cuts it to nothing and removes it. `missing`: there was
 * none. `removed`: it was taken away without being overwritten: a link (what it leads to is left alone), or a file
 * that stands under another name as well, whose bytes are not ours alone. Raises the system's errors.
 */
export async function eraseFile(path: string): Promise<'overwritten' | 'removed' | 'missing'> {
  const facts = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
  if (facts === null) return 'missing'
  if (!facts.isFile() || facts.nlink > 1) {
    await rm(path, { force: true })
    return 'removed'
  }
  // A file that can't be written can still be removed.
  const handle = await open(path, 'r+').catch(() => null)
  let isOverwritten = false
  try {
    if (handle !== null) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(1, facts.size)))
      for (let at = 0; at < facts.size; at += piece.length) {
        randomFillSync(piece)
        await handle.write(piece, 0, Math.min(piece.length, facts.size - at), at)
      }
      await handle.sync()
      await handle.truncate(0)
      isOverwritten = true
    }
  } catch {
    // A disk that can't write any more, say: removing is what is left to do.
  } finally {
    await handle?.close()
  }
  await rm(path, { force: true })
  return isOverwritten ? 'overwritten' : 'removed'
}
