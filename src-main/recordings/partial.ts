import { createHash, type Hash } from 'node:crypto'
import { readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { CallId, EarmarkError } from '@contract'
import { z } from 'zod'
import { megabytes } from '../db/disk-room'
import type { WorkspacePaths } from '../db/workspace'
import { openPart, type PartContent } from '../protection/part-content'
import type { DownloadBegin } from '../vendors/download'
import {
  type ArchivedAudio,
  explainDisk,
  formatOf,
  MAX_RECORDING_BYTES,
  makeFolderOf,
  requireAudio,
  takePlace,
  tooLarge,
} from './archive'
import { SNIFF_BYTES } from './sniff'

/** What an unfinished download is a part of; kept in `recordings.validator`. */
export const PartNote = z.object({
  /** Address without what is signed anew each time. */
  from: z.string(),
  validator: z.string(),
  totalBytes: z.number().int().nullable(),
})
export type PartNote = z.infer<typeof PartNote>

/** The address by which a part is known again: origin and path. */
export const partFrom = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** Left free on the disk, so that recordings never take the room that annotations need. */
export const RESERVED_BYTES = 200_000_000

/** Where the unfinished download of a call lies. */
export const partPath = (paths: WorkspacePaths, callId: CallId): string =>
  join(paths.recordings, callId.slice(0, 2), `${callId}.part`)

/**
 * The unfinished file of one download. It outlives cancelling, failures and its process; the next attempt goes on from
 * it where the host can. To be opened by whoever holds the connection's lock alone, and to be closed in any case.
 */
export class PartialFile {
  /** What is here and can be continued; null: nothing. */
  readonly received: { bytes: number; validator: string; totalBytes: number | null } | null
  #content: PartContent
  #bytes: number
  #hash: Hash
  #head: Buffer

  private constructor(
    private readonly paths: WorkspacePaths,
    private readonly callId: CallId,
    private readonly limits: { maxBytes: number; reservedBytes: number },
    start: { content: PartContent; bytes: number; hash: Hash; head: Buffer; note: PartNote | null },
  ) {
    this.#content = start.content
    this.#bytes = start.bytes
    this.#hash = start.hash
    this.#head = start.head
    const { note } = start
    this.received =
      note !== null && start.bytes > 0
        ? { bytes: start.bytes, validator: note.validator, totalBytes: note.totalBytes }
        : null
  }

  /** `note`: what the part that may be here belongs to; null: nothing that could be continued. */
  static async open(
    paths: WorkspacePaths,
    callId: CallId,
    note: PartNote | null,
    limits = { maxBytes: MAX_RECORDING_BYTES, reservedBytes: RESERVED_BYTES },
  ): Promise<PartialFile> {
    await makeFolderOf(paths, callId)
    const hash = createHash('sha256')
    let head = Buffer.alloc(0)
    let bytes = 0
    const most = note === null ? 0 : Math.min(note.totalBytes ?? Number.MAX_SAFE_INTEGER, limits.maxBytes)
    try {
      const content = await openPart(partPath(paths, callId), paths.keys?.files ?? null, most, (chunk) => {
        if (head.length < SNIFF_BYTES)
          head = Buffer.concat([head, chunk.subarray(0, SNIFF_BYTES - head.length)])
        hash.update(chunk)
        bytes += chunk.length
      })
      return new PartialFile(paths, callId, limits, { content, bytes, hash, head, note })
    } catch (error) {
      throw explainDisk(error, partPath(paths, callId))
    }
  }

  /** All of it is here already; only its name is missing. */
  get isWhole(): boolean {
    return this.received !== null && this.received.bytes === this.received.totalBytes
  }

  /** The bytes begin. Raises `disk_full` where they would take what is reserved. */
  async begin({ fromByte, totalBytes }: Pick<DownloadBegin, 'fromByte' | 'totalBytes'>): Promise<void> {
    if (fromByte !== this.#bytes) {
      await this.#content.restart()
      this.#bytes = 0
      this.#hash = createHash('sha256')
      this.#head = Buffer.alloc(0)
    }
    const free = await freeDiskBytes(this.paths)
    const needed = (totalBytes ?? this.#bytes) - this.#bytes
    if (free !== null && free < needed + this.limits.reservedBytes)
      throw new EarmarkError(
        'disk_full',
        `The disk is nearly full: no recording was downloaded, so that there is room for annotations. About ${megabytes(needed + this.limits.reservedBytes)} are needed in ${this.paths.recordings}, where ${megabytes(free)} are free. Free some space there, then sync again.`,
        { neededBytes: needed + this.limits.reservedBytes, freeBytes: free },
      )
  }

  /** Takes the next bytes. Raises `not_audio` as soon as that can be seen, `too_large`, `disk_full`. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#bytes + chunk.byteLength > this.limits.maxBytes) throw tooLarge(this.limits.maxBytes)
    if (this.#head.length < SNIFF_BYTES) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, SNIFF_BYTES - this.#head.length)])
      // A login page is refused before more of it comes.
      if (this.#head.length === SNIFF_BYTES) requireAudio(this.#head)
    }
    try {
      await this.#content.append(chunk)
    } catch (error) {
      throw explainDisk(error, partPath(this.paths, this.callId), this.#bytes)
    }
    this.#hash.update(chunk)
    this.#bytes += chunk.byteLength
  }

  /**
   * All bytes have come: checks them, puts them on the disk and gives the file its name.
   *
   * @param isLengthKnown the host had promised how many there are
   * Raises `not_audio`, `disk_full`, and a passing `unreachable` for audio that ends before it says itself.
   */
  async finish(isLengthKnown: boolean): Promise<ArchivedAudio> {
    const kind = requireAudio(this.#head)
    if (!isLengthKnown && kind === 'wav' && wavBytes(this.#head) > this.#bytes)
      throw new EarmarkError(
        'unreachable',
        `The recording was cut short on its way: ${this.#bytes} of ${wavBytes(this.#head)} bytes came. Try again.`,
        { transient: true },
      )
    try {
      const temporary = partPath(this.paths, this.callId)
      const file = await takePlace(this.paths, this.callId, { writer: this.#content, temporary, kind })
      return { file, format: formatOf(kind), bytes: this.#bytes, sha256: this.#hash.digest('hex') }
    } catch (error) {
      throw explainDisk(error, partPath(this.paths, this.callId), this.#bytes)
    }
  }

  /** Lets go of the file. `discard`: nothing of it is of any use. */
  async close({ discard }: { discard: boolean }): Promise<void> {
    // Closed already when it has its name.
    await this.#content.close().catch(() => undefined)
    if (discard || this.#bytes === 0) await rm(partPath(this.paths, this.callId), { force: true })
  }
}

/** The length that a WAV file's header claims; 0 where it was written before that was known. */
function wavBytes(head: Buffer): number {
  if (head.length < 8 || head.toString('latin1', 0, 4) !== 'RIFF') return 0
  const claimed = head.readUInt32LE(4)
  return claimed >= 0xffff_fff0 || claimed === 0 ? 0 : claimed + 8
}

/** Free bytes of the disk that recordings are on; null where the system does not say. */
export async function freeDiskBytes(paths: WorkspacePaths): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(paths.recordings)
    return bavail * bsize
  } catch {
    return null
  }
}

const OLD_MS = 7 * 86_400_000
const PART_NAME = /^([a-z2-7]{16})(?:\.\d+)?\.part$/

/**
 * Takes away unfinished files that nobody will finish: of calls that are gone, and those that were not touched for a
 * week. Looks through the whole archive; to be called once, in the background.
 *
 * @param isKnown whether there is such a call
 */
export async function removeOldParts(
  paths: WorkspacePaths,
  isKnown: (callId: CallId) => boolean,
  { nowMs, signal }: { nowMs: number; signal: AbortSignal },
): Promise<number> {
  let removed = 0
  const folders = await readdir(paths.recordings, { withFileTypes: true }).catch(() => [])
  for (const folder of folders) {
    if (signal.aborted) break
    if (!folder.isDirectory()) continue
    const names = await readdir(join(paths.recordings, folder.name)).catch(() => [])
    for (const name of names) {
      const callId = CallId.safeParse(PART_NAME.exec(name)?.[1])
      if (!callId.success) continue
      const path = join(paths.recordings, folder.name, name)
      const file = await stat(path).catch(() => null)
      if (file === null || (isKnown(callId.data) && nowMs - file.mtimeMs < OLD_MS)) continue
      await rm(path, { force: true })
      removed += 1
    }
  }
  return removed
}
