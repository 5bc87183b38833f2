import { type Downloaded, type DownloadOptions, download } from './download'
import { type Answer, type Connector, exchange, openConnector } from './exchange'
import { parseJson } from './json'
import { MAX_REDIRECTS, redirectedAway, redirectLoop, redirectOf } from './redirects'
import { limitsOf, type RequestOptions, type Timeouts } from './request-options'
import { type FetchRowsOptions, NoUseReadingOn, type RowsAnswer, rowsSink } from './rows'
import { secretCleaner } from './secret-cleaner'
import type { ResponseBody, VendorResponse } from './vendor'

export interface HttpOptions {
  /** Contact loopback addresses only (the fallback runtime). Default: whether `EARMARK_LOOPBACK_ONLY` is "1". */
  loopbackOnly?: boolean
  /** For requests that say nothing themselves. */
  timeouts?: Timeouts | undefined
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
   * GET of an answer that is too large to be held: the rows of one list in it are handed over as they come, in
   * batches, each of which is waited for; the rest is answered like an answer of `fetchJson`. Throws as that, after
   * what came before was handed over.
   */
  fetchRows(options: FetchRowsOptions): Promise<RowsAnswer>
  /**
   * GET of a recording, or of what is missing of it, without any vendor's secret; redirects are followed to any http(s)
   * host, and each address gets only what `authorizationFor` gives for it. Throws as `fetchJson`, and recording_missing
   * (401, 403, 404, 410 …; `details.logIn`: `wanted` or `refused`), rate_limited. What was written before stays in
   * the sink.
   */
  download(options: DownloadOptions): Promise<Downloaded>
  /** Closes kept connections. */
  close(): void
}

const DEFAULT_TOTAL_MS = 5 * 60_000
/** What is stored while it comes takes as long as storing does. */
const DEFAULT_ROWS_TOTAL_MS = 3 * 3600_000

/** Opens the one way to the network; close it when the sync or the test is over. */
export function openHttp(options: HttpOptions = {}): Http {
  const connector = openConnector(options.loopbackOnly ?? process.env.EARMARK_LOOPBACK_ONLY === '1')
  const { timeouts = {} } = options
  return {
    fetchJson: (request) => fetchJson(connector, { ...timeouts, ...request }),
    fetchRows: (request) => fetchRows(connector, { ...timeouts, ...request }),
    download: (request) => download(connector, { ...timeouts, ...request }),
    close() {
      connector.http.destroy()
      connector.https.destroy()
    },
  }
}

/** Gets an answer's body piece by piece; made anew where a redirect is followed. */
type Sink = (chunk: Uint8Array) => Promise<void> | void

/** One GET at the vendor's own origin, redirects within it followed. */
async function get(
  connector: Connector,
  options: FetchOptions,
  defaultTotalMs: number,
  sinkFor: (answer: Answer) => Sink,
): Promise<Answer> {
  const startedAtMs = performance.now()
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
    const limits = limitsOf(options, startedAtMs, defaultTotalMs)
    const answer = await exchange(connector, url, headers, limits, (head) =>
      redirectOf(head, url) === null ? sinkFor(head) : null,
    )
    const next = redirectOf(answer, url)
    if (next === null) return answer
    if (next.origin !== origin) throw redirectedAway(url, next)
    if (redirects === MAX_REDIRECTS) throw redirectLoop(url)
    url = next
  }
}

async function fetchJson(connector: Connector, options: FetchOptions): Promise<VendorResponse> {
  const chunks: Uint8Array[] = []
  const answer = await get(connector, options, DEFAULT_TOTAL_MS, () => (chunk) => void chunks.push(chunk))
  const clean = secretCleaner(options.secretHeaders)
  const text = clean(new TextDecoder().decode(Buffer.concat(chunks)))
  const contentType = answer.headers['content-type'] ?? ''
  return { ...answer, body: readBody(text, contentType), receivedAtMs: Date.now() }
}

async function fetchRows(connector: Connector, options: FetchRowsOptions): Promise<RowsAnswer> {
  const sink = rowsSink(options)
  let head: Answer | null = null
  const answer = await get(connector, options, DEFAULT_ROWS_TOTAL_MS, (begun) => {
    head = begun
    return sink.push
  }).catch((thrown: unknown) => {
    if (thrown instanceof NoUseReadingOn && head !== null) return head
    throw thrown
  })
  const { envelope, isWhole, ...rows } = sink.end()
  const read = readBody(envelope, answer.headers['content-type'] ?? '')
  const body: ResponseBody = read.kind === 'json' && !isWhole ? { kind: 'broken' } : read
  return { ...answer, body, receivedAtMs: Date.now(), ...rows }
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
