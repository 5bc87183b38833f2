import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConnectionId } from '@contract'
import { type Delivery, readDelivery } from './delivery'
import { isSecret, isSigned } from './signature'
import { type Rate, TokenBucket } from './token-bucket'

/*
 * HTTP for deliveries, on this computer alone. What comes in is hostile until its path proves otherwise: 32 random
 * bytes that only the keychain, the settings page and the sender know.
 *
 * - Nothing in an answer tells anything: no body, no header beyond what HTTP needs, no CORS.
 * - `Host` is not looked at: tunnels pass on their own public name or rewrite it, and a page that rebinds its name to
 *   127.0.0.1 still lacks the path.
 * - No address, path, header or body is logged or kept.
 */

export interface ReceiverRules {
  maxBodyBytes: number
  /** Deliveries of one connection. */
  rate: Rate
  /** Requests to paths that nobody has. */
  strayRate: Rate
  /** For the headers, and for a whole request with its body. */
  headersMs: number
  requestMs: number
  /** How long an idle connection stays open. */
  keepAliveMs: number
  maxConnections: number
}

export const RECEIVER_RULES: ReceiverRules = {
  maxBodyBytes: 64 * 1024,
  rate: { perSec: 20, burst: 100 },
  strayRate: { perSec: 2, burst: 20 },
  headersMs: 5_000,
  requestMs: 10_000,
  keepAliveMs: 5_000,
  maxConnections: 64,
}

/** Where one connection's deliveries come in, and go to. */
export interface Route {
  pathDigest: Buffer
  /** null: deliveries need no signature. */
  hmacKey: string | null
  /** In lower case. */
  hmacHeader: string
  /** `full`: there is no room for it now. */
  accept: (delivery: Delivery) => 'taken' | 'full'
  /** `reason`: the end of a sentence that begins "The last delivery". */
  refuse: (reason: string) => void
}

interface OpenRoute extends Route {
  bucket: TokenBucket
}

/** One port of 127.0.0.1; several connections may share it. */
export interface Receiver {
  readonly port: number
  setRoute: (id: ConnectionId, route: Route) => void
  /** Requests to its path are refused from now on. Answers how many routes are left. */
  removeRoute: (id: ConnectionId) => number
  /** Stops listening and ends every connection, answered or not. */
  close: () => Promise<void>
}

/** The path of a delivery, before its secret. */
export const PATH = '/webhooks/'

/** Every answer: a status, and what HTTP itself wants. */
interface Refusal {
  status: 404 | 405 | 413 | 429 | 401 | 400 | 422 | 503
  retryAfterMs?: number
}

/**
 * Listens on a port of 127.0.0.1; 0: any that is free. Rejects with the system's error (`EADDRINUSE`, `EACCES`).
 */
export async function openReceiver(
  port: number,
  rules: ReceiverRules = RECEIVER_RULES,
  now: () => number = Date.now,
): Promise<Receiver> {
  const routes = new Map<ConnectionId, OpenRoute>()
  const strays = new TokenBucket(rules.strayRate, now())

  /** The route of this path. All are compared, so that the time tells nothing. */
  const routeOf = (url: string): OpenRoute | null => {
    const path = url.split('?', 1)[0] ?? ''
    const secret = path.startsWith(PATH) ? path.slice(PATH.length) : ''
    let found: OpenRoute | null = null
    for (const route of routes.values()) if (isSecret(secret, route.pathDigest)) found = route
    return found
  }

  const judge = async (request: IncomingMessage, response: ServerResponse): Promise<Refusal | null> => {
    const route = routeOf(request.url ?? '')
    if (route === null) {
      const waitMs = strays.take(now())
      if (waitMs > 0) return { status: 429, retryAfterMs: waitMs }
      if (request.method === 'POST')
        for (const one of routes.values())
          one.refuse(
            'came to another path than this connection’s. Give the sender the address that is shown here.',
          )
      return { status: 404 }
    }
    const refused = (refusal: Refusal, reason: string): Refusal => {
      route.refuse(reason)
      return refusal
    }
    const waitMs = route.bucket.take(now())
    if (waitMs > 0)
      return refused(
        { status: 429, retryAfterMs: waitMs },
        `came while there were more than ${rules.rate.perSec} a second.`,
      )
    if (request.method !== 'POST')
      return refused({ status: 405 }, `was a ${request.method ?? ''} request: deliveries are POSTed.`)
    const body = await readBody(request, response, rules.maxBodyBytes)
    if (body === 'too_large')
      return refused({ status: 413 }, `was larger than ${rules.maxBodyBytes / 1024} KiB.`)
    // The path or the key may have been changed while the body came in.
    if (routeOf(request.url ?? '') !== route) return { status: 404 }
    if (route.hmacKey !== null && !isSigned(body, headerOf(request, route.hmacHeader), route.hmacKey))
      return refused(
        { status: 401 },
        request.headers[route.hmacHeader] === undefined
          ? `has no signature in "${route.hmacHeader}". Set the header's name as the sender has it.`
          : 'was signed with another secret. Enter the sender’s signing secret again.',
      )
    const read = readDelivery(body)
    if (!read.ok) return refused({ status: read.status }, read.reason)
    if (route.accept(read.delivery) === 'taken') return null
    return refused(
      { status: 503, retryAfterMs: 60_000 },
      'found too many others waiting. The next sync reads its call.',
    )
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A sender that goes away has nobody to be answered.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    judge(request, response).then(
      (refusal) => answer(response, refusal),
      () => request.destroy(),
    )
  }

  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: rules.headersMs,
      requestTimeout: rules.requestMs,
      keepAliveTimeout: rules.keepAliveMs,
      connectionsCheckingInterval: Math.min(1000, rules.headersMs / 2),
    },
    handle,
  )
  server.on('checkContinue', handle)
  server.maxConnections = rules.maxConnections
  await listen(server, port)
  // Listening, only single connections fail from here on.
  server.on('error', () => undefined)

  return {
    port: (server.address() as AddressInfo).port,
    setRoute: (id, route) => routes.set(id, { ...route, bucket: new TokenBucket(rules.rate, now()) }),
    removeRoute: (id) => {
      routes.delete(id)
      return routes.size
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** The body, whatever its type is said to be; no more than `maxBytes` of it are ever held. Rejects when it breaks off. */
async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<Buffer | 'too_large'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return 'too_large'
  if (request.headers.expect !== undefined) response.writeContinue()
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) {
        request.removeAllListeners('data').pause()
        chunks.length = 0
        resolve('too_large')
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(Buffer.concat(chunks)))
    request.once('close', () => reject(new Error('The sender went away.')))
  })
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** null: taken. A refused sender is not listened to any longer: what it still sends is never read. */
function answer(response: ServerResponse, refusal: Refusal | null): void {
  const { socket } = response
  if (response.destroyed || socket === null) return
  response.sendDate = false
  const headers: Record<string, string> = { 'Content-Length': '0' }
  if (refusal?.retryAfterMs !== undefined)
    headers['Retry-After'] = String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1000)))
  if (refusal !== null) headers.Connection = 'close'
  response.writeHead(refusal?.status ?? 202, headers)
  response.end()
}
