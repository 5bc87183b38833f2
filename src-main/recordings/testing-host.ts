import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A host with one recording, which answers as it is told. For tests. */
export interface TestHost {
  url: string
  host: string
  bytes: Buffer
  /** Whether ranges are understood. */
  hasRanges: boolean
  hasEtag: boolean
  /** After so many bytes of an answer the connection ends; null: never. */
  breakAfter: number | null
  /** Takes an answer over; false: as usual. */
  handle: (request: IncomingMessage, response: ServerResponse) => boolean
  /** `Authorization` that is wanted; null: none. */
  authorization: string | null
  readonly requests: {
    url: string
    range: string | undefined
    ifRange: string | undefined
    authorization: string | undefined
    readonly status: number
  }[]
  close: () => Promise<void>
}

export async function startTestHost(bytes: Buffer): Promise<TestHost> {
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers
    const ifRange = request.headers['if-range']
    host.requests.push({
      url: request.url ?? '',
      range,
      ifRange: typeof ifRange === 'string' ? ifRange : undefined,
      authorization,
      get status() {
        return response.statusCode
      },
    })
    if (host.handle(request, response)) return
    if (host.authorization !== null && authorization !== host.authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="recordings"' }).end('log in')
      return
    }
    const etag = `"${createHash('sha1').update(host.bytes).digest('hex')}"`
    const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN)
    const isPart = host.hasRanges && Number.isInteger(first) && (!host.hasEtag || ifRange === etag)
    if (isPart && first >= host.bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${host.bytes.length}` }).end()
      return
    }
    const body = host.bytes.subarray(isPart ? first : 0)
    response.writeHead(isPart ? 206 : 200, {
      'content-type': 'audio/wav',
      'content-length': body.length,
      ...(host.hasEtag ? { etag } : {}),
      ...(isPart ? { 'content-range': `bytes ${first}-${host.bytes.length - 1}/${host.bytes.length}` } : {}),
    })
    if (host.breakAfter !== null && host.breakAfter < body.length)
      response.write(body.subarray(0, host.breakAfter), () => setImmediate(() => response.destroy()))
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host: TestHost = {
    url: `http://127.0.0.1:${port}/recording`,
    host: `127.0.0.1:${port}`,
    bytes,
    hasRanges: true,
    hasEtag: true,
    breakAfter: null,
    handle: () => false,
    authorization: null,
    requests: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return host
}
