import type { KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { openContent, type ReadHandle } from '../protection/content'
import { contentSize } from '../protection/sealed-format'
import { READ_BYTES } from './byte-range'

/** How a request for a file of known size is to be answered. `start` and `end` in bytes, `end` inclusive. */
export type RangePlan =
  | { readonly status: 200 }
  | { readonly status: 206; readonly start: number; readonly end: number }
  | { readonly status: 416 }

/** More parts than any player asks for; such a header is somebody trying something. */
const MAX_RANGES = 16

/**
 * Decides how to answer a `Range` header (RFC 9110 §14.1.2, §14.2).
 *
 * - None, malformed, or in another unit than bytes: the header is ignored, the whole file follows (200).
 * - No part of what is asked lies in the file: 416.
 * - Several ranges: those outside the file are dropped, those that touch or overlap are joined. What is then one range
 *   is answered with 206; what is still several is answered with the whole file, as §14.2 allows, because a 206 could
 *   then only be `multipart/byteranges`, which no media element asks for or understands.
 *
 * @param header the header's value, null without one
 * @param size the file's bytes
 */
export function planRange(header: string | null, size: number): RangePlan {
  const asked = header === null ? null : parseRanges(header)
  if (asked === null) return { status: 200 }
  const within: { start: number; end: number }[] = []
  for (const { first, last } of asked) {
    if (first === null) {
      // The last so many bytes. Of an empty file there are none, yet asking is no error: §14.1.2.
      if (last > 0 && size === 0) return { status: 200 }
      if (last > 0) within.push({ start: Math.max(0, size - last), end: size - 1 })
    } else if (first < size) within.push({ start: first, end: Math.min(last, size - 1) })
  }
  within.sort((a, b) => a.start - b.start)
  const [joined, ...others] = within
  if (!joined) return { status: 416 }
  for (const other of others) {
    if (other.start > joined.end + 1) return { status: 200 }
    joined.end = Math.max(joined.end, other.end)
  }
  return { status: 206, ...joined }
}

/** A range as asked for: `first` null means "the last `last` bytes"; an open end is infinite. */
interface AskedRange {
  readonly first: number | null
  readonly last: number
}

/** The ranges in a header, or null when any of it is malformed: one bad range makes the whole header invalid. */
function parseRanges(header: string): AskedRange[] | null {
  if (header.length > 1000) return null
  const set = /^\s*bytes=(.*)$/i.exec(header)?.[1]
  if (set === undefined) return null
  const asked: AskedRange[] = []
  for (const part of set.split(',')) {
    const range = part.replace(/^[ \t]+|[ \t]+$/g, '')
    // Empty elements of a list are allowed (§5.6.1.2).
    if (range === '') continue
    const match = /^(\d*)-(\d*)$/.exec(range)
    if (!match || range === '-') return null
    const [, from = '', to = ''] = match
    const first = from === '' ? null : Number(from)
    const last = to === '' ? Number.POSITIVE_INFINITY : Number(to)
    if (first !== null && last < first) return null
    asked.push({ first, last })
  }
  return asked.length === 0 || asked.length > MAX_RANGES ? null : asked
}

/** Bytes to be served that are not all in one file: some of our own, then a stretch of the recording. */
export interface Wrapped {
  /** What they are together, for `Content-Type`. */
  readonly mime: string
  /** What comes first. */
  readonly head: Uint8Array
  /** The stretch of the file that follows, in bytes; `end` exclusive. */
  readonly start: number
  readonly end: number
}

/**
 * Answers a request for a recording's file, as an HTTP server would: 200, 206, 404, 405 or 416. Needs no Electron.
 *
 * The file is opened when the first byte is wanted and closed when the last was given, when reading fails, or when the
 * consumer cancels; an answer that nobody reads holds nothing. Answers must not be cached, and name the file's state
 * (`ETag`), so a player never joins parts of an old and a new recording.
 *
 * @param path the file
 * @param mime its `Content-Type`
 * @param rangeHeader the request's `Range`, null without one
 * @param method "GET" or "HEAD"; for HEAD a range is ignored (RFC 9110 §14.2)
 * @param wrapped what is served instead of the whole file, if that is long enough for it
 * @param filesKey of a protected workspace, whose recordings are sealed: ranges are of what is inside
 */
export async function audioResponse(
  path: string,
  mime: string,
  rangeHeader: string | null,
  method: string,
  wrapped: Wrapped | null = null,
  filesKey: KeyObject | null = null,
): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD')
    return new Response(null, { status: 405, headers: { Allow: 'GET, HEAD', 'Cache-Control': 'no-store' } })

  const file = await stat(path).catch(() => null)
  const fileBytes = filesKey && file ? contentSize(file.size) : (file?.size ?? null)
  if (!file?.isFile() || fileBytes === null)
    return new Response(null, { status: 404, headers: { 'Cache-Control': 'no-store' } })

  // A file that is shorter than it was is another one: nothing is said about it that was said of the first.
  const served = wrapped && wrapped.end <= fileBytes ? wrapped : null
  const { head, start: from, end: to } = served ?? { head: null, start: 0, end: fileBytes }
  const headBytes = head?.length ?? 0
  const size = headBytes + to - from
  const plan = planRange(method === 'GET' ? rangeHeader : null, size)
  const headers = new Headers({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ETag: `"${fileBytes.toString(36)}-${Math.floor(file.mtimeMs).toString(36)}${head ? `-${headBytes.toString(36)}` : ''}"`,
  })
  if (plan.status === 416) {
    headers.set('Content-Range', `bytes */${size}`)
    headers.set('Content-Length', '0')
    return new Response(null, { status: 416, headers })
  }
  const start = plan.status === 206 ? plan.start : 0
  const end = plan.status === 206 ? plan.end + 1 : size
  headers.set('Content-Type', served?.mime ?? mime)
  headers.set('Content-Length', String(end - start))
  if (plan.status === 206) headers.set('Content-Range', `bytes ${plan.start}-${plan.end}/${size}`)
  const before = head?.subarray(start, end) ?? null
  const inFile = (at: number): number => from + Math.max(0, at - headBytes)
  const opened = () => openContent(path, filesKey)
  const body =
    method === 'HEAD' || start === end ? null : partStream(before, opened, inFile(start), inFile(end))
  return new Response(body, { status: plan.status, headers })
}

/** `before`, then the file's bytes from `start` to `end` (exclusive), read only as fast as they are taken. */
function partStream(
  before: Uint8Array | null,
  openFile: () => Promise<ReadHandle>,
  start: number,
  end: number,
): ReadableStream<Uint8Array> {
  let ahead = before?.length ? before : null
  let handle: ReadHandle | null = null
  let position = start
  const close = async (): Promise<void> => {
    const open = handle
    handle = null
    await open?.close()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (ahead) {
            // A copy: what is given away may be taken along by whoever reads it.
            controller.enqueue(ahead.slice(0, READ_BYTES))
            ahead = ahead.length > READ_BYTES ? ahead.subarray(READ_BYTES) : null
            if (!ahead && position === end) controller.close()
            return
          }
          handle ??= await openFile()
          const bytes = new Uint8Array(Math.min(READ_BYTES, end - position))
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, position)
          if (bytesRead === 0) throw new Error('The recording became shorter while it was read.')
          position += bytesRead
          controller.enqueue(bytes.subarray(0, bytesRead))
          if (position < end) return
          await close()
          controller.close()
        } catch (thrown) {
          await close()
          controller.error(thrown)
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  )
}
