import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendBytes, sendText } from './server'

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
    ({ response, bytes, contentType }) => {
      response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.byteLength })
      response.write(bytes.subarray(0, bytes.byteLength >> 1), () => response.destroy())
    },
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
