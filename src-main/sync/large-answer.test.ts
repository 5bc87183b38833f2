import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listConnections, listRuns } from '../connections/queries'
import { checkIndex } from '../search/search-index'
import { openSyncEngine } from './engine'
import { connectTo, QUICK_RETRY, type TestBackend, testBackend } from './testing'
import { buildChild } from './testing-process'

const MEGABYTE = 1024 * 1024
/** A call that never ended: the largest that vendors were seen to give. */
const LARGEST = 5 * MEGABYTE
const USUAL = 10_000
const isLong = process.env.EARMARK_LONG === '1'
const LARGEST_EVERY = isLong ? 4000 : Number.POSITIVE_INFINITY
const SECRETS = { apiKey: 'malakai-key-0123456789', accessToken: 'malakai-token-0123456789' }
const WORDS = 'the caller asked for another day because nobody had told her that the office moves'.split(' ')

/** A log of about so many bytes, different for each number. */
function logOf(number: number, bytes: number): string {
  const said = (turn: number) =>
    Array.from({ length: 40 }, (_, at) => WORDS[(number * 7 + turn * 3 + at) % WORDS.length]).join(' ')
  const turns = Math.max(1, Math.round(bytes / 300))
  return JSON.stringify({
    session_id: `session-${number}`,
    status: 'completed',
    call_duration: number % 900,
    transcript: {
      conversation: Array.from({ length: turns }, (_, turn) => ({
        role: turn % 2 ? 'user' : 'assistant',
        content: ` ${said(turn)}`,
      })),
    },
  })
}

interface Wire {
  /** Writes, and waits where the other side is slow. Answers false once nobody listens. */
  write: (text: string) => Promise<boolean>
  response: ServerResponse
}

let answer: (wire: Wire) => Promise<void>
let requests = 0
const server = createServer((request, response) => {
  requests += 1
  expect(request.headers['x-access-token']).toBe(SECRETS.accessToken)
  let goOn: () => void = () => undefined
  response.on('drain', () => goOn()).on('close', () => goOn())
  const write = async (text: string) => {
    if (!response.writable) return false
    if (!response.write(text) && !response.closed)
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
    return response.writable
  }
  void answer({ write, response }).catch((error: unknown) => response.destroy(error as Error))
})
let url = ''
let backend: TestBackend
let id = ''

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  requests = 0
  backend = await testBackend()
  id = (await connectTo(backend, 'malakai', { url, campaigns: ['inbound-1'], ...SECRETS })).id
})
afterEach(() => backend.close())

const number = (sql: string) => Number(backend.db.prepare(sql).pluck().get())
const sync = () => openSyncEngine(backend, QUICK_RETRY).start(id, { recordings: 'none', secrets: null }).ended

/** A whole answer of so many logs; answers how many bytes it had. */
async function sendLogs({ write, response }: Wire, count: number, bytes: number): Promise<number> {
  response.setHeader('content-type', 'application/json')
  let sent = 0
  const send = async (text: string) => {
    sent += text.length
    return await write(text)
  }
  await send('{"responseCode":2000,"message":"Logs","data":{"analytics":{"Total Contacts":1},"logs":[')
  for (let at = 0; at < count; at += 1)
    // Now and then one that is as large as a day of talking.
    if (
      !(await send(
        `${at === 0 ? '' : ','}${logOf(at, at % LARGEST_EVERY === LARGEST_EVERY - 1 ? LARGEST : bytes)}`,
      ))
    )
      break
  await send(']}}')
  response.end()
  return sent
}

