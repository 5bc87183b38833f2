import type { KeyObject } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { isMissing } from '../system-errors'
import { type ContentWriter, SealedWriter, writeAll } from './content'

/** The content of a file that may have been broken off, to be gone on with. */
export interface PartContent extends ContentWriter {
  /** Throws away what is there. */
  restart(): Promise<void>
}

const READ_BYTES = 1024 * 1024

/**
 * Opens an unfinished file, or makes it, for going on behind what of its content is there for sure. Where that is more
 * than `mostBytes`, it is not what was begun, and everything begins anew.
 *
 * @param onContent gets what is there, in order
 * @throws the system's errors
 */
export async function openPart(
  path: string,
  filesKey: KeyObject | null,
  mostBytes: number,
  onContent: (content: Buffer) => void,
): Promise<PartContent> {
  const handle = await openOrMake(path)
  try {
    return filesKey === null
      ? await plainPart(handle, mostBytes, onContent)
      : await sealedPart(handle, filesKey, mostBytes, onContent)
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function plainPart(
  handle: FileHandle,
  mostBytes: number,
  onContent: (content: Buffer) => void,
): Promise<PartContent> {
  const end = mostBytes > 0 ? await trustedEnd(handle) : 0
  let bytes = 0
  if (end <= mostBytes)
    for (const buffer = Buffer.alloc(READ_BYTES); bytes < end; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(READ_BYTES, end - bytes), bytes)
      if (bytesRead === 0) break
      onContent(buffer.subarray(0, bytesRead))
      bytes += bytesRead
    }
  await handle.truncate(bytes)
  return {
    append: async (chunk) => {
      await writeAll(handle, chunk, bytes)
      bytes += chunk.byteLength
    },
    restart: async () => {
      await handle.truncate(0)
      bytes = 0
    },
    finish: async () => {
      await handle.sync()
      await handle.close()
    },
    close: () => handle.close(),
  }
}

async function sealedPart(
  handle: FileHandle,
  filesKey: KeyObject,
  mostBytes: number,
  onContent: (content: Buffer) => void,
): Promise<PartContent> {
  const begin = async () => {
    await handle.truncate(0)
    return SealedWriter.begin(handle, filesKey)
  }
  const resumed = mostBytes > 0 ? await SealedWriter.resume(handle, filesKey, mostBytes, onContent) : null
  let writer = resumed ?? (await begin())
  return {
    append: (chunk) => writer.append(chunk),
    restart: async () => {
      writer = await begin()
    },
    finish: () => writer.finish(),
    close: () => handle.close(),
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if (!isMissing(error)) throw error
    return open(path, 'wx+', 0o600)
  }
}

/**
 * How many of a file's bytes were written for sure: after a power cut, some file systems leave zeros at the end in
 * place of what had not reached the disk. Silence may be zeros as well, and is fetched again: that costs little.
 */
async function trustedEnd(handle: FileHandle): Promise<number> {
  let { size } = await handle.stat()
  const buffer = Buffer.alloc(64 * 1024)
  while (size > 0) {
    const start = Math.max(0, size - buffer.length)
    const { bytesRead } = await handle.read(buffer, 0, size - start, start)
    let used = bytesRead
    while (used > 0 && buffer[used - 1] === 0) used -= 1
    if (used > 0) return start + used
    size = start
  }
  return 0
}
