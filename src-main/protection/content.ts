import type { KeyObject } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { EarmarkError } from '@contract/errors'
import {
  CONTENT_BYTES,
  contentSize,
  fileKey,
  HEADER_BYTES,
  isSealed,
  newHeader,
  openPiece,
  PIECE_BYTES,
  pieceStart,
  sealPiece,
} from './sealed-format'

/** What reads a file's content, sealed or not: the part of a `FileHandle` that readers of recordings use. */
export interface ReadHandle {
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  /** `size`: of the content. */
  stat(): Promise<{ size: number }>
  close(): Promise<void>
}

/** Takes a file's content piece by piece. To be finished or closed. */
export interface ContentWriter {
  append(bytes: Uint8Array): Promise<void>
  /** All of it is on the disk when this resolves; the file is closed. */
  finish(): Promise<void>
  /** Closes a file that is not finished; after `finish` it does nothing. */
  close(): Promise<void>
}

/**
 * Opens a file for reading its content. `key`: the files key of a protected workspace; null for a plain one.
 * Raises `recording_broken` for a file that is not as it was sealed, and the system's errors.
 */
export async function openContent(path: string, key: KeyObject | null): Promise<ReadHandle> {
  const handle = await open(path, 'r')
  if (key === null) return handle
  try {
    return await SealedReader.of(handle, key, basename(path))
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** All content of a (small) file. Raises as `openContent`. */
export async function readContent(path: string, key: KeyObject | null): Promise<Uint8Array> {
  const handle = await openContent(path, key)
  try {
    return await readAt(handle, 0, (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}

/** Begins a new file. `flags`: `wx` where none may be there, `w` to write over one. Raises the system's errors. */
export async function createContent(
  path: string,
  key: KeyObject | null,
  flags: 'w' | 'wx',
): Promise<ContentWriter> {
  const handle = await open(path, flags, 0o600)
  if (key === null) return new PlainWriter(handle)
  try {
    return await SealedWriter.begin(handle, key)
  } catch (error) {
    await handle.close()
    throw error
  }
}

export function notAsSealed(name: string): EarmarkError {
  return new EarmarkError(
    'recording_broken',
    `The protected file "${name}" was changed, cut short or damaged, so it is not played: it is not what Earmark wrote. Download the recording again.`,
    { file: name },
  )
}

/** See [Note: Sealed files]. The piece read last is kept, for readers that take a few bytes at a time. */
class SealedReader implements ReadHandle {
  #kept: { index: number; content: Promise<Buffer> } | null = null

  private constructor(
    private readonly handle: FileHandle,
    private readonly key: KeyObject,
    private readonly name: string,
    private readonly size: number,
  ) {}

  static async of(handle: FileHandle, files: KeyObject, name: string): Promise<SealedReader> {
    const header = await readAt(handle, 0, HEADER_BYTES)
    const size = contentSize((await handle.stat()).size)
    if (!isSealed(header) || size === null) throw notAsSealed(name)
    const reader = new SealedReader(handle, fileKey(files, header), name, size)
    // Only the last piece tells that nothing is missing behind it.
    await reader.#piece(reader.#lastIndex)
    return reader
  }

  get #lastIndex(): number {
    return Math.max(0, Math.ceil(this.size / CONTENT_BYTES) - 1)
  }

  async stat(): Promise<{ size: number }> {
    return { size: this.size }
  }

  async read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }> {
    const wanted = Math.min(length, this.size - position)
    let bytesRead = 0
    while (bytesRead < wanted) {
      const at = position + bytesRead
      const content = await this.#piece(Math.floor(at / CONTENT_BYTES))
      const part = content.subarray(at % CONTENT_BYTES, (at % CONTENT_BYTES) + wanted - bytesRead)
      bytes.set(part, offset + bytesRead)
      bytesRead += part.length
    }
    return { bytesRead: Math.max(0, bytesRead) }
  }

  close(): Promise<void> {
    return this.handle.close()
  }

  #piece(index: number): Promise<Buffer> {
    if (this.#kept?.index === index) return this.#kept.content
    const content = this.#open(index)
    this.#kept = { index, content }
    return content
  }

  async #open(index: number): Promise<Buffer> {
    const isLast = index === this.#lastIndex
    const bytes = await readAt(this.handle, pieceStart(index), PIECE_BYTES)
    const content = openPiece(this.key, index, isLast, bytes)
    if (content === null || (!isLast && content.length !== CONTENT_BYTES)) throw notAsSealed(this.name)
    return content
  }
}

class PlainWriter implements ContentWriter {
  constructor(private readonly handle: FileHandle) {}

  append(bytes: Uint8Array): Promise<void> {
    return this.handle.appendFile(bytes)
  }

  async finish(): Promise<void> {
    await this.handle.sync()
    await this.close()
  }

  close(): Promise<void> {
    return this.handle.close()
  }
}

/**
 * Seals what it is given. What does not fill a piece yet is in memory: after a crash, a download goes on from the last
 * whole piece.
 */
export class SealedWriter implements ContentWriter {
  #rest = Buffer.alloc(0)

  private constructor(
    private readonly handle: FileHandle,
    private readonly key: KeyObject,
    private index: number,
  ) {}

  /** Begins an empty file's content. */
  static async begin(handle: FileHandle, files: KeyObject): Promise<SealedWriter> {
    const header = newHeader()
    await writeAll(handle, header, 0)
    return new SealedWriter(handle, fileKey(files, header), 0)
  }

  /**
   * Goes on with a file that was never finished, behind its last whole piece; `onContent` gets what is there. Gives null
   * for what can't be continued: it has another key, or more than `mostBytes`.
   */
  static async resume(
    handle: FileHandle,
    files: KeyObject,
    mostBytes: number,
    onContent: (content: Buffer) => void,
  ): Promise<SealedWriter | null> {
    const header = await readAt(handle, 0, HEADER_BYTES)
    if (!isSealed(header)) return null
    const size = contentSize((await handle.stat()).size) ?? 0
    if (size > mostBytes) return null
    const key = fileKey(files, header)
    let index = 0
    for (;;) {
      const content = openPiece(key, index, false, await readAt(handle, pieceStart(index), PIECE_BYTES))
      if (content?.length !== CONTENT_BYTES) break
      onContent(content)
      index += 1
    }
    await handle.truncate(pieceStart(index))
    return new SealedWriter(handle, key, index)
  }

  async append(bytes: Uint8Array): Promise<void> {
    // The last piece is known only by the end, so a full one waits for what follows it.
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (all.length > CONTENT_BYTES) {
      await this.#write(all.subarray(0, CONTENT_BYTES), false)
      all = all.subarray(CONTENT_BYTES)
    }
    this.#rest = Buffer.from(all)
  }

  async finish(): Promise<void> {
    await this.#write(this.#rest, true)
    await this.handle.sync()
    await this.close()
  }

  close(): Promise<void> {
    return this.handle.close()
  }

  async #write(content: Uint8Array, isLast: boolean): Promise<void> {
    await writeAll(this.handle, sealPiece(this.key, this.index, isLast, content), pieceStart(this.index))
    this.index += 1
  }
}

/** Exactly `length` bytes at `position`, or fewer where the content ends. The handle's own position is not used. */
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

/** All bytes at a place of a file: one write may take fewer. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}
