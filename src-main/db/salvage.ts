import { existsSync } from 'node:fs'
import { isPageSize, type OpenFile, openFile, parseHeader, readWal } from './database-file'
import type { Stored, TableShape } from './table-shapes'

/**
 * Rows out of a damaged database, page by page, without the trees that lead to them: a page that is whole gives its rows
 * whatever became of the others. Which table a row is of is told by its form, as SQLite keeps no name in a page.
 * https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1
 */

export interface SalvagedRow {
  table: TableShape
  values: Stored[]
}

const TABLE_LEAF = 0x0d
const INDEX_LEAF = 0x0a
const INDEX_INTERIOR = 0x02
/** More was never in one row; a broken length must not fill the memory. */
const MOST_PAYLOAD_BYTES = 200 * 1024 * 1024

export interface SalvageOptions {
  /** Only the log: the file itself is sound. */
  onlyLog: boolean
}

/**
 * All rows that can be read in `path` and its log, the most trustworthy first: whole pages of the log from its end, then the
 * file's, then broken pages of the log. A row may come several times, in several versions.
 */
export function* salvageRows(
  path: string,
  shapes: readonly TableShape[],
  { onlyLog }: SalvageOptions,
): Generator<SalvagedRow> {
  const main = existsSync(path) ? openFile(path) : null
  const header = main === null ? null : parseHeader(main.read(0, 100))
  const wal = readWal(`${path}-wal`, header?.pageSize ?? null)
  const log = wal === null ? null : openFile(`${path}-wal`)
  try {
    const pageSize = header?.pageSize ?? wal?.pageSize ?? 4096
    if (!isPageSize(pageSize)) return
    // Behind the last commit lies what was never committed.
    const lastCommit = wal?.frames.findLastIndex(({ committedPages }) => committedPages > 0) ?? -1
    const committed = (wal?.frames ?? []).slice(0, lastCommit + 1)
    const newest = new Map<number, number>()
    for (const { pageNo, at, isWhole } of committed)
      if (isWhole || !newest.has(pageNo)) newest.set(pageNo, at)
    const reader = new PageReader(main, log, newest, pageSize, header?.reservedBytes ?? 0, shapes)
    const frames = committed.toReversed()
    for (const { at, pageNo, isWhole } of frames) if (isWhole) yield* reader.rowsIn(log, at, pageNo)
    if (main !== null && !onlyLog)
      for (let at = 0; at < main.bytes; at += pageSize) yield* reader.rowsIn(main, at, at / pageSize + 1)
    for (const { at, pageNo, isWhole } of frames) if (!isWhole) yield* reader.rowsIn(log, at, pageNo)
  } finally {
    main?.close()
    log?.close()
  }
}

class PageReader {
  readonly #usable: number

  constructor(
    private readonly main: OpenFile | null,
    private readonly log: OpenFile | null,
    private readonly newest: ReadonlyMap<number, number>,
    private readonly pageSize: number,
    reservedBytes: number,
    private readonly shapes: readonly TableShape[],
  ) {
    const usable = pageSize - reservedBytes
    this.#usable = usable < 480 ? pageSize : usable
  }

  *rowsIn(file: OpenFile | null, at: number, pageNo: number): Generator<SalvagedRow> {
    const page = file?.read(at, this.pageSize)
    if (!page || page.length < 512) return
    const start = pageNo === 1 ? 100 : 0
    const type = page[start]
    if (type !== TABLE_LEAF && type !== INDEX_LEAF && type !== INDEX_INTERIOR) return
    const cells = page.readUInt16BE(start + 3)
    const pointers = start + (type === INDEX_INTERIOR ? 12 : 8)
    for (let i = 0; i < cells && pointers + 2 * i + 2 <= page.length; i += 1) {
      const row = this.#cell(page, page.readUInt16BE(pointers + 2 * i), type)
      if (row !== null) yield row
    }
  }

