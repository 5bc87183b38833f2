import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on this computer that nobody has a reason to ask; counts who does all the same. */
export interface Listener {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Method and path of each request, oldest first. */
  readonly requests: readonly string[]
  /** Connections, with a request or without. */
  readonly connections: () => number
  close: () => Promise<void>
}

export async function startListener(): Promise<Listener> {
  const requests: string[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    // What a page could use, so that nothing fails for want of permission.
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' })
    response.end('globalThis.__executed = "fetched"')
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
