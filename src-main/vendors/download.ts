import type { FileHandle } from 'node:fs/promises'
import { EarmarkError } from '@contract'
import { type Answer, type Connector, exchange, tooLarge } from './exchange'
import { parseRetryAfter } from './problems'
import { MAX_REDIRECTS, redirectLoop, redirectOf } from './redirects'
import { limitsOf, type RequestOptions } from './request-options'

const DEFAULT_TOTAL_MS = 60 * 60_000

export interface DownloadOptions extends RequestOptions {
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

/** See Http.download. */
export async function download(connector: Connector, options: DownloadOptions): Promise<Downloaded> {
  const startedAtMs = Date.now()
  // Ready-made audio is packed already, and a promised length is that of what is sent.
  const headers = { accept: 'audio/*, */*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'Earmark' }
  let url = new URL(options.url)
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notHttp(url)
    let bytes = 0
    const limits = limitsOf(options, startedAtMs, DEFAULT_TOTAL_MS)
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
