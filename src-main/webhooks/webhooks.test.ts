import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { WebhookStatus } from '@contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ProsperSimulator, startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { remove } from '../connections/manage'
import { describeConnection, listRuns } from '../connections/queries'
import { openSyncEngine, type SyncEngine } from '../sync/engine'
import { connectTo, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from '../sync/testing'
import { RECEIVER_RULES } from './receiver'
import { finished, post, quickQueue, raw, signatureOf } from './testing'
import { openWebhooks, type WebhookChange, type Webhooks } from './webhooks'

const HMAC = 'signing-secret-4711'

let backend: TestBackend
let engine: SyncEngine
let simulator: ProsperSimulator
let webhooks: Webhooks
let id: string

const open = (): Webhooks =>
  openWebhooks(backend, engine, { rules: { queue: quickQueue, newsMs: 5, portRetryMs: 10 } })

beforeEach(async () => {
  backend = await testBackend()
  backend.emit = (event) => {
    backend.events.push(event)
    webhooks?.follow(event)
  }
  simulator = await startProsperSimulator({ calls: 20, recordings: quickRecordings })
  id = (await connectTo(backend, 'prosper', simulator)).id
  engine = openSyncEngine(backend, QUICK_RETRY)
  webhooks = open()
})
afterEach(async () => {
  await webhooks.close()
  await engine.close()
  await simulator.close()
  backend.close()
})

const set = (change: Partial<WebhookChange> = {}): Promise<WebhookStatus> =>
  webhooks.set({
    connectionId: id,
    isEnabled: true,
    port: null,
    hmacSecret: null,
    removeHmac: false,
    ...change,
  })

async function enabled(change: Partial<WebhookChange> = {}): Promise<string> {
  const { url, problem } = await set(change)
  if (url === null) throw new Error(problem ?? 'It does not listen.')
  return url
}

const callIds = () => backend.db.prepare('SELECT external_id FROM calls ORDER BY pk').pluck().all()
const portOf = (url: string) => Number(new URL(url).port)
const secretOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)

