import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { recordingsFrom } from './audio'
import { makeCalls } from './calls'
import { BUILT_IN_DIALOGUES, readDialogues } from './dialogues'
import { type MalakaiSimulatorOptions, startMalakaiSimulator } from './malakai'
import { type ProsperSimulatorOptions, startProsperSimulator } from './prosper'
import { readSavedCalls } from './records'
import { listen, sendText } from './server'
import { sendTargetFinished } from './webhook-sender'

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'earmark-simulators-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

async function prosper(options: ProsperSimulatorOptions = {}) {
  const simulator = await startProsperSimulator({ calls: 130, campaigns: ['a'], ...options })
  onTestFinished(() => simulator.close())
  const get = async (
    path: string,
    headers: Record<string, string> = { authorization: `Bearer ${simulator.apiKey}` },
  ) => {
    const response = await fetch(simulator.url + path, { headers })
    return { status: response.status, json: await response.json() }
  }
  return { simulator, get }
}

async function malakai(options: MalakaiSimulatorOptions = {}) {
  const simulator = await startMalakaiSimulator({ calls: 12, campaigns: ['a'], ...options })
  onTestFinished(() => simulator.close())
  const secrets = { authorization: `Bearer ${simulator.apiKey}`, 'x-access-token': simulator.accessToken }
  const get = async (path: string, headers: Record<string, string> = secrets) => {
    const response = await fetch(simulator.url + path, { headers })
    return { status: response.status, json: await response.json() }
  }
  return { simulator, get }
}

const LIST = '/api/v1/campaigns/call-logs?campaign_id=a'