describe('an answer of any size', () => {
  const [megabytes, limitMb] = isLong ? [1024, 400] : [60, 400]

  test(`of ${megabytes} MB is synced in less than ${limitMb} MB of memory`, async () => {
    const count = Math.ceil(
      (megabytes * MEGABYTE) / (logOf(0, USUAL).length + logOf(0, LARGEST).length / LARGEST_EVERY),
    )
    let sent = 0
    answer = async (wire) => {
      sent = await sendLogs(wire, count, USUAL)
    }
    const child = await buildChild()
    try {
      const startedMs = Date.now()
      const ended = await child.start(backend.paths.root, id, SECRETS).ended
      const seconds = (Date.now() - startedMs) / 1000
      process.stdout.write(
        `  ${(sent / MEGABYTE).toFixed(0)} MB, ${count} calls: peak ${ended?.peakMb.toFixed(0)} MB, ${seconds.toFixed(1)} s, ${ended?.cpuSec.toFixed(1)} s of processor\n`,
      )
      expect(ended?.result).toMatchObject({ outcome: 'done', counts: { listed: count, added: count } })
      expect(sent / MEGABYTE).toBeGreaterThan(megabytes * 0.9)
      expect(number('SELECT count(*) FROM calls')).toBe(count)
      expect(listConnections(backend.db)[0]?.campaigns[0]?.info).toMatchObject({
        analytics: { 'Total Contacts': 1 },
      })
      expect(ended?.peakMb).toBeLessThan(limitMb)
    } finally {
      child.remove()
    }
  }, 900_000)

  test('that breaks off keeps what came, says how much that was, marks nothing gone, and is read again next time', async () => {
    answer = async (wire) => void (await sendLogs(wire, 7000, 100))
    expect((await sync()).outcome).toBe('done')
    answer = async ({ write, response }) => {
      await write('{"responseCode":2000,"data":{"logs":[')
      for (let at = 1000; at < 7500; at += 1) await write(`${at === 1000 ? '' : ','}${logOf(at, 100)}`)
      await write('{"session_id":"half')
      response.end()
    }
    requests = 0
    const broken = await sync()
    expect(broken.outcome).toBe('failed')
    expect(broken.problem).toMatch(
      /broke off before its end.*The first 6,400 calls of it are kept; sync again/,
    )
    expect(requests).toBe(1)
    // Of the 7000 there were, from the 1001st on.
    expect(broken.counts).toMatchObject({ listed: 6400, added: 400, unchanged: 6000 })
    expect(number('SELECT count(*) FROM calls')).toBe(7400)
    expect(number('SELECT count(*) FROM calls WHERE gone_since_ms IS NOT NULL')).toBe(0)

    answer = async (wire) => void (await sendLogs(wire, 6000, 100))
    const whole = await sync()
    expect(whole).toMatchObject({ outcome: 'done', counts: { listed: 6000, added: 0, unchanged: 6000 } })
    expect(number('SELECT count(*) FROM calls WHERE gone_since_ms IS NOT NULL')).toBe(1400)
    expect(checkIndex(backend.db)).toBeNull()
  }, 60_000)

  test('that breaks off early is asked for again at once, and counted once', async () => {
    let asked = 0
    answer = async (wire) => {
      asked += 1
      if (asked > 1) return void (await sendLogs(wire, 900, 100))
      await wire.write('{"responseCode":2000,"data":{"logs":[')
      for (let at = 0; at < 700; at += 1) await wire.write(`${at === 0 ? '' : ','}${logOf(at, 100)}`)
      wire.response.destroy()
    }
    expect(await sync()).toMatchObject({ outcome: 'done', counts: { listed: 900, added: 900, unchanged: 0 } })
    expect(asked).toBe(2)
  })

  test.each([
    ['before its rows stores none of them', true],
    ['behind its rows stores none of a small answer', false],
  ])('whose code says no %s, and says so', async (_, isBefore) => {
    const code = '"responseCode":4010,"message":"Unathorized acess"'
    const rows = `"data":{"logs":[${Array.from({ length: isBefore ? 900 : 150 }, (_, at) => logOf(at, 100))}]}`
    answer = async ({ write, response }) => {
      await write(isBefore ? `{${code},${rows}}` : `{${rows},${code}}`)
      response.end()
    }
    const { outcome, problem } = await sync()
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/4010/)
    expect(number('SELECT count(*) FROM calls')).toBe(0)
  })

  test('whose code says no behind thousands of rows keeps those, and says no nevertheless', async () => {
    answer = async ({ write, response }) => {
      await write('{"data":{"logs":[')
      for (let at = 0; at < 900; at += 1) await write(`${at === 0 ? '' : ','}${logOf(at, 100)}`)
      await write(']},"responseCode":5001,"message":"timeout"}')
      response.end()
    }
    const { outcome, problem } = await sync()
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/5001.*The first 800 calls of it are kept/)
    expect(number('SELECT count(*) FROM calls')).toBe(800)
    expect(listRuns(backend.db, id, 1)[0]).toMatchObject({ outcome: 'failed', problem })
  }, 30_000)

  test('has a row set aside that is too long, one that is too deep, and one that is no JSON, and the others read', async () => {
    const deep = `{"session_id":"deep","x":${'['.repeat(2000)}${']'.repeat(2000)}}`
    answer = async ({ write, response }) => {
      await write(
        `{"responseCode":2000,"data":[${logOf(1, 100)},${deep},{"session_id":nul},{"session_id":"long","x":"`,
      )
      for (let at = 0; at < 33; at += 1) await write('y'.repeat(MEGABYTE))
      await write(`"},${logOf(2, 100)}]}`)
      response.end()
    }
    expect(await sync()).toMatchObject({ outcome: 'done', counts: { added: 2, quarantined: 3 } })
    const aside = backend.db.prepare<[], string>('SELECT reason FROM quarantine ORDER BY id').pluck().all()
    expect(aside.map((reason) => reason.slice(0, 40))).toEqual([
      'The record is nested more than 1000 leve',
      'The record is not JSON. Only its beginni',
      'The record is larger than 32 MB (34 MB).',
    ])
    expect(number('SELECT max(length(raw)) FROM quarantine')).toBeLessThan(21_000)
  }, 30_000)

  test('that repeats a secret has it taken out, wherever its pieces are cut', async () => {
    const text = JSON.stringify({
      message: `Hello ${SECRETS.apiKey}`,
      responseCode: 2000,
      data: {
        analytics: { token: SECRETS.accessToken },
        logs: [{ ...JSON.parse(logOf(1, 100)), note: `Bearer ${SECRETS.apiKey} x` }],
      },
    })
    answer = async ({ write, response }) => {
      response.socket?.setNoDelay(true)
      for (let at = 0; at < text.length; at += 11) {
        await write(text.slice(at, at + 11))
        await new Promise(setImmediate)
      }
      response.end()
    }
    expect((await sync()).outcome).toBe('done')
    const all = JSON.stringify(
      ['calls', 'revisions', 'campaigns', 'turns'].map((table) =>
        backend.db.prepare(`SELECT * FROM ${table}`).all(),
      ),
    )
    for (const secret of Object.values(SECRETS)) expect(all).not.toContain(secret)
    expect(all).toContain('[secret]')
  })

  test('that unpacks to white space without end is given up soon', async () => {
    answer = async ({ response }) => {
      response.setHeader('content-encoding', 'gzip')
      const closed = once(response, 'close')
      const gzip = createGzip()
      gzip.pipe(response)
      response.once('close', () => gzip.destroy())
      gzip.write('{"responseCode":2000,"data":{"logs":[')
      for (let at = 0; at < 40 && response.writable; at += 1)
        if (!gzip.write(Buffer.alloc(MEGABYTE, ' '))) await Promise.race([once(gzip, 'drain'), closed])
      gzip.end()
    }
    const { outcome, problem } = await sync()
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/white space for a megabyte and was not read to its end/)
  }, 30_000)

  test('that unpacks to one row over and over is given up as no list of calls', async () => {
    answer = async ({ response }) => {
      response.setHeader('content-encoding', 'gzip')
      const closed = once(response, 'close')
      const gzip = createGzip({ level: 9 })
      gzip.pipe(response)
      response.once('close', () => gzip.destroy())
      const rows = Buffer.from('{},'.repeat(100_000))
      gzip.write('{"responseCode":4000,"data":{"logs":[')
      for (let at = 0; at < 400 && response.writable; at += 1)
        if (!gzip.write(rows)) await Promise.race([once(gzip, 'drain'), closed])
      gzip.end()
    }
    const { outcome, problem } = await sync()
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/unpacks to more than 300 times its size/)
  }, 60_000)
})
