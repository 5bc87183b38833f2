import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { isMissing } from '../system-errors'

/**
 * SQLite's files read as bytes, for what must not be opened (opening alone may change them) or can't be:
 * https://www.sqlite.org/fileformat2.html
 */

const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** Frames that are read at once. */
const FRAMES_AT_ONCE = 64

export interface DatabaseHeader {
  pageSize: number
  /** Of each page, not used by SQLite. */
  reservedBytes: number
  /** By the header; 0 where it does not tell. */
  pageCount: number
  userVersion: number
}

/** The header in a database's first 100 bytes; null when they are none. */
export function parseHeader(bytes: Buffer): DatabaseHeader | null {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 16) !== MAGIC) return null
  const stored = bytes.readUInt16BE(16)
  const pageSize = stored === 1 ? 65_536 : stored
  if (!isPageSize(pageSize)) return null
  const isCountValid = bytes.readUInt32BE(24) === bytes.readUInt32BE(92)
  return {
    pageSize,
    reservedBytes: bytes.readUInt8(20),
    pageCount: isCountValid ? bytes.readUInt32BE(28) : 0,
    userVersion: bytes.readUInt32BE(60),
  }
}

export const isPageSize = (size: number): boolean =>
  size >= 512 && size <= 65_536 && (size & (size - 1)) === 0

/** A file that is read by place; to be closed. */
export interface OpenFile {
  bytes: number
  /** As many bytes as there are, up to `length`. */
  read: (at: number, length: number) => Buffer
  close: () => void
}

export function openFile(path: string): OpenFile {
  return opened(openSync(path, 'r'))
}