describe('the simulator of Prosper', () => {
  it('lists newest first, 20 a page unless asked for more', async () => {
    const { simulator, get } = await prosper()
    const { json } = await get(LIST)
    expect(json).toMatchObject({ total: 130, page: 1, page_size: 20 })
    expect(json.items.map((row: { call_log_id: number }) => String(row.call_log_id))).toEqual(
      simulator.externalIds.slice(0, 20),
    )
    expect((await get(`${LIST}&page=2&page_size=100`)).json.items).toHaveLength(30)
    expect((await get(`${LIST}&page=3&page_size=100`)).json).toMatchObject({ items: [], total: 130 })
  })

  it('wants the key, also in another header with another prefix', async () => {
    const { get } = await prosper()
    expect((await get(LIST, {})).status).toBe(401)
    expect((await get(LIST, { authorization: 'Bearer wrong' })).status).toBe(401)
    const custom = await prosper({ authHeader: 'X-Api-Key', authPrefix: '' })
    expect((await custom.get(LIST, { 'x-api-key': custom.simulator.apiKey })).status).toBe(200)
  })

  test.each([
    ['/api/v1/campaigns/call-logs', 422],
    [`${LIST}&page_size=101`, 422],
    [`${LIST}&page_size=0`, 422],
    [`${LIST}&page=0`, 422],
    [`${LIST}&page=x`, 422],
    [`${LIST}&from_date=yesterday`, 422],
    ['/api/v1/campaigns/call-logs?campaign_id=b', 404],
    ['/api/v1/call-logs', 404],
    ['/api/v1/call-logs/99', 404],
    ['/somewhere', 404],
  ])('refuses %s with %i', async (path, status) => {
    const { get } = await prosper({ calls: 1 })
    expect((await get(path)).status).toBe(status)
  })

  it('filters by status and by date', async () => {
    const { simulator, get } = await prosper()
    const failed = simulator.calls.filter((call) => call.status === 'failed').length
    expect((await get(`${LIST}&status=failed`)).json.total).toBe(failed)
    const [from, to] = ['2026-01-06', '2026-01-07']
    const between = simulator.calls.filter(
      (call) => call.createdAtMs >= Date.parse(from) && call.createdAtMs < Date.parse(to),
    ).length
    expect(between).toBeGreaterThan(5)
    expect((await get(`${LIST}&from_date=${from}&to_date=${to}`)).json.total).toBe(between)
  })

  it('gives a call in full at both paths, its recording only when asked for', async () => {
    const { get } = await prosper()
    const plain = await get('/api/v1/call-logs/10001')
    expect(plain.json).toMatchObject({
      call_log_id: 10_001,
      campaign_id: 'a',
      qa_results: { overall_score: expect.any(Number) },
    })
    expect(plain.json).not.toHaveProperty('recording_urls')
    expect(
      (await get('/api/v1/campaigns/call-logs/10001?include_recordings=true')).json.recording_urls,
    ).toHaveLength(1)
    const one = await prosper({ detailPaths: 'plain' })
    expect((await one.get('/api/v1/campaigns/call-logs/10001')).status).toBe(404)
  })

  it('speaks the OpenAPI dialect instead, or both', async () => {
    const { get } = await prosper({ dialect: 'openapi' })
    expect((await get(LIST)).status).toBe(404)
    const first = await get('/api/v1/call-logs?limit=100')
    expect(first.json).toMatchObject({ page_count: 2, next_page: 1 })
    expect(first.json.call_logs[0]).toMatchObject({ id: expect.any(String), call_length: expect.any(String) })
    expect((await get('/api/v1/call-logs?limit=100&page=1')).json).toMatchObject({ next_page: null })
    expect((await get('/api/v1/call-logs?limit=1001')).status).toBe(422)
    const both = await prosper({ dialect: 'both' })
    expect([(await both.get(LIST)).status, (await both.get('/api/v1/call-logs')).status]).toEqual([200, 200])
  })

  it('changes with time: new calls, changed ones, ones that are gone', async () => {
    const { simulator, get } = await prosper({ calls: 2 })
    const [added] = simulator.addCalls(1)
    expect((await get(LIST)).json.items[0].call_log_id).toBe(added?.id)
    simulator.updateCall(10_001, { status: 'in_progress', qa_results: { overall_score: 1 } })
    expect((await get('/api/v1/call-logs/10001')).json).toMatchObject({
      status: 'in_progress',
      qa_results: { overall_score: 1 },
    })
    expect((await get(`${LIST}&status=in_progress`)).json.items).toEqual([
      expect.not.objectContaining({ qa_results: expect.anything() }),
    ])
    simulator.removeCall(10_001)
    expect((await get(LIST)).json.total).toBe(2)
    expect((await get('/api/v1/call-logs/10001')).status).toBe(404)
  })

  it('remembers what it was asked', async () => {
    const { simulator, get } = await prosper({ calls: 1 })
    await get(`${LIST}&page_size=7`)
    expect(simulator.requests).toMatchObject([
      { path: '/api/v1/campaigns/call-logs', query: { campaign_id: 'a', page_size: '7' }, status: 200 },
    ])
  })
})

describe('the simulator of Malakai', () => {
  it('gives a campaign in one answer, as its captured page has it', async () => {
    const { get } = await malakai()
    const { json } = await get('/campaigns/outbound/logs/a')
    expect(json).toMatchObject({ responseCode: 2000, data: { analytics: { 'Total Contacts': 12 } } })
    const [log] = json.data.logs.slice(-1)
    expect(Object.keys(log).sort()).toEqual(
      'call_duration call_sid call_summary from goal_achieved inbound_id number sentiment session_id status transcript'.split(
        ' ',
      ),
    )
    expect(log.transcript.conversation[0]).toEqual({ role: 'user', content: '---' })
    expect(log.transcript.conversation[2].content).toMatch(/^ \S/)
  })

  it('wants both secrets, and knows its campaigns', async () => {
    const { simulator, get } = await malakai()
    expect(
      (await get('/campaigns/outbound/logs/a', { authorization: `Bearer ${simulator.apiKey}` })).status,
    ).toBe(401)
    expect(
      (await get('/campaigns/outbound/logs/a', { 'x-access-token': simulator.accessToken })).status,
    ).toBe(401)
    expect(await get('/campaigns/outbound/logs/b')).toMatchObject({
      status: 200,
      json: { responseCode: 4040 },
    })
  })

  it('stands below a path of its own', async () => {
    const { simulator } = await malakai({ basePath: '/api/api' })
    expect(simulator.url).toMatch(/\/api\/api$/)
  })
})

