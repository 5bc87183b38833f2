import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { codeOf } from '../system-errors'

/** With less than this, a few annotations more may not fit. */
const LEAST_BYTES = 20_000_000
/** With less than this, a disk counts as full, whatever the system called it. */
const FULL_BYTES = 512 * 1024

/** Free bytes of the disk that a file or folder is on, or would be; null where the system does not say. */
export function freeBytes(path: string): number | null {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      if (dirname(folder) === folder) return null
    }
  }
}

export const isFull = (path: string): boolean => (freeBytes(path) ?? FULL_BYTES) < FULL_BYTES

/**
 * The one sentence for a full disk: what could not be done, how much room it needs where, and what to do.
 *
 * @param what could not be done: "The export could not be written"
 * @param next what to do when there is room: "export again"
 */
export function diskFull(
  what: string,
  file: string,
  { neededBytes = null, next, cause }: { neededBytes?: number | null; next: string; cause?: unknown },
): EarmarkError {
  const free = freeBytes(file)
  const needed = Math.max(LEAST_BYTES, Math.ceil((neededBytes ?? 0) * 1.1))
  const room = free === null ? '' : `, where ${megabytes(free)} are free`
  return new EarmarkError(
    'disk_full',
    `The disk is full: ${what} (${file}). About ${megabytes(needed)} are needed in ${dirname(file)}${room}. Free some space there, then ${next}. What was saved before is safe.`,
    { file, neededBytes: needed, freeBytes: free },
    { cause },
  )
}

export const isNoSpace = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error))

/** Few digits, for a sentence. */
export const megabytes = (bytes: number): string =>
  bytes < 10_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`
