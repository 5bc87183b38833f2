import { type ReadHandle, readAt } from '../protection/content'

/** How much of a file is in memory at a time. */
export const READ_BYTES = 65536

/** The bytes from `start` up to `end` (exclusive) in pieces of `READ_BYTES`; ends early where the file does. */
export async function* readRange(handle: ReadHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end; ) {
    const bytes = await readAt(handle, position, Math.min(READ_BYTES, end - position))
    if (bytes.length === 0) return
    yield bytes
    position += bytes.length
  }
}