describe('the campaigns of Malakai', () => {
  const shapes = { in: 'inbound', out: 'outbound', flow: 'workflow' } as const

  it('are listed by their kind', async () => {
    const { get } = await malakai({ campaigns: ['in', 'out', 'flow'], shapes })
    const idsAt = async (path: string) =>
      (await get(path)).json.data.map((campaign: { id: string }) => campaign.id)
    expect(await idsAt('/campaigns/inbound')).toEqual(['in'])
    expect(await idsAt('/campaigns/outbound')).toEqual(['out'])
    expect(await idsAt('/workflows')).toEqual(['flow'])
    expect((await get('/campaigns/inbound', {})).status).toBe(401)
  })

  it('have logs in the published shapes: outbound with ids and dates, workflows as a list of JSON texts', async () => {
    const { get } = await malakai({ campaigns: ['in', 'out', 'flow'], shapes })
    const [sent] = (await get('/campaigns/outbound/logs/out')).json.data.logs
    expect(sent).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      created_at: expect.stringMatching(/Z$/),
      contact_number: [expect.stringMatching(/^\+/)],
      analysis: expect.stringMatching(/^\{/),
    })
    expect(sent).toHaveProperty('recording_url')
    const { data } = (await get('/workflows/logs/flow')).json
    expect(data[0]).toMatchObject({ call_duration: expect.stringMatching(/^\d+ seconds$/) })
    expect(JSON.parse(data[0].conversation)).toBeInstanceOf(Array)
    expect((await get('/campaigns/outbound/logs/flow')).json).toMatchObject({ responseCode: 4040 })
  })

  it.each([false, true])(
    'may answer with more than fits into memory, made while it is sent (gzip: %s)',
    async (isGzipped) => {
      const { simulator, get } = await malakai({ huge: { bytes: 3_000_000, isGzipped } })
      const { json } = await get('/campaigns/outbound/logs/a')
      const ids = new Set(json.data.logs.map((log: { session_id: string }) => log.session_id))
      expect(ids.size).toBe(json.data.logs.length)
      expect(simulator.hugeSent).toMatchObject({ rows: ids.size })
      expect(simulator.hugeSent?.bytes).toBeGreaterThan(2_900_000)
      expect(JSON.stringify(json).length).toBeGreaterThan(2_900_000)
    },
  )
})

