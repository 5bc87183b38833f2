import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { Delivery } from './delivery'
import { openReceiver, PATH, type Receiver, type ReceiverRules, type Route } from './receiver'
import { secretDigest } from './signature'
import { finished, post, quickReceiver, raw, signatureOf } from './testing'

const SECRET = 'a'.repeat(43)
const OTHER = 'b'.repeat(43)

let nowMs = 0
let receiver: Receiver
let taken: Delivery[]
let refused: string[]
let url: string

const route = (change: Partial<Route> = {}): Route => ({
  pathDigest: secretDigest(SECRET),
  hmacKey: null,
  hmacHeader: 'x-signature',
  accept: (delivery) => {
    taken.push(delivery)
    return 'taken'
  },
  refuse: (reason) => refused.push(reason),
  ...change,
})

async function open(change: Partial<Route> = {}, rules: Partial<ReceiverRules> = {}): Promise<void> {
  receiver = await openReceiver(0, { ...quickReceiver, ...rules }, () => nowMs)
  receiver.setRoute('aaaaaaaaaaaa', route(change))
  url = `http://127.0.0.1:${receiver.port}${PATH}${SECRET}`
}

beforeEach(() => {
  nowMs = 1_000_000
  taken = []
  refused = []
})
afterEach(() => receiver.close())

/** A body of exactly so many bytes that names a call. */
const bodyOf = (bytes: number): string => {
  const bare = finished(1, { padding: '' })
  return finished(1, { padding: 'x'.repeat(bytes - bare.length) })
}
const head = (path: string, ...headers: string[]) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`

describe('a delivery', () => {
  it('is taken whatever its type is said to be, and answered with nothing but 202', async () => {
    await open()
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/vnd.x+json',
    ])
      expect(await post(url, finished(type.length), { 'Content-Type': type })).toBe(202)
    const answer = await raw(receiver.port, [
      head(
        `${PATH}${SECRET}?from=relay`,
        `Content-Length: ${finished('9').length}`,
        'Origin: https://evil.example',
        'Connection: close',
      ),
      finished('9'),
    ])
    expect(answer).toBe('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    expect(taken.map(({ externalId }) => externalId)).toEqual(['16', '31', '10', '22', '9'])
    expect(taken[0]?.campaignId).toBe('campaign-1')
    expect(refused).toEqual([])
  })

  it('may have 65,536 bytes, and not one more', async () => {
    await open()
    expect(bodyOf(65_536)).toHaveLength(65_536)
    expect(await post(url, bodyOf(65_536))).toBe(202)
    expect(await post(url, bodyOf(65_537))).toBe(413)
    expect(taken).toHaveLength(1)
    expect(refused).toEqual(['was larger than 64 KiB.'])
  })

  it('without a stated length is stopped at the same size, however much would follow', async () => {
    await open()
    let sent = 0
    function* flood() {
      yield head(`${PATH}${SECRET}`, 'Transfer-Encoding: chunked')
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
      for (; sent < 64 * 1024; sent += 1) yield chunk
    }
    await raw(receiver.port, flood())
    expect(refused).toEqual(['was larger than 64 KiB.'])
    // A gigabyte was offered; a few buffers of it left the sender.
    expect(sent * 0x4000).toBeLessThan(32 * 1024 * 1024)
  })

  it('is told to send its body only where that may come', async () => {
    await open()
    const expects = (bytes: number, ...parts: string[]) =>
      raw(receiver.port, [
        head(`${PATH}${SECRET}`, 'Expect: 100-continue', `Content-Length: ${bytes}`, 'Connection: close'),
        ...parts,
      ])
    expect(await expects(65_537)).toMatch(/^HTTP\/1\.1 413 /)
    const body = finished(3)
    expect(await expects(body.length, body)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /)
  })

  it('that trickles in is cut off, in its head and in its body', async () => {
    await open()
    expect(await raw(receiver.port, [`POST ${PATH}${SECRET} HTTP/1.1\r\nHost:`])).toMatch(
      /^(HTTP\/1\.1 408 |$)/,
    )
    expect(
      await raw(receiver.port, [head(`${PATH}${SECRET}`, 'Content-Length: 100'), '{"call_log_id"']),
    ).toMatch(/^(HTTP\/1\.1 408 |$)/)
    expect(taken).toEqual([])
  })

  it.each([
    ['was no JSON.', 400, 'hello'],
    ['was no JSON.', 400, ''],
    ['names no call', 422, '{}'],
    ['names no call', 422, '[]'],
    ['names no call', 422, 'null'],
    ['names no call', 422, finished(null)],
    ['names no call', 422, finished('  ')],
    ['names no call', 422, finished({ id: 1 })],
    ['names no call', 422, finished('x'.repeat(201))],
  ])('that %s is refused with %i', async (reason, status, body) => {
    await open()
    expect(await post(url, body)).toBe(status)
    expect(refused).toEqual([expect.stringContaining(reason)])
    expect(taken).toEqual([])
  })

  it('keeps an id past 2^53 exact, needs no campaign, and survives a deep structure', async () => {
    await open()
    expect(await post(url, '{"call_log_id":12345678901234567891,"campaign_id":{"odd":1}}')).toBe(202)
    expect(await post(url, `{"call_log_id":5,"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toBe(202)
    expect(taken.map(({ externalId, campaignId }) => [externalId, campaignId])).toEqual([
      ['12345678901234567891', null],
      ['5', null],
    ])
  })

  it('that finds no room is asked to come back', async () => {
    await open({ accept: () => 'full' })
    const response = await fetch(url, { method: 'POST', body: finished(1) })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
  })

  it('that is no POST is refused', async () => {
    await open()
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(url, { method })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([405, null])
    }
  })
})

