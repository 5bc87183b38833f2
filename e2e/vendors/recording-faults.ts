import type { IncomingMessage, ServerResponse } from 'node:http'
import { etagOf, sendBytes, sendText } from './server'

/** A recording, ready to be sent. */
export interface OutgoingRecording {
  request: IncomingMessage
  response: ServerResponse
  bytes: Buffer
  contentType: string
  /** Another loopback host that has the recording too. */
  otherUrl: string
}

/** Spoils recordings. */
export interface RecordingFault {
  kind: 'recording'
  about: string
  /** How many answers it spoils; null: all. */
  times: number | null
  /** Strikes only where a part (`Range`) is asked for. */
  isForParts?: boolean
  send: (outgoing: OutgoingRecording) => void
}

const recording = (about: string, times: number | null, send: RecordingFault['send']): RecordingFault => ({
  kind: 'recording',
  about,
  times,
  send,
})

export const recordingFaults = {
  'recording-html': recording('A log-in page instead of audio, with status 200.', null, ({ response }) =>
    sendText(response, 200, '<!doctype html><title>Log in to hear this</title>', 'text/html'),
  ),
  'recording-empty': recording('0 bytes.', null, ({ response, contentType }) =>
    sendText(response, 200, '', contentType),
  ),
  'recording-cut-short': recording(
    'Half of what was promised, then the connection ends; once.',
    1,
    ({ response, bytes, contentType }) => sendHalf(response, bytes, contentType),
  ),
  'recording-changes': recording(
    'Half of another file, then the connection ends; the next request finds this one there; once.',
    1,
    // Complemented, so that no byte of it may stay; what it is shows in its beginning.
    ({ response, bytes, contentType }) =>
      sendHalf(
        response,
        Buffer.concat([bytes.subarray(0, 44), bytes.subarray(44).map((byte) => ~byte)]),
        contentType,
      ),
  ),
  'recording-no-ranges': recording(
    'Knows no ranges: always the whole, without an ETag.',
    null,
    ({ response, bytes, contentType }) => {
      response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.byteLength })
      response.end(bytes)
    },
  ),
  'recording-416': {
    ...recording('416 whenever a part is asked for.', null, ({ response, bytes }) =>
      sendText(response, 416, '', 'text/plain', { 'content-range': `bytes */${bytes.byteLength}` }),
    ),
    isForParts: true,
  },
  'recording-wrong-part': {
    ...recording('Another part than the one asked for, as 206.', null, ({ response, bytes, contentType }) => {
      const part = bytes.subarray(0, 100)
      response.writeHead(206, {
        'content-type': contentType,
        'content-length': part.byteLength,
        'content-range': `bytes 0-${part.byteLength - 1}/${bytes.byteLength}`,
        etag: etagOf(bytes),
      })
      response.end(part)
    }),
    isForParts: true,
  },
  'recording-reset': recording('The connection is reset before an answer; once.', 1, ({ response }) => {
    response.socket?.resetAndDestroy()
  }),
  'recording-429': recording('Too many requests, once.', 1, ({ response }) =>
    sendText(response, 429, '', 'text/plain', { 'retry-after': '1' }),
  ),
  'recording-wrong-type': recording(
    'Audio that calls itself text/html.',
    null,
    ({ request, response, bytes }) => sendBytes(request, response, bytes, 'text/html'),
  ),
  'recording-no-type': recording('Audio without a Content-Type or a length.', null, ({ response, bytes }) => {
    response.writeHead(200)
    response.write(bytes)
    response.end()
  }),
  'recording-slow': recording(
    'Comes in 20 pieces, 15 ms apart.',
    null,
    ({ response, bytes, contentType }) => {
      response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.byteLength })
      sendSlowly(response, bytes, 20, 15)
    },
  ),
  'recording-stalled': recording('Half of it, then silence; once.', 1, ({ response, bytes, contentType }) => {
    response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.byteLength })
    response.write(bytes.subarray(0, bytes.byteLength >> 1))
  }),
  'recording-404': recording('Not there.', null, ({ response }) => sendText(response, 404, 'Not found')),
  'recording-expired': recording(
    '403, as object storage answers to an expired address.',
    null,
    ({ response }) =>
      sendText(
        response,
        403,
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        'application/xml',
      ),
  ),
  'recording-503': recording('503; once.', 1, ({ response }) => sendText(response, 503, 'busy')),
  'recording-redirect': recording(
    '302 to another host, which has it; once.',
    1,
    ({ request, response, otherUrl }) =>
      sendText(response, 302, '', 'text/plain', { location: otherUrl + (request.url ?? '/') }),
  ),
} satisfies Record<string, RecordingFault>

/** Begins to send a file, with how it may be asked for again, and ends in the middle. */
function sendHalf(response: ServerResponse, bytes: Buffer, contentType: string): void {
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': bytes.byteLength,
    'accept-ranges': 'bytes',
    etag: etagOf(bytes),
  })
  // What was written goes out before the end, or the client would see nothing of it.
  response.write(bytes.subarray(0, bytes.byteLength >> 1), () => setImmediate(() => response.destroy()))
}

function sendSlowly(response: ServerResponse, bytes: Buffer, pieces: number, everyMs: number): void {
  const size = Math.ceil(bytes.byteLength / pieces)
  let sent = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + size))
    sent += size
    if (sent < bytes.byteLength) return
    clearInterval(timer)
    response.end()
  }, everyMs)
  response.on('close', () => clearInterval(timer))
}
