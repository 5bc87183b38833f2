import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EarmarkError } from '@contract'
import { bareHost, isLoopbackAddress, loopbackLookup, loopbackOnlyError } from './addresses'
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

export interface Limits {
  signal: AbortSignal | undefined
  /** From the start until the connection stands. */
  connectTimeoutMs: number
  /** Between two pieces of the answer. */
  idleTimeoutMs: number
  /** From the start to the end of the answer, redirects included. */
  totalTimeoutMs: number
  /** Of the answer after decompression. */
  maxBytes: number
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
  limits: Limits,
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

/**
 * The three time-outs and the caller's signal as one: whichever comes first destroys what is registered and
 * rejects the race.
 */
class Clock {
  private readonly timers = new Map<'connect' | 'idle' | 'total', NodeJS.Timeout>()
  private readonly destroyers: ((error: EarmarkError) => void)[] = []
  private failure: EarmarkError | null = null
  private readonly stopped: Promise<never>
  private rejectStopped: (error: EarmarkError) => void = () => {}
  private readonly onAbort = () => this.fail(new EarmarkError('cancelled', 'It was stopped.'))

  constructor(
    private readonly host: string,
    private readonly limits: Limits,
  ) {
    this.stopped = new Promise((_, reject) => {
      this.rejectStopped = reject
    })
    // Nobody may be waiting when it is over.
    this.stopped.catch(() => {})
    this.start('connect', limits.connectTimeoutMs, `No connection to ${host} within`)
    this.start('total', limits.totalTimeoutMs, `The answer of ${host} was not complete after`)
    if (limits.signal?.aborted) this.onAbort()
    limits.signal?.addEventListener('abort', this.onAbort, { once: true })
  }

  private start(name: 'connect' | 'idle' | 'total', ms: number, what: string): void {
    const give = () =>
      this.fail(
        new EarmarkError(
          'timeout',
          `${what} ${Math.round(ms / 100) / 10} s. Check the network, or try again later.`,
          { host: this.host, transient: true },
        ),
      )
    this.timers.set(name, setTimeout(give, ms))
  }

  /** The connection stands; from now on pieces are waited for. Also called when one has come. */
  alive(): void {
    clearTimeout(this.timers.get('connect'))
    const idle = this.timers.get('idle')
    if (idle !== undefined) idle.refresh()
    else if (this.failure === null)
      this.start('idle', this.limits.idleTimeoutMs, `${this.host} sent nothing for`)
  }

  /** While a piece is being consumed nothing is expected from the other side. */
  pause(): void {
    clearTimeout(this.timers.get('idle'))
    this.timers.delete('idle')
  }

  onFailure(destroy: (error: EarmarkError) => void): void {
    if (this.failure !== null) destroy(this.failure)
    else this.destroyers.push(destroy)
  }

  private fail(error: EarmarkError): void {
    if (this.failure !== null) return
    this.failure = error
    this.rejectStopped(error)
    for (const destroy of this.destroyers) destroy(error)
  }

  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.stopped])
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.limits.signal?.removeEventListener('abort', this.onAbort)
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
  if (body !== response) response.on('data', () => clock.alive())
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge(host, maxBytes)
      clock.pause()
      await consume(chunk)
      clock.alive()
    }
  } finally {
    response.destroy()
    body.destroy()
  }
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
        `${host} packs its answer in a way that Earmark can't unpack ("${encoding.slice(0, 40)}").`,
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
    `The answer of ${host} is larger than ${megabytes > 0 ? `${megabytes} MB` : `${maxBytes} bytes`} and was not read to its end.`,
    { host, maxBytes },
  )
}
