import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'

/** How large a campaign's answer is to be made. */
export interface HugeAnswer {
  /** At least so many bytes of JSON, and at most one row more. */
  bytes: number
  isGzipped?: boolean
}

export interface SentAnswer {
  rows: number
  bytes: number
}

/**
 * An answer of Malakai's in pieces: rows are made from `row` by their number, so that nothing but one piece is ever
 * held. Answers how much it was.
 */
export async function sendHugeAnswer(
  response: ServerResponse,
  { bytes: wanted, isGzipped = false }: HugeAnswer,
  row: (place: number) => unknown,
): Promise<SentAnswer> {
  response.writeHead(200, {
    'content-type': 'application/json',
    ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
  })
  const gzip = isGzipped ? createGzip({ level: 1 }) : null
  gzip?.pipe(response)
  const target = gzip ?? response
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const sent: SentAnswer = { rows: 0, bytes: 0 }
  let piece =
    '{"responseCode":2000,"message":"Inbound campaign logs fetched successfully","data":{"analytics":{},"logs":['
  const flush = async () => {
    sent.bytes += Buffer.byteLength(piece)
    const goesOn = target.write(piece)
    piece = ''
    // The client may have gone away: nobody waits for it then.
    if (!goesOn) await once(target, 'drain', { signal: gone.signal })
  }
  try {
    while (sent.bytes + piece.length < wanted && !gone.signal.aborted) {
      piece += `${sent.rows === 0 ? '' : ','}${JSON.stringify(row(sent.rows))}`
      sent.rows += 1
      if (piece.length > 256 * 1024) await flush()
    }
    piece += ']}}'
    await flush()
  } catch (error) {
    if (!gone.signal.aborted) throw error
  }
  target.end()
  return sent
}
