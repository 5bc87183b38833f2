import type { FileHandle } from 'node:fs/promises'
import { EarmarkError } from '@contract'
import { continues, parseContentRange, type ReceivedPart, strongValidator } from './content-range'
import { type Answer, type Connector, exchange, tooLarge } from './exchange'
import { parseRetryAfter } from './problems'
import { MAX_REDIRECTS, redirectLoop, redirectOf } from './redirects'
import { limitsOf, type RequestOptions } from './request-options'

const DEFAULT_TOTAL_MS = 60 * 60_000

/** The beginning of a recording's bytes. */
export interface DownloadBegin {
  /** 0, or the length of the part that is continued: what the sink takes next belongs there. */
  fromByte: number
  /** Of the whole; null when the server does not say. */
  totalBytes: number | null
  /** By which an unfinished download can be continued; null: it can't. */
  validator: string | null
}

export interface DownloadOptions extends RequestOptions {
  /** Takes each piece in order; the next is read only after it resolved. See `intoFile`. */
  sink: (chunk: Uint8Array) => Promise<void> | void
  /** What is here already: only the rest is asked for, where the server can and the file is still the same. */
  part?: ReceivedPart | null
  /** Told before the first piece; a download that could not be continued begins at byte 0. */
  onBegin?: (begin: DownloadBegin) => Promise<void> | void
  /** The `Authorization` for a request, asked for each address anew; null: none. Default: none at all. */
  authorizationFor?: (url: URL) => Promise<string | null>
  /** `receivedBytes` with the part that was here; `totalBytes` is what the server promised, null when it did not. */
  onProgress?: (receivedBytes: number, totalBytes: number | null) => void
}

export interface Downloaded {
  /** Of the whole, with the part that was here. */
  bytes: number
  /** What the server promised; null when it did not. */
  totalBytes: number | null
  /** In lower case, without parameters; null when not given. What the bytes are is for the caller to check. */
  contentType: string | null
}

/** See Http.download. */
export async function download(connector: Connector, options: DownloadOptions): Promise<Downloaded> {
  const startedAtMs = performance.now()
  let part = options.part ?? null
  let url = new URL(options.url)
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notHttp(url)
    const authorization = (await options.authorizationFor?.(url)) ?? null
    const limits = limitsOf(options, startedAtMs, DEFAULT_TOTAL_MS)
    const asked: Asked = { url, part, maxBytes: options.maxBytes, hasLogIn: authorization !== null }
    let begun: DownloadBegin | null = null
    let bytes = 0
    const begin = async (head: Answer): Promise<DownloadBegin> => {
      begun ??= beginOf(head, part)
      bytes = begun.fromByte
      await options.onBegin?.(begun)
      return begun
    }
    const answer = await exchange(connector, url, headersOf(part, authorization), limits, (head) => {
      if (redirectOf(head, url) !== null || cannotContinue(head, part) || problemOf(head, asked) !== null)
        return null
      return async (chunk) => {
        const { totalBytes } = begun ?? (await begin(head))
        if (bytes + chunk.byteLength > options.maxBytes) throw tooLarge(url.host, options.maxBytes)
        await options.sink(chunk)
        bytes += chunk.byteLength
        options.onProgress?.(bytes, totalBytes)
      }
    })
    const next = redirectOf(answer, url)
    if (next === null && cannotContinue(answer, part)) {
      // From the beginning, and from the first address: what is there now is another file, or another server's idea.
      part = null
      url = new URL(options.url)
      redirects = -1
      continue
    }
    if (next === null) {
      const problem = problemOf(answer, asked)
      if (problem !== null) throw problem
      // Nothing came: the sink is told all the same where it stands.
      const { totalBytes } = begun ?? (await begin(answer))
      if (totalBytes !== null && bytes !== totalBytes) throw brokeOff(url, bytes, totalBytes)
      return {
        bytes,
        totalBytes,
        contentType: answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase() || null,
      }
    }
    if (redirects === MAX_REDIRECTS) throw redirectLoop(url)
    url = next
  }
}

function headersOf(part: ReceivedPart | null, authorization: string | null): Record<string, string> {
  return {
    accept: 'audio/*, */*;q=0.5',
    // Ready-made audio is packed already, and a promised length is that of what is sent.
    'accept-encoding': 'identity',
    'user-agent': 'Earmark',
    ...(part === null ? {} : { range: `bytes=${part.bytes}-`, 'if-range': part.validator }),
    ...(authorization === null ? {} : { authorization }),
  }
}

