import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EarmarkError } from '@contract'
import { bareHost, isLoopbackAddress, loopbackLookup, loopbackOnlyError } from './addresses'
import { Clock, type Limits } from './deadlines'
import { describeFailure } from './failures'

/** Connections that are kept open between requests, and the rule whom to contact. */
export interface Connector {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  readonly loopbackOnly: boolean
}

export function openConnector(loopbackOnly: boolean): Connector {
  const options = { keepAlive: true, maxFreeSockets: 16, ...(loopbackOnly ? { lookup: loopbackLookup } : {}) }
  return { http: new HttpAgent(options), https: new HttpsAgent(options), loopbackOnly }
}

export interface Answer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
}

/**
 * One GET, to the end of its body. `onAnswer` hears of status and headers and says what to do with the body:
 * `null` drops it, a function gets it piece by piece, decompressed, and the next piece waits for it.
 * Throws EarmarkError: unreachable, certificate, timeout, too_large, loopback_only, cancelled, vendor_error.
 *
 * On node:http rather than fetch: a fetch can't be told which addresses to connect to, when to give up
 * connecting, or to hold its redirects back with the body unread; and sync decides about repeats and waits itself.
 */
export async function exchange(
  connector: Connector,
  url: URL,
  headers: Readonly<Record<string, string>>,
  limits: Limits & { /** Of the body after decompression. */ maxBytes: number },
  onAnswer: (answer: Answer) => ((chunk: Uint8Array) => Promise<void> | void) | null,
): Promise<Answer> {
  const host = bareHost(url.hostname)
  // Sockets look names up and take addresses as they are.
  if (connector.loopbackOnly && isIP(host) !== 0 && !isLoopbackAddress(host))
    throw loopbackOnlyError(url.host)

  const clock = new Clock(url.host, limits)
  try {
    return await clock.race(
      send(connector, url, headers, clock).then(async (response) => {
        const answer = { status: response.statusCode ?? 0, headers: plainHeaders(response) }
        const consume = onAnswer(answer)
        if (consume === null) response.destroy()
        else await readBody(response, answer, url.host, limits.maxBytes, clock, consume)
        return answer
      }),
    )
  } catch (thrown) {
    throw thrown instanceof EarmarkError ? thrown : describeFailure(thrown, url)
  } finally {
    clock.stop()
  }
}

function send(
  connector: Connector,
  url: URL,
  headers: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:'
    const attempt = (isRepeat: boolean) => {
      const options = {
        method: 'GET',
        headers: { ...headers },
        agent: isTls ? connector.https : connector.http,
      }
      const request = isTls ? httpsRequest(url, options) : httpRequest(url, options)
      clock.onFailure((error) => request.destroy(error))
      request.on('socket', (socket) => {
        if (request.reusedSocket) clock.alive()
        else socket.once(isTls ? 'secureConnect' : 'connect', () => clock.alive())
      })
      request.on('response', resolve)
      request.on('error', (error) => {
        // A kept connection may have been closed by the other side just before it was used again.
        const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
        if (isStale && !isRepeat) attempt(true)
        else reject(error)
      })
      request.end()
    }
    attempt(false)
  })
}

function plainHeaders(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
}

async function readBody(
  response: IncomingMessage,
  answer: Answer,
  host: string,
  maxBytes: number,
  clock: Clock,
  consume: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const body = decompressed(response, answer, host)
  clock.onFailure((error) => {
    response.destroy(error)
    body.destroy(error)
  })
  // A decompressor may swallow much before it gives something: what counts is what comes in.
  let packedBytes = 0
  if (body !== response)
    response.on('data', (chunk: Uint8Array) => {
      packedBytes += chunk.byteLength
      clock.alive()
    })
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(host, maxBytes)
      if (body !== response && bytes > PACKED_FREELY && bytes > packedBytes * MAX_PACKING) throw bomb(host)
      clock.pause()
      await consume(chunk)
      clock.alive()
    }
  } finally {
    response.destroy()
    body.destroy()
  }
}

/** Below this many bytes nobody asks how small an answer was on its way. */
const PACKED_FREELY = 64 * 1024 * 1024
/** Records pack 5 to 50 times; what packs more is one thing over and over, made to fill memory and disks. */
const MAX_PACKING = 300

function bomb(host: string): EarmarkError {
  return new EarmarkError(
    'too_large',
    `The answer of ${host} unpacks to more than ${MAX_PACKING} times its size, which no list of calls does. It was not read to its end. Check the base URL, or ask the vendor.`,
    { host },
  )
}

const DECODERS: Readonly<Record<string, () => Readable & NodeJS.WritableStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

function decompressed(response: IncomingMessage, answer: Answer, host: string): Readable {
  const encodings = (answer.headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  let stream: Readable = response
  for (const encoding of encodings.reverse()) {
    const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined
    if (create === undefined || encodings.length > 3) {
      response.destroy()
      throw new EarmarkError(
        'vendor_error',
        `${host} packs its answer in a way that Earmark can't unpack ("${encoding.slice(0, 40)}"). Check the base URL, or ask the vendor to send gzip.`,
        { host },
      )
    }
    const decoder = create()
    const before = stream
    before.on('error', (error) => decoder.destroy(error))
    stream = before.pipe(decoder)
  }
  return stream
}

/** The error for a body over the limit. */
export function tooLarge(host: string, maxBytes: number): EarmarkError {
  const megabytes = Math.round(maxBytes / 1024 / 1024)
  return new EarmarkError(
    'too_large',
    `The answer of ${host} is larger than ${megabytes > 0 ? `${megabytes} MB` : `${maxBytes} bytes`} and was not read to its end. Check the base URL, or ask the vendor.`,
    { host, maxBytes },
  )
}
