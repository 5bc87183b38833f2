import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { codeFaults, type DataFault, dataFaults } from './data-faults'
import { type RecordingFault, recordingFaults } from './recording-faults'
import { sendText } from './server'

/** An answer of a simulator, ready to be sent: what a transport fault does with it. */
export interface Outgoing {
  response: ServerResponse
  status: number
  json: string
  /** A host that is not the vendor's. */
  otherUrl: string
  /** Path and query of the request. */
  target: string
  /** Of the request. */
  headers: IncomingHttpHeaders
}

/** Spoils how an answer arrives. */
export interface TransportFault {
  kind: 'transport'
  about: string
  /** How many answers it spoils; null: all. */
  times: number | null
  send: (outgoing: Outgoing) => void
  /** Whether the answer arrives whole nevertheless. */
  isWhole?: boolean
}

export type Fault = TransportFault | DataFault | RecordingFault

const half = (json: string): Buffer => {
  const bytes = Buffer.from(json)
  return bytes.subarray(0, Math.max(1, Math.floor(bytes.byteLength / 2)))
}

const JSON_TYPE = { 'content-type': 'application/json' }

const transport = (about: string, times: number | null, send: TransportFault['send']): TransportFault => ({
  kind: 'transport',
  about,
  times,
  send,
})

/** Arrives whole, in a way of its own. */
const whole = (about: string, times: number | null, send: TransportFault['send']): TransportFault => ({
  ...transport(about, times, send),
  isWhole: true,
})

/** Bytes that a server of ours would not send, straight into the connection, which then ends. */
function sendRaw({ response }: Outgoing, bytes: string | Buffer): void {
  response.socket?.end(bytes)
}

