import { isUtf8 } from 'node:buffer'
import { open, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { EarmarkError } from '@contract'
import { codeOf } from '../system-errors'
import { parseSaved, type SavedPart, vendors } from '../vendors'
import { parseJson, toJsonValue } from '../vendors/json'
import type { UnreadableRecord } from '../vendors/vendor-call'

/** A whole JSON file becomes one text in memory, and Node's texts end a little above this. */
const MAX_WHOLE_BYTES = 500 * 1024 * 1024
const MAX_LINE_BYTES = 64 * 1024 * 1024
/** Where the shape of a file is looked for. */
const HEAD_BYTES = 1024 * 1024
/** A file of JSON lines has to show a vendor's record within so many lines. */
const MAX_STRANGE_LINES = 1000

/** What stands in a file, as far as had to be looked to know that it is a vendor's. */
export type Source =
  | { kind: 'whole'; file: string; bytes: number; parts: SavedPart[] }
  | { kind: 'lines'; file: string; bytes: number; firstPart: SavedPart }

/**
 * Looks at a file without keeping anything. Raises `file_unreadable`, `too_large`, `not_vendor_data` (the file
 * and what was expected are named).
 */
export async function openSource(file: string): Promise<Source> {
  const bytes = await sizeOf(file)
  if (bytes === 0) throw brokenFile(file, 'it is empty')
  return (await holdsLines(file, bytes)) ? await openLines(file, bytes) : await openWhole(file, bytes)
}

async function openWhole(file: string, bytes: number): Promise<Source> {
  if (bytes > MAX_WHOLE_BYTES)
    throw new EarmarkError(
      'too_large',
      `"${basename(file)}" is ${megabytes(bytes)} MB of JSON in one piece; Earmark reads up to ${megabytes(MAX_WHOLE_BYTES)} MB so. Save it as JSON lines, one record a line: then it may be of any size.`,
      { file },
    )
  let json: unknown
  try {
    json = parseJson(textOf(await readFile(file)))
  } catch (error) {
    if (error instanceof NotText) throw brokenFile(file, 'it is not in UTF-8; save it in that encoding')
    if (!(error instanceof SyntaxError)) throw unreadable(file, error)
    throw brokenFile(file, 'it is not JSON, or broke off before its end')
  }
  const parts = parseSaved(json)
  if (parts.length === 0) throw notVendorData(file, 'no call of either vendor is in it')
  if (parts.every((part) => part.kind === 'error'))
    throw notVendorData(file, 'it holds a vendor’s error message instead of calls')
  return { kind: 'whole', file, bytes, parts }
}

/** Bytes that are no UTF-8. */
class NotText extends Error {}

/**
 * The text of UTF-8 bytes. Strict: with wrong letters put in for those of another encoding, a call would look whole
 * and could not be found. What PowerShell's ">" writes, UTF-16 with a byte order mark, is read too.
 */
function textOf(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  try {
    // The mark at the beginning stays: parseJson takes it away.
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new NotText('Not UTF-8.', { cause })
  }
}

async function openLines(file: string, bytes: number): Promise<Source> {
  for await (const line of readLines(file)) {
    const { parts } = readLine(file, line)
    const firstPart = parts.find((part) => part.kind !== 'error')
    if (firstPart) return { kind: 'lines', file, bytes, firstPart }
    if (line.number >= MAX_STRANGE_LINES) break
  }
  throw notVendorData(file, 'no line holds a call of either vendor')
}

/** Whether a file is JSON lines: by its name, or because its first line is JSON and another follows. */
async function holdsLines(file: string, bytes: number): Promise<boolean> {
  if (/\.(jsonl|ndjson)$/i.test(file)) return true
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  try {
    const head = Buffer.alloc(Math.min(bytes, HEAD_BYTES))
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    const text = head.subarray(0, bytesRead).toString('utf8').trimStart()
    const end = text.indexOf('\n')
    if (end === -1 || text.slice(end).trim() === '') return false
    const first: unknown = parseJson(text.slice(0, end))
    return typeof first === 'object' && first !== null
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  } finally {
    await handle.close()
  }
}

export interface Line {
  /** From 1. */
  number: number
  text: string
  /** Whether its bytes were UTF-8; else `text` has wrong letters. */
  isUtf8: boolean
  /** Whether nothing ends it but the end of the file: it may be half of what is being written. */
  isUnended: boolean
}

/** The lines of a file that are not blank, without holding more than one. Raises `too_large`, `file_unreadable`. */
export async function* readLines(file: string): AsyncGenerator<Line> {
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  try {
    const chunk = Buffer.alloc(256 * 1024)
    let pieces: Buffer[] = []
    let held = 0
    let number = 0
    const take = (piece: Buffer, isUnended = false): Line | null => {
      number += 1
      const bytes = Buffer.concat([...pieces, piece])
      const text = bytes.toString('utf8').trim()
      pieces = []
      held = 0
      return text === '' ? null : { number, text, isUtf8: isUtf8(bytes), isUnended }
    }
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null)
      if (bytesRead === 0) break
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1 && end < bytesRead; end = chunk.indexOf(10, from)) {
        const line = take(chunk.subarray(from, end))
        from = end + 1
        if (line) yield line
      }
      pieces.push(Buffer.from(chunk.subarray(from, bytesRead)))
      held += bytesRead - from
      if (held > MAX_LINE_BYTES)
        throw new EarmarkError(
          'too_large',
          `Line ${number + 1} of "${basename(file)}" is longer than ${megabytes(MAX_LINE_BYTES)} MB. JSON lines hold one record a line.`,
          { file },
        )
    }
    const last = take(Buffer.alloc(0), true)
    if (last) yield last
  } finally {
    await handle.close()
  }
}

