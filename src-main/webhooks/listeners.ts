import { type ConnectionId, EarmarkError } from '@contract'
import { openReceiver, type Receiver, type ReceiverRules, type Route } from './receiver'

/** What listens, by connection: connections whose ports agree share one server. */
export interface Listeners {
  /**
   * Puts a connection on a port, wherever it was before. `port: null`: the port that others without a choice have,
   * else `lastPort` where it is free, else any. Answers the port. Raises `conflict` for one that can't be had; the connection is then on none.
   */
  put: (id: ConnectionId, port: number | null, lastPort: number | null, route: Route) => Promise<number>
  /** Takes it off; a server that nobody needs any more stops. */
  drop: (id: ConnectionId) => Promise<void>
  portOf: (id: ConnectionId) => number | null
  close: () => Promise<void>
}

/** Calls of `put` and `drop` must not overlap. */
export function openListeners(rules: ReceiverRules, now: () => number): Listeners {
  const servers = new Map<number, Receiver>()
  /** Ports that nobody chose. */
  const anyPorts = new Set<number>()
  const places = new Map<ConnectionId, Receiver>()
  let isClosed = false

  const open = async (port: number): Promise<Receiver> => {
    const server = servers.get(port) ?? (await openReceiver(port, rules, now))
    if (isClosed) {
      await server.close()
      throw new EarmarkError('cancelled', 'Earmark is closing.')
    }
    servers.set(server.port, server)
    return server
  }

  const openAny = async (lastPort: number | null): Promise<Receiver> => {
    const [shared] = anyPorts
    if (shared !== undefined) return await open(shared)
    try {
      if (lastPort !== null) return await open(lastPort)
    } catch {
      // Somebody else has it now.
    }
    return await open(0)
  }

  const leave = async (id: ConnectionId, except: Receiver | null): Promise<void> => {
    const server = places.get(id)
    places.delete(id)
    if (server === undefined || server === except || server.removeRoute(id) > 0) return
    servers.delete(server.port)
    anyPorts.delete(server.port)
    await server.close()
  }

  return {
    put: async (id, port, lastPort, route) => {
      let server: Receiver
      try {
        server = port === null ? await openAny(lastPort) : await open(port)
      } catch (error) {
        await leave(id, null)
        throw unusable(port, error)
      }
      if (port === null) anyPorts.add(server.port)
      await leave(id, server)
      places.set(id, server)
      server.setRoute(id, route)
      return server.port
    },
    drop: (id) => leave(id, null),
    portOf: (id) => places.get(id)?.port ?? null,
    close: async () => {
      isClosed = true
      const all = [...servers.values()]
      servers.clear()
      places.clear()
      anyPorts.clear()
      await Promise.all(all.map((server) => server.close()))
    },
  }
}

function unusable(port: number | null, error: unknown): EarmarkError {
  if (error instanceof EarmarkError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (port === null)
    return new EarmarkError('conflict', `No port of this computer could be opened for webhooks (${code}).`)
  const why =
    code === 'EADDRINUSE'
      ? `Another program uses port ${port}. Choose another port for the webhook, or close that program: Earmark tries again every minute.`
      : code === 'EACCES'
        ? `The system does not allow Earmark to use port ${port}. Choose another port for the webhook.`
        : `Port ${port} can't be used for the webhook (${code}). Choose another port.`
  return new EarmarkError('conflict', why, { port })
}