describe('the path', () => {
  it('is the only one that leads anywhere; all others get the same bytes', async () => {
    await open()
    const paths = [
      '/',
      PATH,
      `${PATH}${OTHER}`,
      `${PATH}${SECRET}x`,
      `${PATH}${SECRET.slice(1)}`,
      `${PATH}${SECRET}/`,
      `/x${PATH}${SECRET}`,
      `//127.0.0.1${PATH}${SECRET}`,
      `${PATH}%61${SECRET.slice(1)}`,
      `/WEBHOOKS/${SECRET}`,
    ]
    const body = finished(1)
    const answers = new Set<string>()
    for (const path of paths)
      answers.add(await raw(receiver.port, [head(path, `Content-Length: ${body.length}`), body]))
    expect([...answers]).toEqual(['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'])
    expect(taken).toEqual([])
    expect(refused).toHaveLength(paths.length)
  })

  it('stays open while wrong ones are tried, which are slowed down soon', async () => {
    await open()
    const wrong = url.replace(SECRET, OTHER)
    const statuses: number[] = []
    for (let i = 0; i < 25; i += 1) statuses.push(await post(wrong, finished(i)))
    expect(statuses.filter((status) => status === 404)).toHaveLength(20)
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429])
    expect(await post(url, finished(1))).toBe(202)
    nowMs += 1000
    expect(await post(wrong, finished(1))).toBe(404)
  })

  it('takes 100 at once and 20 a second after that, and says when to come back', async () => {
    await open()
    const statuses: number[] = []
    for (let i = 0; i < 101; i += 1) statuses.push(await post(url, finished(i)))
    expect(statuses.lastIndexOf(202)).toBe(99)
    const response = await fetch(url, { method: 'POST', body: finished(1) })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
    nowMs += 50
    expect(await post(url, finished(1))).toBe(202)
    expect(await post(url, finished(1))).toBe(429)
    // A clock that is set back makes nobody wait for it.
    nowMs -= 3_600_000
    expect(await post(url, finished(1))).toBe(429)
    nowMs += 1000
    expect(await post(url, finished(1))).toBe(202)
  })

  it('that was changed is refused at once, also for a delivery whose body is still coming', async () => {
    await open({}, { requestMs: 5_000 })
    const body = finished(1)
    const asks = head(`${PATH}${SECRET}`, 'Expect: 100-continue', `Content-Length: ${body.length}`)
    const answer = await raw(receiver.port, [asks], (socket, text) => {
      if (!text.includes('100 Continue')) return
      receiver.setRoute('aaaaaaaaaaaa', route({ pathDigest: secretDigest(OTHER) }))
      socket.write(body)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 404 /)
    expect(taken).toEqual([])
    expect(await post(url, body)).toBe(404)
    expect(await post(url.replace(SECRET, OTHER), body)).toBe(202)
  })
})

describe('a signed delivery', () => {
  const KEY = 'signing-secret-1234'
  const body = finished(1)
  const hex = signatureOf(body, KEY)
  const base64 = Buffer.from(hex, 'hex').toString('base64')

  test.each([
    ['hex', hex],
    ['upper case', hex.toUpperCase()],
    ['with its algorithm', `sha256=${hex}`],
    ['base64', base64],
    ['base64url', Buffer.from(hex, 'hex').toString('base64url')],
    ['base64 with its algorithm', `sha256=${base64}`],
    ['beside one of an older key', `v1=${signatureOf(body, 'older-key')}, v1=${hex}`],
  ])('is taken in the form: %s', async (_, signature) => {
    await open({ hmacKey: KEY })
    expect(await post(url, body, { 'X-Signature': signature })).toBe(202)
  })

  test.each([
    ['none', {}],
    ['an empty one', { 'X-Signature': '' }],
    ['another key’s', { 'X-Signature': signatureOf(body, 'another-key') }],
    ['another body’s', { 'X-Signature': signatureOf(`${body} `, KEY) }],
    ['half of it', { 'X-Signature': hex.slice(0, 32) }],
    ['one in another header', { 'X-Hub-Signature': hex }],
    ['one among a thousand', { 'X-Signature': `${'x '.repeat(600)}${hex}` }],
  ])('is refused with %s', async (_, headers) => {
    await open({ hmacKey: KEY })
    expect(await post(url, body, headers)).toBe(401)
    expect(taken).toEqual([])
    expect(refused.join()).not.toContain(KEY)
  })
})

it('a receiver that closes ends idle and busy connections at once, and frees its port', async () => {
  await open({}, { requestMs: 60_000, headersMs: 60_000, keepAliveMs: 60_000 })
  const { port } = receiver
  const idle = raw(port, [head(`${PATH}${SECRET}`, 'Content-Length: 17'), '{"call_log_id":1}'])
  const busy = raw(port, [head(`${PATH}${SECRET}`, 'Content-Length: 17'), '{'])
  while (taken.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await receiver.close()
  expect(await idle).toMatch(/^HTTP\/1\.1 202 /)
  expect(await busy).toBe('')
  receiver = await openReceiver(port, quickReceiver)
  expect(receiver.port).toBe(port)
})

it('a port that somebody has is told by the system’s code', async () => {
  await open()
  await expect(openReceiver(receiver.port, quickReceiver)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