/** A port that somebody else has. */
async function takenPort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    free: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describe('a webhook', () => {
  it('is off until somebody switches it on, and has a random address of this computer then', async () => {
    expect(webhooks.status(id)).toEqual({
      connectionId: id,
      isEnabled: false,
      isListening: false,
      port: null,
      url: null,
      hasHmac: false,
      hmacHeader: 'x-signature',
      accepted: 0,
      refused: 0,
      lastAt: null,
      problem: null,
    })
    const status = await set()
    expect(status).toMatchObject({ isEnabled: true, isListening: true, problem: null })
    expect(status.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/webhooks\/[A-Za-z0-9_-]{43}$/)
    expect(backend.events).toContainEqual({ type: 'webhooks.changed', connectionId: id })
  })

  it('reads the announced call at once, and once however often it is announced', async () => {
    const url = await enabled()
    const [first] = simulator.calls
    const body = finished(first?.id)
    expect(await post(url, body)).toBe(202)
    expect(await post(url, body)).toBe(202)
    await webhooks.idle()
    expect(await post(url, body)).toBe(202)
    await webhooks.idle()
    expect(callIds()).toEqual([String(first?.id)])
    const asked = simulator.requests.filter(({ path }) => path.includes(`/call-logs/${first?.id}`))
    expect(asked).toHaveLength(1)
    expect(webhooks.status(id)).toMatchObject({ accepted: 3, refused: 0, problem: null })
    expect(webhooks.status(id).lastAt).not.toBeNull()
    expect(backend.events).toContainEqual({ type: 'calls.changed' })
    expect(listRuns(backend.db, id, 9)).toMatchObject([
      { trigger: 'webhook', outcome: 'done', counts: { listed: 1, added: 1 }, problem: null },
    ])
    // It was no sync: the next one reads all that there is.
    expect(describeConnection(backend.db, id).lastRun).toBeNull()
    expect((await engine.start(id, { recordings: 'none', secrets: null }).ended).counts.added).toBe(19)
  })

  it('is read by the sync that goes on, which is not interrupted', async () => {
    const url = await enabled()
    const { ended } = engine.start(id, { recordings: 'none', secrets: null })
    const [added] = simulator.addCalls(1)
    expect(await post(url, finished(added?.id))).toBe(202)
    await webhooks.idle()
    expect(callIds()).toContain(String(added?.id))
    expect(await ended).toMatchObject({ outcome: 'done' })
    expect(listRuns(backend.db, id, 9).map(({ outcome }) => outcome)).toEqual(['done', 'done'])
  })

  it('says which call the vendor does not have, and that the next sync looks again', async () => {
    const url = await enabled()
    expect(await post(url, finished(987_654_321))).toBe(202)
    await vi.waitFor(() => expect(listRuns(backend.db, id, 9)).toHaveLength(1))
    const problem =
      'The vendor has no call 987654321, which a delivery announced. The next sync reads what is missing.'
    expect(webhooks.status(id).problem).toBe(problem)
    expect(listRuns(backend.db, id, 9)).toMatchObject([{ trigger: 'webhook', outcome: 'failed', problem }])
    // A later delivery that works takes the complaint away.
    await post(url, finished(simulator.calls[0]?.id))
    await webhooks.idle()
    expect(webhooks.status(id).problem).toBeNull()
  })

  it('does not read calls of campaigns that the connection is not set to', async () => {
    const url = await enabled()
    expect(await post(url, finished(simulator.calls[0]?.id, { campaign_id: 'another' }))).toBe(202)
    await webhooks.idle()
    expect(callIds()).toEqual([])
    expect(webhooks.status(id).problem).toMatch(
      /of campaign another, which is none of "Clinic": it was not read/,
    )
  })

  it('with a signing secret takes signed deliveries only, until the secret is removed', async () => {
    const url = await enabled({ hmacSecret: HMAC, hmacHeader: 'X-Prosper-Signature' })
    const body = finished(simulator.calls[0]?.id)
    expect(await post(url, body)).toBe(401)
    expect(webhooks.status(id)).toMatchObject({
      hasHmac: true,
      hmacHeader: 'x-prosper-signature',
      refused: 1,
      problem: expect.stringContaining('it has no signature in "x-prosper-signature"'),
    })
    expect(await post(url, body, { 'x-prosper-signature': signatureOf(body, HMAC) })).toBe(202)
    // Other settings leave it as it is.
    expect(await post(await enabled(), body)).toBe(401)
    expect(await set({ removeHmac: true })).toMatchObject({ hasHmac: false, url })
    expect(await post(url, body)).toBe(202)
    expect([...backend.secrets.entries.values()]).not.toContain(HMAC)
    await expect(set({ removeHmac: true, hmacSecret: HMAC })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('gets a new address when asked, and the old one is dead at once', async () => {
    const before = await enabled()
    const { url: after } = await webhooks.renew(id)
    expect(after).not.toBe(before)
    expect(portOf(after ?? '')).toBe(portOf(before))
    expect(await post(before, finished(1))).toBe(404)
    expect(await post(after ?? '', finished(simulator.calls[0]?.id))).toBe(202)
  })

  it('keeps its address when it is switched off and on, and when Earmark starts again', async () => {
    const url = await enabled({ hmacSecret: HMAC })
    expect(await set({ isEnabled: false })).toMatchObject({ isListening: false, url: null, problem: null })
    await expect(post(url, '{}')).rejects.toThrow()
    expect(await enabled()).toBe(url)
    await webhooks.close()
    await expect(post(url, '{}')).rejects.toThrow()
    webhooks = open()
    expect(webhooks.status(id)).toMatchObject({
      isEnabled: true,
      isListening: false,
      url: null,
      hasHmac: true,
    })
    await webhooks.begin()
    expect(webhooks.status(id)).toMatchObject({ isListening: true, url })
  })

  it('stops with its connection, whose keychain entries go too', async () => {
    const url = await enabled({ hmacSecret: HMAC })
    await remove(backend, id)
    await webhooks.idle()
    await expect(post(url, finished(1))).rejects.toThrow()
    expect(backend.secrets.entries.size).toBe(0)
    expect(() => webhooks.status(id)).toThrow(/not there any more/)
    // Connected anew under the same name, it begins switched off.
    const anew = await connectTo(backend, 'prosper', simulator)
    expect(anew.id).toBe(id)
    expect(webhooks.status(id)).toMatchObject({ isEnabled: false, hasHmac: false, accepted: 0 })
  })

  it('is only for connections whose vendor announces calls, and whose key is kept', async () => {
    const malakai = await startMalakaiSimulator({ calls: 1 })
    try {
      const other = await connectTo(backend, 'malakai', malakai, { name: 'Inbound' })
      await expect(set({ connectionId: other.id })).rejects.toThrow(
        'Malakai announces no calls, so "Inbound" can\'t have a webhook. Let it sync by a schedule instead.',
      )
      expect(webhooks.status(other.id)).toMatchObject({ isEnabled: false })
      await expect(set({ connectionId: 'zzzzzzzzzzzz' })).rejects.toMatchObject({ code: 'not_found' })
    } finally {
      await malakai.close()
    }
  })
})

describe('a port', () => {
  it('that another program has is told with what to do, and taken as soon as it is free', async () => {
    const { port, free } = await takenPort()
    expect(await set({ port })).toMatchObject({
      isEnabled: true,
      isListening: false,
      url: null,
      problem: `Another program uses port ${port}. Choose another port for the webhook, or close that program: Earmark tries again every minute.`,
    })
    await free()
    await vi.waitFor(() => expect(webhooks.status(id)).toMatchObject({ isListening: true, problem: null }))
    expect(webhooks.status(id).url).toContain(`:${port}/`)
  })

  it('that was free last time gives way to another where it is taken now', async () => {
    const url = await enabled()
    await webhooks.close()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(portOf(url), '127.0.0.1', resolve))
    try {
      webhooks = open()
      await webhooks.begin()
      const now = webhooks.status(id)
      expect(now).toMatchObject({ isListening: true, problem: null })
      expect(now.url).not.toBe(url)
      expect(secretOf(now.url ?? '')).toBe(secretOf(url))
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('is shared by connections that agree on it, each with its own path', async () => {
    const second = await connectTo(backend, 'prosper', simulator, { name: 'Renewals' })
    const first = await enabled()
    const other = await enabled({ connectionId: second.id })
    expect(portOf(other)).toBe(portOf(first))
    expect(secretOf(other)).not.toBe(secretOf(first))
    await post(other, finished(simulator.calls[0]?.id))
    await webhooks.idle()
    expect(backend.db.prepare('SELECT connection_id FROM calls').pluck().all()).toEqual([second.id])
    // One that leaves does not take the other along, nor when a port is chosen that is in use already.
    await set({ isEnabled: false })
    expect(await post(other, finished(2))).toBe(202)
    const chosen = await enabled({ port: portOf(other) })
    expect(await post(chosen, finished(3))).toBe(202)
    await set({ connectionId: second.id, isEnabled: false })
    expect(await post(chosen, finished(4))).toBe(202)
    await set({ isEnabled: false })
    await expect(post(chosen, finished(5))).rejects.toThrow()
  })
})

describe('a keychain', () => {
  it('that is locked keeps the webhook silent and says so; a sync that could use it starts it', async () => {
    const url = await enabled()
    await webhooks.close()
    const { get } = backend.secrets
    const { EarmarkError } = await import('@contract')
    backend.secrets.get = () => Promise.reject(new EarmarkError('keychain_unavailable', 'It is locked.'))
    webhooks = open()
    await webhooks.begin()
    expect(webhooks.status(id)).toMatchObject({
      isEnabled: true,
      isListening: false,
      url: null,
      problem: expect.stringContaining('keychain is locked'),
    })
    await expect(set({ hmacSecret: null })).rejects.toMatchObject({ code: 'keychain_unavailable' })
    // It can be switched off all the same.
    expect(await set({ isEnabled: false })).toMatchObject({ isEnabled: false, problem: null })
    backend.db.prepare('UPDATE webhooks SET is_enabled = 1').run()
    await webhooks.begin()
    backend.secrets.get = get
    await engine.start(id, { recordings: 'none', secrets: null }).ended
    await vi.waitFor(() =>
      expect(webhooks.status(id)).toMatchObject({ isListening: true, url, problem: null }),
    )
  })

  it('that lost the signing secret lets nothing unsigned in', async () => {
    await enabled({ hmacSecret: HMAC })
    await webhooks.close()
    await backend.secrets.remove(`${id}/webhookHmac`)
    webhooks = open()
    await webhooks.begin()
    expect(webhooks.status(id)).toMatchObject({
      isListening: false,
      problem: expect.stringMatching(
        /does not hold this webhook’s signing secret.*Enter it again, or remove it/,
      ),
    })
    expect(await set({ removeHmac: true })).toMatchObject({ isListening: true, problem: null })
  })

  it('that lost the address says so; a new one is made when asked', async () => {
    await enabled()
    await webhooks.close()
    await backend.secrets.remove(`${id}/webhookPath`)
    webhooks = open()
    await webhooks.begin()
    expect(webhooks.status(id).problem).toMatch(
      /does not hold this webhook’s address any more.*Make a new address/,
    )
    expect(await webhooks.renew(id)).toMatchObject({ isListening: true, problem: null })
  })
})

/** A repeatable stream of numbers from 0 to 1 ("mulberry32"). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

it('10,000 random requests neither stop the webhook nor bring its secrets into a file, an event or the console', async () => {
  const said: string[] = []
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
  )
  try {
    await webhooks.close()
    const rate = { perSec: 1e6, burst: 1e6 }
    webhooks = openWebhooks(backend, engine, {
      rules: {
        queue: quickQueue,
        newsMs: 5,
        receiver: { ...RECEIVER_RULES, rate, strayRate: rate, requestMs: 500, headersMs: 400 },
      },
    })
    const url = await enabled({ hmacSecret: HMAC })
    const path = new URL(url).pathname
    const next = random(20_260_101)
    const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T
    const noise = (most: number) => Buffer.from(Array.from({ length: next() * most }, () => next() * 256))
    const request = (): Buffer => {
      const id = pick([simulator.calls[0]?.id, 1, -1, 1e300, null, true, '../../x', '\u0000', '💥', [], {}])
      const body = pick([
        () => Buffer.from(finished(id)),
        () => Buffer.from(`{"call_log_id":${'9'.repeat(next() * 400)},"__proto__":{"x":1}}`),
        () => noise(200),
        () => Buffer.from('['.repeat(next() * 2000)),
        () => Buffer.alloc(0),
      ])()
      const signature = pick([
        signatureOf(body.toString(), HMAC),
        signatureOf('', HMAC),
        noise(40)
          .toString('latin1')
          .replace(/[^ -~]/g, '?'),
      ])
      const lines = [
        `${pick(['POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS', 'P\u0001ST', 'CONNECT'])} ${pick([path, path, path, `${path}?a=b`, '/', '*', `${path}${noise(20).toString('hex')}`, `http://x${path}`, path.slice(0, -1)])} HTTP/1.${pick(['1', '1', '0', '9'])}`,
        `Host: ${pick(['127.0.0.1', 'evil.example', ''])}`,
        `X-Signature: ${signature}`,
        pick([
          `Content-Length: ${body.length}`,
          `Content-Length: ${body.length}`,
          `Content-Length: ${pick([-1, 1e9, 'x'])}`,
          'Transfer-Encoding: chunked',
          'Expect: 100-continue',
          'Upgrade: websocket\r\nConnection: Upgrade',
        ]),
        pick(['Connection: close', `X-Long: ${'y'.repeat(next() * 20_000)}`, 'A: b']),
      ]
      const whole = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
      return next() < 0.1 ? noise(300) : whole
    }
    // On a few connections at a time, several requests on each, ended by the sender.
    const PER_SOCKET = 10
    const one = () => {
      const parts = Array.from({ length: PER_SOCKET }, request)
      return raw(portOf(url), [...parts, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'])
    }
    const answers: string[] = []
    for (let sockets = 0; sockets < 10_000 / PER_SOCKET; sockets += 40)
      answers.push(...(await Promise.all(Array.from({ length: 40 }, one))))
    await webhooks.idle()
    expect(answers).toHaveLength(1000)

    const body = finished(simulator.calls[3]?.id, { attempt: 2 })
    expect(await post(url, body, { 'x-signature': signatureOf(body, HMAC) })).toBe(202)
    await webhooks.idle()
    expect(callIds()).toContain(String(simulator.calls[3]?.id))
    await webhooks.close()
    backend.db.pragma('wal_checkpoint(TRUNCATE)')
    const secrets = [secretOf(url), HMAC, simulator.apiKey]
    const places = [
      ...filesBelow(backend.paths.root).map((file) => [file, readFileSync(file, 'latin1')]),
      ['events', JSON.stringify(backend.events)],
      ['console', said.join('')],
      ['answers', answers.join('')],
    ] as const
    expect(places.length).toBeGreaterThan(4)
    for (const [place, text] of places)
      for (const secret of secrets) if (text.includes(secret)) expect(place).toBe('clean')
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}, 60_000)