const transportFaults = {
  '500-then-success': transport('One 500, then all is well.', 1, ({ response }) =>
    sendText(response, 500, '{"detail":"Internal Server Error"}', 'application/json'),
  ),
  '503-always': transport('503 with an HTML page, for ever.', null, ({ response }) =>
    sendText(response, 503, '<html><h1>Down for maintenance</h1></html>', 'text/html'),
  ),
  '401-always': transport('The key is refused, with a body that is not JSON.', null, ({ response }) =>
    sendText(response, 401, 'Unauthorized'),
  ),
  '403-always': transport('The key may not.', null, ({ response }) =>
    sendText(response, 403, '{"message":"Forbidden"}', 'application/json'),
  ),
  '429-seconds': transport('Too many requests, once: Retry-After in seconds.', 1, ({ response }) =>
    sendText(response, 429, 'slow down', 'text/plain', { 'retry-after': '1' }),
  ),
  '429-date': transport(
    'Too many requests, once: Retry-After as a date, one second ahead.',
    1,
    ({ response }) =>
      sendText(response, 429, '{}', 'application/json', {
        'retry-after': new Date(Date.now() + 1000).toUTCString(),
      }),
  ),
  '429-bare': transport('Too many requests, once, without saying for how long.', 1, ({ response }) =>
    sendText(response, 429, ''),
  ),
  'stalled-body': transport('Half of the body, then silence; once.', 1, ({ response, json }) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(json) })
    response.write(half(json))
  }),
  silent: transport('Takes the request and says nothing at all; once.', 1, () => {}),
  'reset-mid-body': transport(
    'The connection is reset in the middle of the body; once.',
    1,
    ({ response, json }) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(json) })
      response.write(half(json), () => response.socket?.resetAndDestroy())
    },
  ),
  'reset-at-once': transport('The connection is reset before an answer; once.', 1, ({ response }) => {
    response.socket?.resetAndDestroy()
  }),
  'truncated-json': transport(
    'A complete answer that holds half of the JSON; once.',
    1,
    ({ response, json }) => sendText(response, 200, half(json).toString('latin1'), 'application/json'),
  ),
  'html-200': transport(
    'A web page with status 200 (a log-in page of the network); once.',
    1,
    ({ response }) => sendText(response, 200, '<!doctype html><title>Please log in</title>', 'text/html'),
  ),
  'html-always': transport('A web page with status 200, for ever.', null, ({ response }) =>
    sendText(response, 200, '<!doctype html><title>Not an API</title>', 'text/html'),
  ),
  'empty-204': transport('204, nothing; once.', 1, ({ response }) => {
    response.writeHead(204)
    response.end()
  }),
  gzip: whole('Everything is gzipped.', null, ({ response, status, json }) => {
    const bytes = gzipSync(json)
    response.writeHead(status, {
      ...JSON_TYPE,
      'content-encoding': 'gzip',
      'content-length': bytes.byteLength,
    })
    response.end(bytes)
  }),
  'gzip-broken': transport('Says gzip and is cut short; once.', 1, ({ response, json }) => {
    const bytes = gzipSync(json)
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
    response.end(bytes.subarray(0, Math.floor(bytes.byteLength / 2)))
  }),
  'gzip-bomb': transport('300 MB of spaces in 300 kB.', null, ({ response }) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
    response.end(gzipBomb())
  }),
  'redirect-away': transport('301 to another host.', null, ({ response, otherUrl, target }) =>
    sendText(response, 301, '', 'text/plain', { location: otherUrl + target }),
  ),
  'redirect-here': transport('302 to the same path at the same host; once.', 1, ({ response, target }) =>
    sendText(response, 302, '', 'text/plain', { location: target }),
  ),
  'redirect-loop': transport('302 to itself, for ever.', null, ({ response, target }) =>
    sendText(response, 302, '', 'text/plain', { location: target }),
  ),
  '429-absurd': transport(
    'Too many requests, once: Retry-After says a thousand days, which nobody waits.',
    1,
    ({ response }) => sendText(response, 429, '', 'text/plain', { 'retry-after': '86400000' }),
  ),
  'header-flood': transport('Headers of 64 kB; once.', 1, (outgoing) => {
    const flood = Array.from({ length: 64 }, (_, at) => `x-flood-${at}: ${'a'.repeat(1000)}`)
    sendRaw(outgoing, `HTTP/1.1 200 OK\r\n${flood.join('\r\n')}\r\ncontent-length: 2\r\n\r\n{}`)
  }),
  'slow-drip': whole('The answer drips, in 40 pieces, 2 ms apart.', null, ({ response, status, json }) => {
    const bytes = Buffer.from(json)
    response.writeHead(status, { ...JSON_TYPE, 'content-length': bytes.byteLength })
    const size = Math.ceil(bytes.byteLength / 40)
    let sent = 0
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, sent + size))
      sent += size
      if (sent < bytes.byteLength) return
      clearInterval(timer)
      response.end()
    }, 2)
    response.on('close', () => clearInterval(timer))
  }),
  'length-too-short': transport('A Content-Length that is half of the answer; once.', 1, (outgoing) => {
    const bytes = Buffer.from(outgoing.json)
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.byteLength >> 1}\r\n\r\n`
    sendRaw(outgoing, Buffer.concat([Buffer.from(head), bytes]))
  }),
  'length-too-long': transport('A Content-Length that is twice the answer; once.', 1, (outgoing) => {
    const bytes = Buffer.from(outgoing.json)
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.byteLength * 2}\r\n\r\n`
    sendRaw(outgoing, Buffer.concat([Buffer.from(head), bytes]))
  }),
  'chunked-nonsense': transport('Chunks whose lengths are no numbers; once.', 1, (outgoing) =>
    sendRaw(
      outgoing,
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nmany\r\n${outgoing.json}\r\n0\r\n\r\n`,
    ),
  ),
  'not-http': transport('Something that is no HTTP; once.', 1, (outgoing) =>
    sendRaw(outgoing, 'SSH-2.0-OpenSSH_9.6\r\n'),
  ),
  'closed-after': whole(
    'Closes the connection after each answer without saying so.',
    null,
    ({ response, status, json }) => {
      const { socket } = response
      response.on('finish', () => socket?.end())
      sendText(response, status, json, 'application/json')
    },
  ),
  'packed-oddly': transport('Packed in a way that nobody knows.', null, ({ response, json }) =>
    sendText(response, 200, json, 'application/json', { 'content-encoding': 'pkzip' }),
  ),
  'echo-refusal': transport(
    'The key is refused, and the refusal repeats all that was sent, the secrets included.',
    null,
    ({ response, headers }) =>
      sendText(
        response,
        401,
        JSON.stringify({ detail: `Invalid credentials: ${JSON.stringify(headers)}`, headers }),
        'application/json',
      ),
  ),
  'echo-failure': transport(
    '500 with all that was sent, the secrets included, as a web page.',
    null,
    ({ response, headers }) => sendText(response, 500, `<pre>${JSON.stringify(headers)}</pre>`, 'text/html'),
  ),
  'echo-answer': whole(
    'An answer that repeats all that was sent, the secrets included.',
    null,
    ({ response, status, json, headers }) => {
      const echoed: unknown = JSON.parse(json)
      const said = typeof echoed === 'object' && echoed !== null ? { ...echoed, x_request: headers } : echoed
      sendText(response, status, JSON.stringify(said), 'application/json')
    },
  ),
} satisfies Record<string, TransportFault>

let bomb: Buffer | null = null
/** Zeros pack 1000 to 1; one member repeated is a valid gzip file (RFC 1952, 2.2). */
function gzipBomb(): Buffer {
  bomb ??= Buffer.concat(Array<Buffer>(30).fill(gzipSync(Buffer.alloc(10 * 1024 * 1024, ' '))))
  return bomb
}

/** Every fault by its name: what the simulators can be told to do wrong. */
export const FAULTS = {
  ...transportFaults,
  ...dataFaults,
  ...codeFaults,
  ...recordingFaults,
} satisfies Record<string, Fault>

export type FaultName = keyof typeof FAULTS

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name)

/**
 * A fault by its name; `times` overrides how many answers it spoils (null: all), `on` to which kind it is bound, `after`
 * says how many answers it lets pass before.
 */
export type FaultSetting =
  | FaultName
  | { name: FaultName; times?: number | null; on?: 'list' | 'detail'; after?: number }

/** The faults that are switched on, with how often each may still strike. */
export class Mischief {
  private active: { fault: Fault; left: number; on: 'list' | 'detail' | null; after: number }[] = []

  set(settings: readonly FaultSetting[]): void {
    this.active = settings.map((setting) => {
      const { name, times, on, after } = typeof setting === 'string' ? { name: setting } : setting
      const fault: Fault = FAULTS[name]
      const limit = times === undefined ? fault.times : times
      return { fault, left: limit ?? Number.POSITIVE_INFINITY, on: on ?? null, after: after ?? 0 }
    })
  }

  /** The faults of a kind that strike now; each has struck once more. `isPart`: a part of a recording is asked for. */
  strike<K extends Fault['kind']>(
    kind: K,
    on: 'list' | 'detail',
    isPart = false,
  ): Extract<Fault, { kind: K }>[] {
    const struck: Extract<Fault, { kind: K }>[] = []
    for (const entry of this.active) {
      const { fault, left } = entry
      if (!isOfKind(fault, kind) || left <= 0 || (entry.on !== null && entry.on !== on)) continue
      // Most data faults have nothing to spoil in a detail, and must not be used up by it.
      if (on === 'detail' && isForListsAlone(fault)) continue
      if (isForPartsAlone(fault) && !isPart) continue
      if (entry.after > 0) {
        entry.after--
        continue
      }
      entry.left--
      struck.push(fault)
      // An answer can be sent in one way only; what an answer says can be wrong in several.
      if (kind !== 'data') break
    }
    return struck
  }
}

const isForPartsAlone = (fault: Fault): boolean => fault.kind === 'recording' && fault.isForParts === true
const isForListsAlone = (fault: Fault): boolean =>
  fault.kind === 'data' && fault.record === undefined && fault.isMissing === undefined

function isOfKind<K extends Fault['kind']>(fault: Fault, kind: K): fault is Extract<Fault, { kind: K }> {
  return fault.kind === kind
}

/** Sends an answer as the first transport fault wants it, or as it is. Answers whether it went out whole. */
export function sendAnswer(mischief: Mischief, on: 'list' | 'detail', outgoing: Outgoing): boolean {
  const [fault] = mischief.strike('transport', on)
  if (fault === undefined) sendText(outgoing.response, outgoing.status, outgoing.json, 'application/json')
  else fault.send(outgoing)
  return fault === undefined || fault.isWhole === true
}
