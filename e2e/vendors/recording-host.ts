import type { RecordingSource } from './audio'
import type { SimulatedCall } from './calls'
import { type FaultSetting, Mischief } from './faults'
import { type Loopback, listen, sendBytes, sendText } from './server'

export interface RecordingHost extends Loopback {
  /** Where a call's recording is; null when it has none. */
  urlOf(call: SimulatedCall): string | null
  setFaults(faults: readonly FaultSetting[]): void
  /** Requests in which a vendor's secret came along. There must be none; `close` throws when there were. */
  readonly leaks: readonly string[]
}

/**
 * A host like the object storage that vendors hand out addresses of: it knows no vendor's key, and remembers
 * every request that brings one of `secrets` (or any authorization).
 */
export async function startRecordingHost(options: {
  source: RecordingSource
  callOf: (key: string) => SimulatedCall | undefined
  keyOf: (call: SimulatedCall) => string
  secrets: readonly string[]
  port?: number
}): Promise<RecordingHost> {
  const leaks: string[] = []
  const mischief = new Mischief()
  let other: Loopback | null = null
  const start = (port: number, isOther: boolean) =>
    listen(port, (request, response, url) => {
      const everything = JSON.stringify([request.url, request.headers])
      const isLeak =
        'authorization' in request.headers ||
        'x-access-token' in request.headers ||
        options.secrets.some((secret) => everything.includes(secret))
      if (isLeak) {
        leaks.push(`${request.method} ${url.pathname}`)
        return sendText(response, 400, 'A vendor secret came to the recording host.')
      }
      const key = /^\/recordings\/([^/]+?)(?:\.[a-z0-9]+)?$/.exec(url.pathname)?.[1]
      const call = key === undefined ? undefined : options.callOf(decodeURIComponent(key))
      const recording = call === undefined ? null : options.source(call)
      if (recording === null) return sendText(response, 404, 'No such recording.')
      const [fault] = isOther ? [] : mischief.strike('recording', 'list')
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
    urlOf: (call) =>
      call.hasRecording ? `${host.url}/recordings/${encodeURIComponent(options.keyOf(call))}` : null,
    setFaults: (faults) => mischief.set(faults),
    async close() {
      await Promise.all([host.close(), other?.close()])
      if (leaks.length > 0) throw new Error(`Vendor secrets reached the recording host: ${leaks.join(', ')}`)
    },
  }
}
