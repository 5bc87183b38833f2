import { createHmac } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { QueueRules } from './delivery-queue'
import { QUEUE_RULES } from './delivery-queue'
import { RECEIVER_RULES, type ReceiverRules } from './receiver'

/** The rules of a receiver without its patience. For tests. */
export const quickReceiver: ReceiverRules = {
  ...RECEIVER_RULES,
  headersMs: 100,
  requestMs: 150,
}

export const quickQueue: QueueRules = { ...QUEUE_RULES, baseMs: 1, capMs: 5, tellMs: 20 }

/** The body of Prosper's "target finished". */
export const finished = (callLogId: unknown, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    campaign_id: 'campaign-1',
    call_log_id: callLogId,
    target_id: 77,
    attempt: 1,
    max_attempts: 3,
    next_attempt_scheduled: false,
    ...more,
  })

export const signatureOf = (body: string, key: string): string =>
  createHmac('sha256', key).update(body).digest('hex')

/** Posts and answers the status. */
export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}

/**
 * Sends bytes as they are and answers everything that comes back until the other side ends. `onData` sees each piece
 * of it, and may send more.
 */
export function raw(
  port: number,
  parts: Iterable<string | Buffer>,
  onData: (socket: Socket, text: string) => void = () => undefined,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      answer += text
      onData(socket, text)
    })
    // Whoever is refused while still sending may see the connection broken instead of its end.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
    const rest = parts[Symbol.iterator]()
    const send = () => {
      for (;;) {
        const next = rest.next()
        if (next.done || socket.destroyed) return
        if (!socket.write(next.value)) {
          socket.once('drain', send)
          return
        }
      }
    }
    socket.on('connect', send)
  })
}
