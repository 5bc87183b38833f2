import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { EarmarkError } from '@contract'
import { afterEach, describe, expect, it, onTestFinished, test } from 'vitest'
import { isLoopbackAddress, isLoopbackUrl } from './addresses'
import { describeFailure } from './failures'
import { type FetchOptions, type Http, intoFile, openHttp } from './http'

const SECRET = 'sk-very-secret-0123456789'

let http: Http = openHttp({ loopbackOnly: true })
afterEach(() => {
  http.close()
  http = openHttp({ loopbackOnly: true })
})

function urlOf(
  server: Server | ReturnType<typeof createTcpServer>,
  scheme = 'http',
  host = '127.0.0.1',
): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `${scheme}://${host}:${address.port}`
}

async function started<S extends Server>(server: S): Promise<S> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return server
}

const serve = async (handle: RequestListener): Promise<string> => urlOf(await started(createServer(handle)))

const get = (url: string, more: Partial<FetchOptions> = {}) =>
  http.fetchJson({
    url,
    headers: {},
    secretHeaders: { Authorization: `Bearer ${SECRET}` },
    maxBytes: 1_000_000,
    ...more,
  })

/** The error's code, after checking that its sentence can be shown to anyone. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await problemOf(work)
  return error.code
}

async function problemOf(work: Promise<unknown>): Promise<EarmarkError> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof EarmarkError)) throw error
    expect(JSON.stringify([error.message, error.details])).not.toContain(SECRET)
    expect(error.message).toMatch(/\.$/)
    return error
  }
  throw new Error('It did not fail.')
}

describe('an answer', () => {
  it('comes with status, headers in lower case and parsed JSON, and brought the headers and secrets along', async () => {
    const seen: unknown[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers['x-more'])
      response.setHeader('X-Thing', 'yes')
      response.end('{"a":[1]}')
    })
    const answer = await get(`${url}/x`, { headers: { 'x-more': '1' } })
    expect(answer).toMatchObject({
      status: 200,
      body: { kind: 'json', value: { a: [1] } },
      headers: { 'x-thing': 'yes' },
    })
    expect(seen).toEqual([`Bearer ${SECRET}`, '1'])
  })

  test.each<[string, string, string, object]>([
    ['HTML', 'text/html', '<!doctype html>', { kind: 'html' }],
    ['HTML that calls itself JSON', 'application/json', ' <html>', { kind: 'html' }],
    ['nothing', 'application/json', '', { kind: 'empty' }],
    ['blanks', 'application/json', '  \n', { kind: 'empty' }],
    ['words', 'text/plain', 'Unauthorized', { kind: 'text' }],
    ['half of a JSON', 'text/plain', '{"a": [1, 2', { kind: 'broken' }],
    ['words that call themselves JSON', 'application/json; charset=utf-8', 'oops', { kind: 'broken' }],
    ['JSON without a type', '', '[]', { kind: 'json', value: [] }],
    ['JSON behind a byte order mark', 'application/json', '\ufeff{"a":1}', { kind: 'json', value: { a: 1 } }],
    [
      'ids beyond what numbers hold',
      'application/json',
      '{"id": 90071992547409931}',
      { kind: 'json', value: { id: '90071992547409931' } },
    ],
  ])('with %s is told apart', async (_, type, text, body) => {
    const url = await serve((_request, response) => {
      if (type !== '') response.setHeader('content-type', type)
      response.end(text)
    })
    expect((await get(url)).body).toEqual(body)
  })

  it.each([200, 204, 400, 401, 404, 429, 500])('with status %i is an answer', async (status) => {
    const url = await serve((_request, response) => response.writeHead(status).end())
    expect((await get(url)).status).toBe(status)
  })

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('packed with %s is unpacked', async (encoding, pack) => {
    const url = await serve((_request, response) => {
      response.setHeader('content-encoding', encoding)
      response.end(pack('{"packed":true}'))
    })
    expect((await get(url)).body).toEqual({ kind: 'json', value: { packed: true } })
  })

  it('packed in an unknown way, or damaged, is the vendor’s error', async () => {
    const strange = await serve((_request, response) =>
      response.setHeader('content-encoding', 'zip').end('x'),
    )
    expect(await codeOf(get(strange))).toBe('vendor_error')
    const damaged = await serve((_request, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(9999)).subarray(0, 20)),
    )
    expect((await problemOf(get(damaged))).details.transient).toBe(true)
  })

  it('that repeats the secret has it taken out', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(401).end(`{"detail":"Key ${SECRET} is unknown"}`),
    )
    expect((await get(url)).body).toEqual({ kind: 'json', value: { detail: 'Key [secret] is unknown' } })
  })

  it('after a kept connection was closed by the other side comes over a new one', async () => {
    let requests = 0
    const served = new WeakSet<Socket>()
    const url = await serve((request, response) => {
      // As a server whose idle time-out strikes just when the next request arrives.
      if (served.has(request.socket)) return void request.socket.resetAndDestroy()
      served.add(request.socket)
      response.end(`{"n":${++requests}}`)
    })
    await get(url)
    expect((await get(url)).body).toEqual({ kind: 'json', value: { n: 2 } })
  })
})

describe('too much', () => {
  it('is not read to its end', async () => {
    const url = await serve((_request, response) => response.end(`"${'x'.repeat(2_000_000)}"`))
    expect((await problemOf(get(url))).message).toMatch(/larger than 1 MB/)
  })

  it('in the headers alone is refused, and says so', async () => {
    const url = await serve((_request, response) =>
      response.setHeader('x-much', 'x'.repeat(20_000)).end('{}'),
    )
    const problem = await problemOf(get(url))
    expect(problem.code).toBe('too_large')
    expect(problem.message).toMatch(/more headers than 16 KB and was not read/)
  })

  it('is noticed behind a small packed answer', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const url = await serve((_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb))
    expect(await codeOf(get(url))).toBe('too_large')
  })
})

describe('time-outs', () => {
  it('say who was silent, while connecting', async () => {
    // Its backlog is not accepted by TLS: the TCP connection stands, the secure one never does.
    const server = createTcpServer(() => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const error = await problemOf(get(urlOf(server, 'https'), { connectTimeoutMs: 60 }))
    expect(error).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/^No connection to 127\.0\.0\.1:\d+ within 0\.1 s/),
    })
  })

  it('count between pieces, before the first and after some', async () => {
    const silent = await serve(() => {})
    expect(await codeOf(get(silent, { idleTimeoutMs: 50 }))).toBe('timeout')
    const stalled = await serve((_request, response) => response.write('{"a":'))
    const error = await problemOf(get(stalled, { idleTimeoutMs: 50 }))
    expect(error).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('sent nothing for'),
      details: { transient: true },
    })
  })

  it('do not strike while pieces keep coming, until the time for everything is over', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    })
    const error = await problemOf(get(url, { idleTimeoutMs: 1000, totalTimeoutMs: 150 }))
    expect(error.message).toContain('was not complete after')
  })
})

describe('stopping', () => {
  it('ends a request that is under way, and lets none begin', async () => {
    const controller = new AbortController()
    const url = await serve((_request, response) => {
      response.write('{')
      controller.abort()
    })
    expect(await codeOf(get(url, { signal: controller.signal }))).toBe('cancelled')
    expect(await codeOf(get(url, { signal: controller.signal }))).toBe('cancelled')
  })
})

describe('redirects', () => {
  it('within the origin are followed, with the secrets', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization)
      if (request.url === '/a') response.writeHead(308, { location: '/b' }).end()
      else response.end('{}')
    })
    expect((await get(`${url}/a`)).status).toBe(200)
    expect(seen).toEqual([`Bearer ${SECRET}`, `Bearer ${SECRET}`])
  })

  it('to another host, port or scheme are not followed, and the message says where they lead', async () => {
    let strangers = 0
    const other = await serve((_request, response) => {
      strangers++
      response.end('{}')
    })
    for (const location of [
      `${other}/x`,
      other.replace('127.0.0.1', 'localhost'),
      other.replace('http', 'https'),
    ]) {
      const url = await serve((_request, response) => response.writeHead(301, { location }).end())
      const error = await problemOf(get(url))
      expect(error.code).toBe('redirected_away')
      expect(error.message).toContain(new URL(location).host)
    }
    expect(strangers).toBe(0)
  })

  it('without end are given up, and one without a place is an answer', async () => {
    const loop = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end())
    expect(await codeOf(get(loop))).toBe('vendor_error')
    const nowhere = await serve((_request, response) => response.writeHead(302).end())
    expect((await get(nowhere)).status).toBe(302)
  })
})

describe('a host that can not be reached', () => {
  it('is named, with what to check', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const closed = urlOf(server)
    await new Promise((resolve) => server.close(resolve))
    const error = await problemOf(get(closed))
    expect(error).toMatchObject({ code: 'unreachable', details: { transient: true, reason: 'ECONNREFUSED' } })
    expect(error.message).toContain('nothing answers at that port')
  })

  it('breaks off before or within an answer', async () => {
    const before = await serve((request) => request.socket.resetAndDestroy())
    expect(await codeOf(get(before))).toBe('unreachable')
    const within = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{', () => response.socket?.resetAndDestroy())
    })
    expect((await problemOf(get(within))).message).toContain('broke off')
  })

  it('speaks something else than HTTP, or no HTTPS', async () => {
    const server = createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    expect(await codeOf(get(urlOf(server)))).toBe('not_this_vendor')
    const plain = await serve((_request, response) => response.end('{}'))
    expect((await problemOf(get(plain.replace('http:', 'https:')))).message).toContain('does not speak HTTPS')
  })

  it('has no address', () => {
    const thrown = Object.assign(new Error('getaddrinfo ENOTFOUND api.example'), { code: 'ENOTFOUND' })
    expect(describeFailure(thrown, new URL('https://api.example/x'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('api.example can not be reached: there is no such host'),
    })
  })

  it('is told from what is not the network: such errors are handed on', () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    expect(describeFailure(full, new URL('https://api.example/x'))).toBe(full)
  })
})

test('a key that can not stand in a header is said to be so, without naming it', async () => {
  const url = await serve((_request, response) => response.end('{}'))
  expect(await codeOf(get(url, { secretHeaders: { Authorization: `${SECRET}\nx` } }))).toBe('invalid_input')
})

describe('certificates', () => {
  const file = (name: string) =>
    readFileSync(join(import.meta.dirname, '../../e2e/vendors/fixtures/tls', name), 'utf8')
  const serveTls = async (cert: string) =>
    urlOf(
      await started(
        createTlsServer({ key: file('server.key'), cert: file(cert) }, (_request, response) =>
          response.end('{}'),
        ),
      ),
      'https',
      'localhost',
    )

  test.each([
    ['self-signed.pem', 'it is self-signed'],
    ['expired.pem', 'it has expired'],
    ['wrong-host.pem', 'it was made out to another host'],
  ])('%s is refused: %s', async (cert, words) => {
    setDefaultCACertificates([file('ca.pem')])
    const error = await problemOf(get(await serveTls(cert)))
    expect(error.code).toBe('certificate')
    expect(error.message).toContain(words)
    expect(error.message).toContain('localhost:')
  })

  it('by an unknown authority are refused, by a trusted one accepted', async () => {
    setDefaultCACertificates([file('self-signed.pem')])
    const url = await serveTls('good.pem')
    expect((await problemOf(get(url))).message).toMatch(/authority|chain/)
    setDefaultCACertificates([file('ca.pem')])
    http.close()
    http = openHttp({ loopbackOnly: true })
    expect((await get(url)).status).toBe(200)
  })
})

describe('on the stand-in for Electron', () => {
  it('only this computer is contacted: addresses, and names by what they resolve to', async () => {
    expect(await codeOf(get('http://192.0.2.1/'))).toBe('loopback_only')
    expect(await codeOf(get('http://[2001:db8::1]/'))).toBe('loopback_only')
    expect(await codeOf(http.download({ url: 'http://198.51.100.7/a', sink: () => {}, maxBytes: 1 }))).toBe(
      'loopback_only',
    )
    const url = await serve((_request, response) => response.end('{}'))
    expect((await get(url.replace('127.0.0.1', 'localhost'))).status).toBe(200)
  })

  it('a name that belongs to another address is not contacted', async () => {
    // The machine's own name resolves without a network; loopback for some, another address for others.
    const { loopbackLookup } = await import('./addresses')
    const outcome = await new Promise((resolve) =>
      loopbackLookup('192.0.2.1', { all: true }, (error) => resolve(error)),
    )
    expect(outcome).toMatchObject({ code: 'loopback_only' })
  })

  test.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:192.0.2.1', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['localhost', false],
  ])('%s is this computer’s own address: %s', (address, isOwn) => {
    expect(isLoopbackAddress(address)).toBe(isOwn)
  })

  test.each([
    ['http://localhost:80', true],
    ['http://api.localhost', true],
    ['http://127.0.0.1:9/x', true],
    ['http://[::1]:9', true],
    ['http://2130706433/', true],
    ['http://localhost.example', false],
    ['https://api.example', false],
    ['nonsense', false],
  ])('%s is written as loopback: %s', (url, isOwn) => {
    expect(isLoopbackUrl(url)).toBe(isOwn)
  })

  it('is what an environment variable says', async () => {
    process.env.EARMARK_LOOPBACK_ONLY = '1'
    onTestFinished(() => {
      delete process.env.EARMARK_LOOPBACK_ONLY
    })
    const bound = openHttp()
    expect(
      await codeOf(
        bound.fetchJson({ url: 'http://192.0.2.1/', headers: {}, secretHeaders: {}, maxBytes: 1 }),
      ),
    ).toBe('loopback_only')
  })
})

describe('a download', () => {
  const AUDIO = Buffer.from('RIFF....WAVE'.repeat(50_000))
  const save = async (url: string, more: object = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-download-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'a.part')
    const file = await open(path, 'w')
    const progress: (number | null)[][] = []
    try {
      const onProgress = (received: number, total: number | null) => void progress.push([received, total])
      const done = await http.download({
        url,
        sink: intoFile(file),
        maxBytes: 10_000_000,
        onProgress,
        ...more,
      })
      return { ...done, written: readFileSync(path), progress }
    } finally {
      await file.close()
    }
  }

  it('lands in the file as it is, with progress, type and length, and without anything that identifies', async () => {
    let headers: object = {}
    const url = await serve((request, response) => {
      headers = request.headers
      response.writeHead(200, { 'content-type': 'Audio/WAV; x=1', 'content-length': AUDIO.byteLength })
      response.end(AUDIO)
    })
    const { bytes, contentType, written, progress } = await save(url)
    expect({ bytes, contentType }).toEqual({ bytes: AUDIO.byteLength, contentType: 'audio/wav' })
    expect(written.equals(AUDIO)).toBe(true)
    expect(progress.at(-1)).toEqual([AUDIO.byteLength, AUDIO.byteLength])
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  it('follows redirects to other hosts, but to nothing else than the web', async () => {
    const other = await serve((_request, response) => response.end(AUDIO))
    const url = await serve((_request, response) => response.writeHead(302, { location: `${other}/a` }).end())
    expect((await save(url)).bytes).toBe(AUDIO.byteLength)
    const file = await serve((_request, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    )
    expect(await codeOf(save(file))).toBe('recording_missing')
    const loop = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
    expect(await codeOf(save(loop))).toBe('vendor_error')
  })

  test.each([
    [401, 'recording_missing', false],
    [403, 'recording_missing', false],
    [404, 'recording_missing', false],
    [410, 'recording_missing', false],
    [204, 'recording_missing', false],
    [429, 'rate_limited', true],
    [500, 'vendor_error', true],
  ])('answered with %i is %s', async (status, code, isTransient) => {
    const url = await serve((_request, response) => response.writeHead(status).end('x'))
    const error = await problemOf(save(url))
    expect([error.code, error.details.transient === true]).toEqual([code, isTransient])
  })

  it('that is too large stops: when it says so, and when it does not', async () => {
    const stated = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': AUDIO.byteLength }).end(AUDIO),
    )
    expect(await codeOf(save(stated, { maxBytes: 1000 }))).toBe('too_large')
    const silent = await serve((_request, response) => {
      response.writeHead(200)
      response.write(AUDIO)
      response.end()
    })
    expect(await codeOf(save(silent, { maxBytes: 1000 }))).toBe('too_large')
  })

  it('that is cut short or stalls is no success', async () => {
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': AUDIO.byteLength })
      response.write(AUDIO.subarray(0, 1000), () => response.destroy())
    })
    expect(await codeOf(save(cut))).toBe('unreachable')
    const stalled = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': AUDIO.byteLength })
      response.write(AUDIO.subarray(0, 1000))
    })
    expect(await codeOf(save(stalled, { idleTimeoutMs: 50 }))).toBe('timeout')
  })

  it('hands on what the sink throws, a full disk for example', async () => {
    const url = await serve((_request, response) => response.end(AUDIO))
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const sink = () => Promise.reject(full)
    await expect(http.download({ url, sink, maxBytes: 10_000_000 })).rejects.toBe(full)
  })
})