describe('recordings', () => {
  const addressIn = async (get: (path: string) => Promise<{ json: { recording_urls: string[] } }>) =>
    (await get('/api/v1/call-logs/10001?include_recordings=true')).json.recording_urls[0] ?? ''

  it('go on where a part ends while the file is the same, and come whole when it is another', async () => {
    const { get } = await prosper({ calls: 1 })
    const url = await addressIn(get)
    const etag = (await fetch(url)).headers.get('etag') ?? ''
    const part = (condition: string) =>
      fetch(url, { headers: { range: 'bytes=10-', 'if-range': condition } }).then(({ status }) => status)
    expect([await part(etag), await part('"other"')]).toEqual([206, 200])
  })

  it('may want a log-in, which is no leak; a vendor’s key is one all the same', async () => {
    const { simulator, get } = await prosper({
      calls: 1,
      recordingLogIn: { username: 'AC1', password: 'pä:ss' },
    })
    const url = await addressIn(get)
    const status = async (text: string | null) =>
      (
        await fetch(url, {
          headers: text === null ? {} : { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
        })
      ).status
    expect([await status(null), await status('AC1:pä:ss'), await status('AC1:other')]).toEqual([
      401, 200, 401,
    ])
    expect(simulator.leaks).toEqual([])
    simulator.setRecordingLogIn(null)
    expect(await status(null)).toBe(200)
  })

  it('that a vendor’s key comes to are remembered as leaks, hidden in a log-in too', async () => {
    const simulator = await startProsperSimulator({
      calls: 1,
      recordingLogIn: { username: 'AC1', password: 'x' },
    })
    const url = `${simulator.recordingsUrl}/recordings/10001`
    const basic = Buffer.from(`AC1:${simulator.apiKey}`).toString('base64')
    await fetch(url, { headers: { authorization: `Basic ${basic}` } })
    await fetch(url, { headers: { authorization: `Bearer ${simulator.apiKey}` } })
    expect(simulator.leaks).toHaveLength(2)
    await expect(simulator.close()).rejects.toThrow(/secrets reached the recording host/)
  })

  it('may have addresses that expire, and new ones with each answer', async () => {
    const { simulator, get } = await prosper({ calls: 1, hasExpiringRecordings: true })
    const old = await addressIn(get)
    expect((await fetch(old)).status).toBe(200)
    simulator.expireRecordings()
    expect((await fetch(old)).status).toBe(403)
    const fresh = await addressIn(get)
    expect(fresh).not.toBe(old)
    expect((await fetch(fresh)).status).toBe(200)
  })

  it('come whole or in ranges', async () => {
    const { simulator, get } = await prosper({ calls: 1 })
    const [url] = (await get('/api/v1/call-logs/10001?include_recordings=true')).json.recording_urls
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer())
    expect(whole.subarray(0, 4).toString()).toBe('RIFF')
    expect(whole.readUInt32LE(4)).toBe(whole.byteLength - 8)
    const range = async (value: string) => {
      const response = await fetch(url, { headers: { range: value } })
      return [
        response.status,
        response.headers.get('content-range'),
        Buffer.from(await response.arrayBuffer()),
      ] as const
    }
    expect(await range('bytes=4-7')).toEqual([206, `bytes 4-7/${whole.byteLength}`, whole.subarray(4, 8)])
    expect((await range(`bytes=${whole.byteLength - 2}-`))[2]).toEqual(whole.subarray(-2))
    expect((await range('bytes=-3'))[2]).toEqual(whole.subarray(-3))
    expect((await range(`bytes=${whole.byteLength}-`))[0]).toBe(416)
    expect((await fetch(`${simulator.recordingsUrl}/recordings/99`)).status).toBe(404)
  })

  it('come from a folder: by name, or one after the other', () => {
    const path = folder()
    writeFileSync(join(path, '10002.mp3'), 'two')
    writeFileSync(join(path, 'any.ogg'), 'any')
    writeFileSync(join(path, 'notes.txt'), 'no audio')
    const source = recordingsFrom(path)
    const calls = makeCalls({ dialogues: BUILT_IN_DIALOGUES, count: 10, campaigns: ['a'] })
    const given = calls.map((call) => source(call)?.bytes.toString() ?? null)
    expect(given[1]).toBe('two')
    expect(new Set(given)).toEqual(new Set(['two', 'any', null]))
    expect(given[9]).toBeNull()
  })
})

describe('what a simulator told', () => {
  it('is kept for who asks for it: whole answers alone, with the records as they went out', async () => {
    const { simulator, get } = await prosper({ calls: 30, keepsLedger: true, maxPageSize: 12 })
    simulator.setFaults(['500-then-success', 'unknown-status'])
    expect((await get(LIST)).status).toBe(500)
    expect(simulator.ledger?.deliveries).toEqual([])
    await get(`${LIST}&page=3`)
    await get('/api/v1/call-logs/10001')
    expect(simulator.ledger?.deliveries).toEqual([
      { campaignId: 'a', page: 3, externalIds: simulator.externalIds.slice(24) },
    ])
    expect(simulator.ledger?.listed.get('10001')).toMatchObject({ status: 'teleported' })
    expect(simulator.ledger?.detailed.get('10001')).toMatchObject({
      call_log_id: 10_001,
      status: 'teleported',
    })
  })

  it('is told after so many answers when a fault is to come later', async () => {
    const { simulator, get } = await prosper({ calls: 3 })
    simulator.setFaults([{ name: '500-then-success', after: 2 }])
    const statuses = []
    for (let count = 0; count < 4; count++) statuses.push((await get(LIST)).status)
    expect(statuses).toEqual([200, 200, 500, 200])
  })
})

