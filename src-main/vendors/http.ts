import { type Downloaded, type DownloadOptions, download } from './download'
import { type Connector, exchange, openConnector } from './exchange'
import { parseJson } from './json'
import { MAX_REDIRECTS, redirectedAway, redirectLoop, redirectOf } from './redirects'
import { limitsOf, type RequestOptions } from './request-options'
import type { ResponseBody, VendorResponse } from './vendor'

export interface HttpOptions {
  /** Contact loopback addresses only (the fallback runtime). Default: whether `EARMARK_LOOPBACK_ONLY` is "1". */
  loopbackOnly?: boolean
}

export { type Downloaded, type DownloadOptions, intoFile } from './download'

export interface FetchOptions extends RequestOptions {
  headers: Readonly<Record<string, string>>
  /** Sent to `url`'s origin and nowhere else, redirects included. */
  secretHeaders: Readonly<Record<string, string>>
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

const DEFAULT_TOTAL_MS = 5 * 60_000

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
    const limits = limitsOf(options, startedAtMs, DEFAULT_TOTAL_MS)
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
