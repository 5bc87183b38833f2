import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a simulator saw it. */
export interface SeenRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  atMs: number
  /** What was answered; 0 while it is not. */
  status: number
}

/** Requests beyond this many are counted, but no longer kept. */
const KEPT_REQUESTS = 20_000

export interface Loopback {
  url: string
  readonly requests: SeenRequest[]
  readonly requestCount: number
  /** Ends open connections too. */
  close(): Promise<void>
}

/** A server on 127.0.0.1; `port` 0 is any free one. `handle` answers; what it throws becomes a 500 with its message. */
export async function listen(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>,
): Promise<Loopback> {
  const requests: SeenRequest[] = []
  let requestCount = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      atMs: Date.now(),
      status: 0,
    }
    requestCount++
    if (requests.length < KEPT_REQUESTS) requests.push(seen)
    response.on('finish', () => {
      seen.status = response.statusCode
    })
    Promise.resolve(handle(request, response, url)).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendText(response, 500, `The simulator failed: ${String(error)}`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests,
    get requestCount() {
      return requestCount
    },
    close: () => closeServer(server),
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(text)
  response.writeHead(status, { 'content-type': contentType, 'content-length': bytes.byteLength, ...headers })
  response.end(bytes)
}

export const sendJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => sendText(response, status, JSON.stringify(value), 'application/json', headers)

/** How a file is asked for again only while it is the same one. */
export const etagOf = (bytes: Buffer): string => `"${createHash('sha1').update(bytes).digest('hex')}"`

/**
 * A file with ranges (RFC 9110, 14): 200, 206 or 416. A range that hangs on `If-Range` is honoured for this very file
 * alone: who has a part of another one gets the whole.
 */
export function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  contentType: string,
): void {
  const size = bytes.byteLength
  const etag = etagOf(bytes)
  const condition = request.headers['if-range']
  const isSame = condition === undefined || condition === etag
  const range = isSame ? /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') : null
  const common = { 'content-type': contentType, 'accept-ranges': 'bytes', etag }
  if (range === null || (range[1] === '' && range[2] === '')) {
    response.writeHead(200, { ...common, 'content-length': size })
    response.end(bytes)
    return
  }
  const from = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1])
  const to = range[1] === '' || range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1)
  if (from >= size || to < from) {
    response.writeHead(416, { 'content-range': `bytes */${size}` })
    response.end()
    return
  }
  response.writeHead(206, {
    ...common,
    'content-length': to - from + 1,
    'content-range': `bytes ${from}-${to}/${size}`,
  })
  response.end(bytes.subarray(from, to + 1))
}