describe('the webhook', () => {
  it('tells of a finished target, signed when it is to be', async () => {
    const seen: { body: string; signature: string | undefined }[] = []
    const receiver = await listen(0, async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push({ body, signature: String(request.headers['x-signature'] ?? '') })
      sendText(response, 202, 'taken')
    })
    onTestFinished(() => receiver.close())
    expect(await sendTargetFinished(receiver.url, { call_log_id: 7 })).toEqual({ status: 202, text: 'taken' })
    await sendTargetFinished(receiver.url, { call_log_id: 7 }, { hmac: { key: 'k', prefix: 'sha256=' } })
    expect(Object.keys(JSON.parse(seen[0]?.body ?? '')).sort()).toEqual(
      'attempt call_log_id campaign_id max_attempts next_attempt_scheduled target_id'.split(' '),
    )
    expect(seen[0]?.signature).toBe('')
    const digits = createHmac('sha256', 'k')
      .update(seen[1]?.body ?? '')
      .digest('hex')
    expect(seen[1]?.signature).toBe(`sha256=${digits}`)
  })
})

describe('calls to simulate', () => {
  it('are the same for the same seed, and others for another', () => {
    const made = (seed: string) =>
      makeCalls({ dialogues: BUILT_IN_DIALOGUES, count: 50, campaigns: ['a', 'b'], seed })
    expect(made('x')).toEqual(made('x'))
    expect(made('x')).not.toEqual(made('y'))
    const ids = made('x').map((call) => call.id)
    expect(new Set(ids).size).toBe(50)
  })

  it('come from dialogue files, packed or not', async () => {
    const path = folder()
    const text =
      '{"id":"1","services":["S_1"],"turns":[["u","Hi"],["a","Hello"]]}\n\n{"id":"2","services":[],"turns":[]}\n'
    writeFileSync(join(path, 'd.jsonl'), text)
    writeFileSync(join(path, 'd.jsonl.gz'), gzipSync(text))
    expect(await readDialogues(join(path, 'd.jsonl'))).toHaveLength(2)
    expect(await readDialogues(join(path, 'd.jsonl.gz'), 1)).toHaveLength(1)
    writeFileSync(join(path, 'bad.jsonl'), '{"id":"1"}\n')
    await expect(readDialogues(join(path, 'bad.jsonl'))).rejects.toThrow(/line 1/)
    await expect(readDialogues(join(path, 'missing.jsonl.gz'))).rejects.toThrow(/ENOENT/)
  })

  it('come from saved answers of the vendors, in their own words', async () => {
    const fixtures = join(import.meta.dirname, 'fixtures')
    const saved = readSavedCalls(fixtures)
    expect(saved?.prosper.map((call) => [call.id, call.campaignId, call.person])).toEqual([
      [12_345, 'abc123', '+123456789'],
    ])
    const { get } = await prosper({ calls: saved?.prosper ?? [], campaigns: ['abc123'], recordings: null })
    expect((await get('/api/v1/call-logs/12345')).json.transcript).toHaveLength(2)
    const other = await malakai({
      calls: saved?.malakai ?? [],
      campaigns: ['DUMMY_INBOUND_ID'],
      recordings: null,
    })
    expect((await other.get('/campaigns/outbound/logs/DUMMY_INBOUND_ID')).json.data.logs[0].session_id).toBe(
      'DUMMY_SESSION_ID',
    )
    const path = folder()
    writeFileSync(join(path, 'd.jsonl'), '{"id":"1","turns":[]}\n')
    expect(readSavedCalls(join(path, 'd.jsonl'))).toBeNull()
  })
})
