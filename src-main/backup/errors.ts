import { statfs } from 'node:fs/promises'
import { EarmarkError } from '@contract/errors'

/** So much stays free on a disk, for annotations. */
const ROOM_LEFT_BYTES = 100_000_000

/** Raises `cancelled` once somebody has asked to stop. */
export function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EarmarkError('cancelled', 'It was stopped; nothing of it is left.')
}

/** Raises `disk_full` where a folder's disk has no room for so many bytes. `what`: a subject, "The backup". */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= bytes + ROOM_LEFT_BYTES) return
  throw new EarmarkError(
    'disk_full',
    `There is no room: ${what} needs about ${megabytes(bytes + ROOM_LEFT_BYTES)} in ${folder}, where ${megabytes(free)} are free. Nothing was written. Free some space, or choose a place on another disk.`,
    { folder, needed: bytes, free },
  )
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`
