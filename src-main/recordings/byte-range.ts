import type { ReadHandle } from '../protection/content'

/** How much of a file is in memory at a time. */
export const READ_BYTES = 65536

/**
 * Exactly `length` bytes at `position`, or fewer where the file ends. The handle's own position is not used.
 */
export async function readAt(handle: ReadHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** The bytes from `start` up to `end` (exclusive) in pieces of `READ_BYTES`; ends early where the file does. */
export async function* readRange(handle: ReadHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end; ) {
    const bytes = await readAt(handle, position, Math.min(READ_BYTES, end - position))
    if (bytes.length === 0) return
    yield bytes
    position += bytes.length
  }
}
