import type { FileHandle } from 'node:fs/promises'
import { EarmarkError } from '@contract'
import { type Answer, type Connector, exchange, openConnector, tooLarge } from './exchange'
import { parseJson } from './json'
import { parseRetryAfter } from './problems'
import type { ResponseBody, VendorResponse } from './vendor'

export interface HttpOptions {
  /** Contact loopback addresses only (the fallback runtime). Default: whether `EARMARK_LOOPBACK_ONLY` is "1". */
  loopbackOnly?: boolean
}

interface CommonOptions {
  url: string
  /** Of the body after decompression. */
  maxBytes: number
  signal?: AbortSignal
  /** Until connected; default 10 s. */
  connectTimeoutMs?: number
  /** Between two pieces of the answer; default 30 s. */
  idleTimeoutMs?: number
  /** For everything, redirects included; default 5 min for an answer, 1 h for a file. */
  totalTimeoutMs?: number
}

export interface FetchOptions extends CommonOptions {
  headers: Readonly<Record<string, string>>
  /** Sent to `url`'s origin and nowhere else, redirects included. */
  secretHeaders: Readonly<Record<string, string>>
}

export interface DownloadOptions extends CommonOptions {
  /** Takes each piece in order; the next is read only after it resolved. See `intoFile`. */
  sink: (chunk: Uint8Array) => Promise<void> | void
  /** `totalBytes` is what the server promised, null when it did not. */
  onProgress?: (receivedBytes: number, totalBytes: number | null) => void
}

export interface Downloaded {
  bytes: number
  /** In lower case, without parameters; null when not given. What the bytes are is for the caller to check. */
  contentType: string | null
}

export interface Http {
  /**
   * GET: a complete answer, whatever its status, with its body as JSON where it is some. Throws EarmarkError:
   * unreachable, certificate, timeout, redirected_away, too_large, loopback_only, vendor_error, cancelled.
   */
  fetchJson(options: FetchOptions): Promise<VendorResponse>
  /**
   * GET of a recording without any secret; redirects are followed to any http(s) host. Throws as `fetchJson`, and
   * recording_missing (401, 403, 404, 410 …), rate_limited. What was written before stays in the sink.
   */
  download(options: DownloadOptions): Promise<Downloaded>
  /** Closes kept connections. */
  close(): void
}

const MAX_REDIRECTS = 5
const MINUTE_MS = 60_000

/** Opens the one way to the network; close it when the sync or the test is over. */
export function openHttp(options: HttpOptions = {}): Http {
  const connector = openConnector(options.loopbackOnly ?? process.env.EARMARK_LOOPBACK_ONLY === '1')
  return {
    fetchJson: (request) => fetchJson(connector, request),
    download: (request) => download(connector, request),
    close() {
      connector.http.destroy()
      connector.https.destroy()
    },
  }
}

function limitsOf(options: CommonOptions, startedAtMs: number, defaultTotalMs: number) {
  const totalTimeoutMs = options.totalTimeoutMs ?? defaultTotalMs
  return {
    signal: options.signal,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    totalTimeoutMs: Math.max(1, totalTimeoutMs - (Date.now() - startedAtMs)),
    maxBytes: options.maxBytes,
  }
}

async function fetchJson(connector: Connector, options: FetchOptions): Promise<VendorResponse> {
  const startedAtMs = Date.now()
  const origin = new URL(options.url).origin
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'Earmark',
    ...options.headers,
    ...options.secretHeaders,
  }
  let url = new URL(options.url)
  for (let redirects = 0; ; redirects++) {
    const chunks: Uint8Array[] = []
    const limits = limitsOf(options, startedAtMs, 5 * MINUTE_MS)
    const answer = await exchange(connector, url, headers, limits, (head) =>
      redirectOf(head, url) === null ? (chunk) => void chunks.push(chunk) : null,
    )
    const next = redirectOf(answer, url)
    if (next === null) {
      const text = withoutSecrets(new TextDecoder().decode(Buffer.concat(chunks)), options.secretHeaders)
      return {
        ...answer,
        body: readBody(text, answer.headers['content-type'] ?? ''),
        receivedAtMs: Date.now(),
      }
    }
    if (next.origin !== origin) throw redirectedAway(url, next)
    if (redirects === MAX_REDIRECTS) throw redirectLoop(url)
    url = next
  }
}