  #cell(page: Buffer, from: number, type: number): SalvagedRow | null {
    try {
      const isTable = type === TABLE_LEAF
      let at = type === INDEX_INTERIOR ? from + 4 : from
      const [payloadBytes, afterLength] = varint(page, at)
      at = afterLength
      let rowid: number | null = null
      if (isTable) {
        const [id, afterId] = varint(page, at)
        rowid = Number(BigInt.asIntN(64, id))
        at = afterId
      }
      const bytes = Number(payloadBytes)
      if (bytes < 2 || bytes > MOST_PAYLOAD_BYTES) return null
      const payload = this.#payload(page, at, bytes, isTable)
      const values = payload === null ? null : valuesIn(payload)
      if (values === null) return null
      const table = this.shapes.find((shape) => fits(shape, values, isTable))
      if (!table) return null
      if (table.rowidColumn !== null && rowid !== null) values[table.rowidColumn] = rowid
      return { table, values }
    } catch (error) {
      // A length or place that leads out of the page: this cell is broken, the next may not be.
      if (error instanceof RangeError) return null
      throw error
    }
  }

  /** A cell's content, with what of it lies on pages of its own. */
  #payload(page: Buffer, at: number, bytes: number, isTable: boolean): Buffer | null {
    const usable = this.#usable
    const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
    if (bytes <= most) return at + bytes <= page.length ? page.subarray(at, at + bytes) : null
    const least = Math.floor(((usable - 12) * 32) / 255) - 23
    const wished = least + ((bytes - least) % (usable - 4))
    const local = wished <= most ? wished : least
    const parts = [page.subarray(at, at + local)]
    let next = page.readUInt32BE(at + local)
    let left = bytes - local
    while (left > 0) {
      const overflow = next === 0 ? null : this.#page(next)
      if (overflow === null || overflow.length < usable) return null
      next = overflow.readUInt32BE(0)
      const part = overflow.subarray(4, 4 + Math.min(left, usable - 4))
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  #page(pageNo: number): Buffer | null {
    const inLog = this.newest.get(pageNo)
    if (inLog !== undefined) return this.log?.read(inLog, this.pageSize) ?? null
    return this.main?.read((pageNo - 1) * this.pageSize, this.pageSize) ?? null
  }
}

/** SQLite's integers of one to nine bytes; raises RangeError behind the page's end. */
function varint(bytes: Buffer, at: number): [value: bigint, next: number] {
  let value = 0n
  for (let i = 0; i < 8; i += 1) {
    const byte = bytes.readUInt8(at + i)
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) return [value, at + i + 1]
  }
  return [(value << 8n) | BigInt(bytes.readUInt8(at + 8)), at + 9]
}

/** A record's values; null when its header and its length don't agree. */
function valuesIn(payload: Buffer): Stored[] | null {
  const [headerBytes, first] = varint(payload, 0)
  const end = Number(headerBytes)
  if (end < 2 || end > payload.length) return null
  const values: Stored[] = []
  let body = end
  for (let at = first; at < end; ) {
    const [type, next] = varint(payload, at)
    at = next
    const kind = Number(type)
    const bytes = kind >= 12 ? Math.floor((kind - 12) / 2) : (FIXED_BYTES[kind] ?? -1)
    if (bytes < 0 || body + bytes > payload.length) return null
    values.push(valueAt(payload, body, kind, bytes))
    body += bytes
  }
  return body === payload.length ? values : null
}

/** By serial type, 0 to 9; 10 and 11 are in no file. */
const FIXED_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

function valueAt(payload: Buffer, at: number, kind: number, bytes: number): Stored {
  if (kind === 0) return null
  if (kind === 8 || kind === 9) return kind - 8
  if (kind === 7) return payload.readDoubleBE(at)
  if (kind === 6) return Number(payload.readBigInt64BE(at))
  if (kind < 6) return payload.readIntBE(at, bytes)
  const value = payload.subarray(at, at + bytes)
  return kind % 2 === 1 ? value.toString('utf8') : Buffer.from(value)
}

function fits(shape: TableShape, values: readonly Stored[], isTable: boolean): boolean {
  if (shape.isWithoutRowid === isTable || shape.isAmbiguous) return false
  if (values.length > shape.columns.length || values.length < shape.leastValues) return false
  return values.every((value, i) => {
    const column = shape.columns[i]
    if (!column) return false
    if (i === shape.rowidColumn) return value === null
    if (value === null) return !column.isNotNull
    if (column.type === 'TEXT') return typeof value === 'string'
    if (column.type === 'BLOB') return Buffer.isBuffer(value)
    return typeof value === 'number'
  })
}
