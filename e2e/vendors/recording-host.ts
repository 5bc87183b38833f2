import type { IncomingMessage } from 'node:http'
import type { RecordingSource } from './audio'
import type { SimulatedCall } from './calls'
import { type FaultSetting, Mischief } from './faults'
import { type Loopback, listen, sendBytes, sendText } from './server'

/** The name and password that a recording host wants, by HTTP basic authentication (RFC 7617). */
export interface RecordingLogIn {
  username: string
  password: string
}

export interface RecordingHost extends Loopback {
  /** Where a call's recording is; null when it has none. Addresses that expire are new each time. */
  urlOf(call: SimulatedCall): string | null
  setFaults(faults: readonly FaultSetting[]): void
  /** The addresses handed out so far are refused from now on (403); only where they expire. */
  expire(): void
  /** Another log-in from now on; null: none. */
  setLogIn(logIn: RecordingLogIn | null): void
  /** Requests in which a vendor's secret came along. There must be none; `close` throws when there were. */
  readonly leaks: readonly string[]
}

/**
 * A host like the object storage that vendors hand out addresses of: it knows no vendor's key, and remembers
 * every request that brings one of `secrets` (or any authorization, where it wants none).
 */
export async function startRecordingHost(options: {
  source: RecordingSource
  callOf: (key: string) => SimulatedCall | undefined
  keyOf: (call: SimulatedCall) => string
  secrets: readonly string[]
  port?: number
  logIn?: RecordingLogIn | null
  /** Addresses carry a signature that `expire` makes worthless. */
  hasExpiringAddresses?: boolean
}): Promise<RecordingHost> {
  const { secrets, hasExpiringAddresses = false } = options
  const leaks: string[] = []
  const mischief = new Mischief()
  let other: Loopback | null = null
  let { logIn = null } = options
  let signatures = 0
  let expiredUpTo = 0

  const isRefused = (url: URL): boolean =>
    hasExpiringAddresses && !(Number(url.searchParams.get('signature')) > expiredUpTo)

  const start = (port: number, isOther: boolean) =>
    listen(port, (request, response, url) => {
      const { authorization } = request.headers
      const brought = JSON.stringify([request.url, request.headers, decodedBasic(authorization)])
      const isExpected = logIn !== null && !isOther && authorization?.startsWith('Basic ') === true
      const isLeak =
        (authorization !== undefined && !isExpected) ||
        'x-access-token' in request.headers ||
        secrets.some((secret) => brought.includes(secret))
      if (isLeak) {
        leaks.push(`${request.method} ${url.pathname}`)
        return sendText(response, 400, 'A vendor secret came to the recording host.')
      }
      if (logIn !== null && !isOther && decodedBasic(authorization) !== `${logIn.username}:${logIn.password}`)
        return sendText(response, 401, 'Log in.', 'text/plain', {
          'www-authenticate': 'Basic realm="recordings", charset="UTF-8"',
        })
      if (!isOther && isRefused(url))
        return sendText(response, 403, '<Error><Code>ExpiredToken</Code></Error>')
      const key = /^\/recordings\/([^/]+?)(?:\.[a-z0-9]+)?$/.exec(url.pathname)?.[1]
      const call = key === undefined ? undefined : options.callOf(decodeURIComponent(key))
      const recording = call === undefined ? null : options.source(call)
      if (recording === null) return sendText(response, 404, 'No such recording.')
      const [fault] = isOther ? [] : mischief.strike('recording', 'list', isPartAsked(request))
      if (fault === undefined) return sendBytes(request, response, recording.bytes, recording.contentType)
      fault.send({ request, response, ...recording, otherUrl: other?.url ?? '' })
    })
  const host = await start(options.port ?? 0, false)
  try {
    other = await start(0, true)
  } catch (error) {
    await host.close()
    throw error
  }
  return {
    url: host.url,
    requests: host.requests,
    get requestCount() {
      return host.requestCount
    },
    leaks,
    // Without an extension, as telephony providers do it: what it is has to be found out from the bytes.
    urlOf(call) {
      if (!call.hasRecording) return null
      const url = `${host.url}/recordings/${encodeURIComponent(options.keyOf(call))}`
      return hasExpiringAddresses ? `${url}?signature=${++signatures}` : url
    },
    setFaults: (faults) => mischief.set(faults),
    expire() {
      expiredUpTo = signatures
    },
    setLogIn(wanted) {
      logIn = wanted
    },
    async close() {
      await Promise.all([host.close(), other?.close()])
      if (leaks.length > 0) throw new Error(`Vendor secrets reached the recording host: ${leaks.join(', ')}`)
    },
  }
}

const isPartAsked = ({ headers }: IncomingMessage): boolean => headers.range !== undefined

/** "name:password" of a basic authorization; '' for anything else. */
const decodedBasic = (authorization: string | undefined): string =>
  Buffer.from(/^Basic (\S+)$/.exec(authorization ?? '')?.[1] ?? '', 'base64').toString('utf8')