/** Where an answer sends the request on to; null when it does not. */
function redirectOf(answer: Answer, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return null
  const location = answer.headers.location ?? ''
  return location !== '' && URL.canParse(location, from) ? new URL(location, from) : null
}

function redirectedAway(from: URL, to: URL): EarmarkError {
  const where = to.host === from.host ? to.origin : to.host
  return new EarmarkError(
    'redirected_away',
    `${from.host} sends Earmark on to ${where}. Your key was not sent there. If the vendor's API has moved to it, enter it as the base URL.`,
    { host: from.host, to: to.origin },
  )
}

const redirectLoop = (from: URL): EarmarkError =>
  new EarmarkError(
    'vendor_error',
    `${from.host} sends Earmark from address to address without end. Check the base URL.`,
    {
      host: from.host,
    },
  )

/**
 * A vendor that repeats a secret in its answer must not bring it into a message or a database. Short ones
 * could be ordinary words of a transcript, and are left.
 */
function withoutSecrets(text: string, secretHeaders: Readonly<Record<string, string>>): string {
  let clean = text
  for (const value of Object.values(secretHeaders)) {
    for (const secret of new Set([value, value.slice(value.indexOf(' ') + 1)])) {
      const written = JSON.stringify(secret).slice(1, -1)
      if (secret.length >= 8) clean = clean.replaceAll(secret, '[secret]').replaceAll(written, '[secret]')
    }
  }
  return clean
}

function readBody(text: string, contentType: string): ResponseBody {
  const start = /\S/.exec(text.slice(0, 1000).replace('\uFEFF', ''))?.[0]
  if (start === undefined && text.trim() === '') return { kind: 'empty' }
  try {
    return { kind: 'json', value: parseJson(text) }
  } catch {
    if (start === '<') return { kind: 'html' }
    return start === '{' || start === '[' || /\bjson\b/i.test(contentType)
      ? { kind: 'broken' }
      : { kind: 'text' }
  }
}

async function download(connector: Connector, options: DownloadOptions): Promise<Downloaded> {
  const startedAtMs = Date.now()
  // Ready-made audio is packed already, and a promised length is that of what is sent.
  const headers = { accept: 'audio/*, */*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'Earmark' }
  let url = new URL(options.url)
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notHttp(url)
    let bytes = 0
    const limits = limitsOf(options, startedAtMs, 60 * MINUTE_MS)
    const answer = await exchange(connector, url, headers, limits, (head) => {
      if (redirectOf(head, url) !== null || downloadProblem(head, url, options.maxBytes) !== null) return null
      const totalBytes = promisedBytes(head)
      return async (chunk) => {
        await options.sink(chunk)
        bytes += chunk.byteLength
        options.onProgress?.(bytes, totalBytes)
      }
    })
    const next = redirectOf(answer, url)
    if (next === null) {
      const problem = downloadProblem(answer, url, options.maxBytes)
      if (problem !== null) throw problem
      return {
        bytes,
        contentType: answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase() || null,
      }
    }
    if (redirects === MAX_REDIRECTS) throw redirectLoop(url)
    url = next
  }
}

function promisedBytes(answer: Answer): number | null {
  const promised = Number(answer.headers['content-length'] ?? Number.NaN)
  return Number.isSafeInteger(promised) ? promised : null
}

function notHttp(url: URL): EarmarkError {
  return new EarmarkError(
    'recording_missing',
    `The recording's address is not a web address ("${url.protocol}"), and was not opened.`,
    {},
  )
}

function downloadProblem(answer: Answer, url: URL, maxBytes: number): EarmarkError | null {
  const { status, headers } = answer
  const { host } = url
  if (status === 200) {
    const promised = promisedBytes(answer) ?? 0
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
  const why =
    status === 401 || status === 403
      ? 'its address has expired or needs a log-in'
      : status === 404 || status === 410
        ? 'it is no longer there'
        : 'it was not given'
  return new EarmarkError(
    'recording_missing',
    `The recording could not be had from ${host} (${status}): ${why}. Sync again for a fresh address.`,
    { host, status },
  )
}

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
