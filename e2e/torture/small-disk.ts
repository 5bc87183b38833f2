import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync } from 'node:fs'

/** A disk in memory whose free room can be set to the byte's page: a tmpfs that is mounted again with another size. */
export interface SmallDisk {
  folder: string
  /** Leaves so many bytes free (rounded up to pages of 4 KiB). */
  leave: (freeBytes: number) => void
  usedBytes: () => number
  remove: () => void
}

/** Whether this process may mount. */
export const canMount = (): boolean => process.getuid?.() === 0

const ROOMY_BYTES = 2 * 1024 ** 3

export function makeSmallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOMY_BYTES},mode=0700`, 'earmark', folder])
  const usedBytes = () => {
    const { blocks, bfree, bsize } = statfsSync(folder)
    return (blocks - bfree) * bsize
  }
  return {
    folder,
    usedBytes,
    leave: (freeBytes) => {
      const size = Math.min(ROOMY_BYTES, Math.ceil((usedBytes() + freeBytes) / 4096) * 4096)
      // Size 0 would mean: without a limit.
      execFileSync('mount', ['-o', `remount,size=${Math.max(4096, size)}`, folder])
    },
    remove: () => {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