/** A part was asked for, and what came does not go on from it: 416, or another part than the one asked for. */
function cannotContinue({ status, headers }: Answer, part: ReceivedPart | null): boolean {
  if (part === null) return false
  return status === 416 || (status === 206 && !continues(parseContentRange(headers['content-range']), part))
}

/** `part` is what was asked to be continued; a server that sends the whole (200) can't, or has another file now. */
function beginOf(head: Answer, part: ReceivedPart | null): DownloadBegin {
  const isPacked = !/^(identity)?$/i.test(head.headers['content-encoding']?.trim() ?? '')
  if (head.status === 206 && part !== null) {
    const totalBytes = parseContentRange(head.headers['content-range'])?.totalBytes ?? part.totalBytes
    return { fromByte: part.bytes, totalBytes, validator: part.validator }
  }
  return {
    fromByte: 0,
    totalBytes: isPacked ? null : promisedBytes(head),
    validator: isPacked ? null : strongValidator(head.headers),
  }
}

function promisedBytes(answer: Answer): number | null {
  const promised = Number(answer.headers['content-length'] ?? Number.NaN)
  return Number.isSafeInteger(promised) ? promised : null
}

function brokeOff(url: URL, bytes: number, totalBytes: number): EarmarkError {
  return new EarmarkError(
    'unreachable',
    `The recording from ${url.host} broke off after ${bytes} of ${totalBytes} bytes. Try again: it goes on from there where the host can.`,
    { host: url.host, transient: true },
  )
}

function notHttp(url: URL): EarmarkError {
  return new EarmarkError(
    'recording_missing',
    `The recording's address is not a web address ("${url.protocol}"), and was not opened.`,
    {},
  )
}

interface Asked {
  url: URL
  part: ReceivedPart | null
  maxBytes: number
  hasLogIn: boolean
}

/** Why an answer is not the recording; null when it is. `details.status` tells an expired address. */
function problemOf(answer: Answer, { url, part, maxBytes, hasLogIn }: Asked): EarmarkError | null {
  const { status, headers } = answer
  const { host } = url
  if (status === 200 || (status === 206 && part !== null)) {
    const promised = (promisedBytes(answer) ?? 0) + (status === 206 ? (part?.bytes ?? 0) : 0)
    return promised > maxBytes ? tooLarge(host, maxBytes) : null
  }
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], Date.now())
    return new EarmarkError('rate_limited', `${host} wants fewer requests (429). Try again later.`, {
      host,
      status,
      transient: true,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    })
  }
  if (status >= 500 || status === 408) {
    return new EarmarkError(
      'vendor_error',
      `${host} failed (${status}) when asked for the recording. Try again later.`,
      {
        host,
        status,
        transient: true,
      },
    )
  }
  const missing = (message: string, logIn: 'wanted' | 'refused' | null = null) =>
    new EarmarkError('recording_missing', message, { host, status, logIn })
  if (status === 401 || status === 403) {
    if (hasLogIn)
      return missing(
        `${host} refused the log-in for recordings (${status}). Change it under Settings › Recordings, then try again.`,
        'refused',
      )
    if (status === 401 || !isSigned(url))
      return missing(
        `${host} wants a log-in for recordings (${status}). Add it under Settings › Recordings, then try again.`,
        'wanted',
      )
    return missing(
      `The recording could not be had from ${host} (${status}): its address has expired. Sync again for a fresh address.`,
    )
  }
  const why = status === 404 || status === 410 ? 'it is no longer there' : 'it was not given'
  return missing(
    `The recording could not be had from ${host} (${status}): ${why}. Sync again for a fresh address.`,
  )
}

/**
 * Whether an address carries its own permission, as those of object storage do for a while (X-Amz-Signature,
 * X-Goog-Signature, sig, token …): a refusal then means that it has expired, not that a log-in is missing.
 */
export const isSigned = (url: URL): boolean =>
  [...url.searchParams.keys()].some((name) => /sig|token|expire|policy|credential|^se$/i.test(name))

/** A sink that appends to an open file, whole pieces even where the system writes short. */
export function intoFile(file: FileHandle): DownloadOptions['sink'] {
  return async (chunk) => {
    let written = 0
    while (written < chunk.byteLength) {
      const { bytesWritten } = await file.write(chunk, written, chunk.byteLength - written)
      written += bytesWritten
    }
  }
}