/** What a line holds: parts of vendors' records, or the reason why there are none. */
export function readLine(
  file: string,
  line: Line,
): { parts: SavedPart[]; stranger: UnreadableRecord | null } {
  const where = `Line ${line.number} of "${basename(file)}"`
  if (!line.isUtf8) {
    const reason = `${where} is not in UTF-8. Save the file in that encoding and import it again.`
    return { parts: [], stranger: { externalId: null, reason, raw: line.text } }
  }
  let json: unknown
  try {
    json = parseJson(line.text)
  } catch {
    const reason = `${where} is not JSON.`
    return { parts: [], stranger: { externalId: null, reason, raw: line.text } }
  }
  const parts = parseSaved(json)
  if (parts.length > 0) return { parts, stranger: null }
  const reason = `${where} is not of a shape that either vendor gives.`
  return { parts: [], stranger: { externalId: null, reason, raw: toJsonValue(json).value } }
}

async function sizeOf(file: string): Promise<number> {
  const facts = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  if (!facts.isFile()) throw notVendorData(file, 'it is not a file')
  return facts.size
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)

function unreadable(file: string, cause: unknown): EarmarkError {
  const code = codeOf(cause)
  const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : code
  return new EarmarkError(
    'file_unreadable',
    `"${file}" can't be read (${why}). Nothing was imported from it.`,
    { file },
    { cause },
  )
}

/** JSON that is broken may be half of what it is going to be; other JSON is somebody else's. */
const brokenFile = (file: string, why: string): EarmarkError => notVendorData(file, why, true)

const VENDORS = new Intl.ListFormat('en').format(Object.values(vendors).map(({ name }) => name))

function notVendorData(file: string, why: string, isBroken = false): EarmarkError {
  return new EarmarkError(
    'not_vendor_data',
    `"${basename(file)}" can't be imported: ${why}. Earmark reads list and detail answers of ${VENDORS} saved as JSON, and JSON lines of call details. Nothing was changed.`,
    { file, ...(isBroken ? { isBroken } : {}) },
  )
}