/** null: there is none; other processes make and remove a log at any moment. */
function openIfThere(path: string): OpenFile | null {
  try {
    return openFile(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function opened(handle: number): OpenFile {
  return {
    bytes: fstatSync(handle).size,
    read: (at, length) => {
      const buffer = Buffer.alloc(length)
      return buffer.subarray(0, readSync(handle, buffer, 0, length, at))
    },
    close: () => closeSync(handle),
  }
}

/** A page as a write-ahead log has it. */
export interface WalFrame {
  /** From 0. */
  index: number
  pageNo: number
  /** The database's pages after this commit; 0: it ends no transaction. */
  committedPages: number
  /** Where the page lies in the log. */
  at: number
  /** It is what was written, as far as its own sum tells; the sums before it may be broken. */
  isWhole: boolean
  /** SQLite reads it: all before it is whole, and its transaction was committed. */
  isRead: boolean
}

export interface Wal {
  pageSize: number
  /** Those of the log's present round, in order. */
  frames: WalFrame[]
  /** The database's header, as SQLite would read it out of the log; null: it is not in it. */
  header: DatabaseHeader | null
}

/**
 * The frames of a write-ahead log, also those that SQLite would not read because something before them is broken; of an
 * earlier round of the log, none. null: there is no log, or nothing in it. `pageSize`: the database's, for a log whose own
 * header is broken.
 */
export function readWal(path: string, pageSize: number | null = null): Wal | null {
  const file = openIfThere(path)
  if (file === null) return null
  try {
    const header = file.read(0, WAL_HEADER_BYTES)
    if (header.length < WAL_HEADER_BYTES) return null
    const isBigEndian = (header.readUInt32BE(0) & 1) === 1
    const sumOf = isBigEndian ? sumBigEndian : sumLittleEndian
    const headerSum = sumOf(header.subarray(0, 24), [0, 0])
    const isHeaderWhole =
      (header.readUInt32BE(0) & 0xffff_fffe) === 0x377f_0682 &&
      headerSum[0] === header.readUInt32BE(24) &&
      headerSum[1] === header.readUInt32BE(28)
    const size = isHeaderWhole ? header.readUInt32BE(8) : (pageSize ?? header.readUInt32BE(8))
    if (!isPageSize(size)) return null
    const frameBytes = FRAME_HEADER_BYTES + size
    const frames: WalFrame[] = []
    let salts = header.subarray(16, 24)
    let chain: Sum = [header.readUInt32BE(24), header.readUInt32BE(28)]
    let isChainWhole = isHeaderWhole
    for (let at = WAL_HEADER_BYTES, index = 0; at + frameBytes <= file.bytes; ) {
      const chunk = file.read(at, frameBytes * FRAMES_AT_ONCE)
      for (let from = 0; from + frameBytes <= chunk.length; from += frameBytes, index += 1) {
        const head = chunk.subarray(from, from + FRAME_HEADER_BYTES)
        // A broken header of the log may have broken salts: then those of the first frame are the round's.
        if (!isHeaderWhole && index === 0) salts = Buffer.from(head.subarray(8, 16))
        const page = chunk.subarray(from + FRAME_HEADER_BYTES, from + frameBytes)
        const stored: Sum = [head.readUInt32BE(16), head.readUInt32BE(20)]
        const sum = sumOf(page, sumOf(head.subarray(0, 8), chain))
        const isOfRound = head.compare(salts, 0, 8, 8, 16) === 0
        const isWhole = isOfRound && sum[0] === stored[0] && sum[1] === stored[1]
        isChainWhole &&= isWhole
        if (isOfRound)
          frames.push({
            index,
            pageNo: head.readUInt32BE(0),
            committedPages: head.readUInt32BE(4),
            at: at + from + FRAME_HEADER_BYTES,
            isWhole,
            isRead: isChainWhole,
          })
        // The next one is judged by itself: by the sum that this one claims.
        chain = stored
      }
      at += frameBytes * Math.floor(chunk.length / frameBytes)
    }
    const lastRead = frames.findLastIndex(({ isRead, committedPages }) => isRead && committedPages > 0)
    for (const frame of frames.slice(lastRead + 1)) frame.isRead = false
    const first = frames.findLast(({ pageNo, isRead }) => pageNo === 1 && isRead)
    const inLog = first ? parseHeader(file.read(first.at, HEADER_BYTES)) : null
    return frames.length === 0 ? null : { pageSize: size, frames, header: inLog }
  } finally {
    file.close()
  }
}

/**
 * Commits that SQLite would silently leave out because something before them in the log is broken. A transaction that was cut
 * off at its end is none: nobody was told that it was done.
 */
export function lostCommits({ frames }: Wal): number {
  const lastRead = frames.findLastIndex(({ isRead }) => isRead)
  const [broken, ...beyond] = frames.slice(lastRead + 1)
  if (broken === undefined) return 0
  return [broken, ...beyond].filter(({ committedPages }) => committedPages > 0).length
}

type Sum = readonly [number, number]

function sumLittleEndian(bytes: Buffer, [a, b]: Sum): Sum {
  let first = a
  let second = b
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    first = (first + bytes.readUInt32LE(at) + second) >>> 0
    second = (second + bytes.readUInt32LE(at + 4) + first) >>> 0
  }
  return [first, second]
}

function sumBigEndian(bytes: Buffer, [a, b]: Sum): Sum {
  let first = a
  let second = b
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    first = (first + bytes.readUInt32BE(at) + second) >>> 0
    second = (second + bytes.readUInt32BE(at + 4) + first) >>> 0
  }
  return [first, second]
}

/** What can be told of a database without opening it. */
export interface FileFacts {
  /** `user_version`, with what the log would add. */
  version: number
  /** Why it can't be used as it is; null: nothing is seen from outside. */
  damage: string | null
}

/**
 * The highest `user_version` that a database or its log has; 0: there is none, or it is no database. Sums are not looked at, so
 * that it takes no time; nothing of the files changes.
 */
export function storedVersion(path: string): number {
  const file = openIfThere(path)
  const log = openIfThere(`${path}-wal`)
  try {
    const header = file && parseHeader(file.read(0, HEADER_BYTES))
    let version = header?.userVersion ?? 0
    const round = log?.read(0, WAL_HEADER_BYTES)
    if (!log || !round || round.length < WAL_HEADER_BYTES) return version
    const size = isPageSize(round.readUInt32BE(8)) ? round.readUInt32BE(8) : (header?.pageSize ?? 4096)
    const frameBytes = FRAME_HEADER_BYTES + size
    for (let at = WAL_HEADER_BYTES; at + frameBytes <= log.bytes; at += frameBytes * FRAMES_AT_ONCE) {
      const chunk = log.read(at, frameBytes * FRAMES_AT_ONCE)
      for (let from = 0; from + frameBytes <= chunk.length; from += frameBytes) {
        const isFirstPage = chunk.readUInt32BE(from) === 1
        if (!isFirstPage || chunk.compare(round, 16, 24, from + 8, from + 16) !== 0) continue
        const page = chunk.subarray(from + FRAME_HEADER_BYTES)
        version = Math.max(version, parseHeader(page)?.userVersion ?? 0)
      }
    }
    return version
  } finally {
    file?.close()
    log?.close()
  }
}

/** Null: there is none. Reads a header and all of the log; nothing of the files changes. */
export function fileFacts(path: string): FileFacts | null {
  const file = openIfThere(path)
  if (file === null) return null
  try {
    // SQLite makes a new one of an empty file.
    if (file.bytes === 0) return { version: 0, damage: null }
    const header = parseHeader(file.read(0, HEADER_BYTES))
    const wal = readWal(`${path}-wal`, header?.pageSize ?? null)
    const version = (wal?.header ?? header)?.userVersion ?? 0
    return { version, damage: damageIn(header, wal, file.bytes) }
  } finally {
    file.close()
  }
}

function damageIn(header: DatabaseHeader | null, wal: Wal | null, bytes: number): string | null {
  const isInLog = wal?.frames.some(({ isRead }) => isRead) ?? false
  if (header === null) return isInLog ? null : 'its beginning is not that of a database'
  const missing = header.pageCount * header.pageSize - bytes
  if (!isInLog && missing > 0) return `its last ${missing} bytes are missing`
  const lost = wal === null ? 0 : lostCommits(wal)
  return lost > 0 ? `its write-ahead log is broken before ${lost} of its changes` : null
}
