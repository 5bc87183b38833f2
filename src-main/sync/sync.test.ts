import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Connection, EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type MalakaiSimulator,
  type ProsperSimulator,
  startMalakaiSimulator,
  startProsperSimulator,
} from '../../e2e/vendors'
import { listConnections } from '../connections/queries'
import { purge } from '../retention/purge'
import { checkIndex } from '../search/search-index'
import { openSyncEngine, type SyncEngine } from './engine'
import { connectTo, contentOf, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from './testing'

/** How much earlier than it was set a timer may seem to ring, by two clocks that count whole milliseconds. */
const CLOCK_MS = 2

let backend: TestBackend
let engine: SyncEngine
const simulators: { close(): Promise<void> }[] = []

beforeEach(async () => {
  backend = await testBackend()
  engine = openSyncEngine(backend, QUICK_RETRY)
})

afterEach(async () => {
  await engine.close()
  // Whatever was said is what the contract says.
  for (const event of backend.events) EarmarkEvent.parse(event)
  for (const connection of listConnections(backend.db)) Connection.parse(connection)
  for (const simulator of simulators.splice(0)) await simulator.close()
  backend.close()
})

async function prosper(options: Parameters<typeof startProsperSimulator>[0] = {}): Promise<ProsperSimulator> {
  const simulator = await startProsperSimulator({ recordings: quickRecordings, ...options })
  simulators.push(simulator)
  return simulator
}

async function malakai(options: Parameters<typeof startMalakaiSimulator>[0] = {}): Promise<MalakaiSimulator> {
  const simulator = await startMalakaiSimulator({ recordings: quickRecordings, ...options })
  simulators.push(simulator)
  return simulator
}

const sync = (id: string, recordings: 'all' | 'none' = 'none') =>
  engine.start(id, { recordings, secrets: null }).ended

const storedIds = () => backend.db.prepare<[], string>('SELECT external_id FROM calls').pluck().all().sort()
const number = (sql: string) => Number(backend.db.prepare(sql).pluck().get())

describe('a sync after a purge', () => {
  test.each(['prosper', 'malakai'] as const)(
    'brings no purged call of %s back, nor asks for one',
    async (vendor) => {
      const simulator = vendor === 'prosper' ? await prosper({ calls: 30 }) : await malakai({ calls: 30 })
      const { id } = await connectTo(backend, vendor, simulator)
      await sync(id)
      expect(storedIds()).toHaveLength(30)
      const { paths, db } = backend
      const never = new AbortController().signal
      const row = await purge(
        { db, paths, program: 'A test', now: Date.now },
        {
          begun_at_ms: Date.now(),
          by_whom: 'person',
          user_name: '',
          before_ms: Date.now() + 1000 * 86_400_000,
          annotations: 'keep',
          exported_to: null,
          exported_rows: null,
        },
        { cancelled: never, closing: never, onProgress: () => undefined },
      )
      expect(row).toMatchObject({ outcome: 'done', calls: 30 })
      const asked = simulator.requests.length
      const { outcome, counts } = await sync(id)
      expect({ outcome, added: counts.added }).toEqual({ outcome: 'done', added: 0 })
      expect(storedIds()).toEqual([])
      const details = simulator.requests
        .slice(asked)
        .filter(({ path }) => simulator.externalIds.some((one) => path.endsWith(`/${one}`)))
      expect(details).toEqual([])
    },
  )
})

describe('a first sync', () => {
  test('brings every call of Prosper with its transcript, over several pages', async () => {
    const simulator = await prosper({ calls: 230 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    const { outcome, counts, problem } = await sync(id)
    expect({ outcome, problem }).toEqual({ outcome: 'done', problem: null })
    expect(counts).toMatchObject({ listed: 230, added: 230, updated: 0, unchanged: 0, quarantined: 0 })
    expect(storedIds()).toEqual([...simulator.externalIds].sort())
    expect(number("SELECT count(*) FROM calls WHERE completeness = 'detail'")).toBe(230)
    expect(number('SELECT count(*) FROM calls WHERE turn_count > 0')).toBeGreaterThan(150)
    expect(number('SELECT count(*) FROM turns')).toBe(number('SELECT sum(turn_count) FROM calls'))
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('brings every call of Malakai, and what it says of the campaign', async () => {
    const simulator = await malakai({ calls: 450, campaigns: ['inbound-1', 'inbound-2'] })
    const { id } = await connectTo(backend, 'malakai', simulator)
    const { outcome, counts } = await sync(id)
    expect(outcome).toBe('done')
    expect(counts).toMatchObject({ listed: 450, added: 450 })
    expect(storedIds()).toEqual([...simulator.externalIds].sort())
    const [connection] = listConnections(backend.db)
    expect(connection?.campaigns.map((campaign) => campaign.campaignId)).toEqual(['inbound-1', 'inbound-2'])
    expect(connection?.lastRun?.counts.added).toBe(450)
  })

  test('brings recordings into the archive, and sends no secret to their host', async () => {
    const simulator = await prosper({ calls: 12 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    const { counts } = await sync(id, 'all')
    const withUrl = number("SELECT count(*) FROM calls WHERE recording_state <> 'none'")
    expect(withUrl).toBeGreaterThan(0)
    expect(counts.recordings).toEqual({ downloaded: withUrl, failed: 0 })
    const files = backend.db
      .prepare<[], { file: string; bytes: number }>('SELECT file, bytes FROM recordings')
      .all()
    for (const { file } of files) expect(existsSync(join(backend.paths.recordings, file))).toBe(true)
    expect(simulator.leaks).toEqual([])
    const left = readdirSync(backend.paths.recordings, { recursive: true }).filter((name) =>
      String(name).endsWith('.part'),
    )
    expect(left).toEqual([])
  })
})

describe('a second sync', () => {
  test.each(['prosper', 'malakai'] as const)(
    'of %s adds nothing and leaves every row as it is',
    async (vendor) => {
      const simulator = vendor === 'prosper' ? await prosper({ calls: 30 }) : await malakai({ calls: 30 })
      const { id } = await connectTo(backend, vendor, simulator)
      await sync(id, 'all')
      const before = contentOf(backend.db)
      const { outcome, counts } = await sync(id, 'all')
      expect(outcome).toBe('done')
      expect(counts).toEqual({
        listed: 30,
        added: 0,
        updated: 0,
        unchanged: 30,
        quarantined: 0,
        recordings: { downloaded: 0, failed: 0 },
      })
      expect(contentOf(backend.db)).toEqual(before)
    },
  )

  test('brings results that the vendor added later, and keeps the earlier record beside them', async () => {
    const simulator = await prosper({ calls: 5 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id)
    const changed = simulator.calls[0]?.id ?? 0
    simulator.updateCall(changed, { qa_results: { overall_score: 3, criteria: {} } })
    const { counts } = await sync(id)
    expect(counts).toMatchObject({ added: 0, updated: 1, unchanged: 4 })
    const { pk, vendor_score } = backend.db
      .prepare<[string], { pk: number; vendor_score: number }>(
        'SELECT pk, vendor_score FROM calls WHERE external_id = ?',
      )
      .get(String(changed)) ?? { pk: 0, vendor_score: 0 }
    expect(vendor_score).toBe(3)
    expect(number(`SELECT count(*) FROM revisions WHERE kind = 'detail' AND call_pk = ${pk}`)).toBe(2)
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('asks only for the details of new calls and of the last seven days', async () => {
    const simulator = await prosper({ calls: 600 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id)
    const before = simulator.requestCount
    const added = simulator.addCalls(3)
    const newest = simulator.calls[added.length]?.createdAtMs ?? 0
    const recent = simulator.calls.filter((call) => call.createdAtMs >= newest - 7 * 86_400_000).length
    const { counts } = await sync(id)
    expect(counts).toMatchObject({ listed: 603, added: 3, unchanged: 600 })
    const pages = Math.ceil(603 / 100)
    const details = simulator.requestCount - before - pages
    const unfinished = simulator.calls.filter((call) => call.status === 'in_progress').length
    expect(details).toBeGreaterThanOrEqual(recent)
    expect(details).toBeLessThanOrEqual(recent + unfinished)
  })

  test('marks a call that the vendor no longer lists, and keeps it', async () => {
    const simulator = await prosper({ calls: 130 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id)
    const gone = simulator.calls[100]?.id ?? 0
    simulator.removeCall(gone)
    await sync(id)
    expect(number('SELECT count(*) FROM calls')).toBe(130)
    expect(number('SELECT external_id FROM calls WHERE gone_since_ms IS NOT NULL')).toBe(gone)
  })
})

describe('a sync that does not come to its end', () => {
  const stopAt = async (id: string, done: number) => {
    const { ended } = engine.start(id, { recordings: 'none', secrets: null })
    // Looks at every turn of the event loop: a page takes many.
    const look = () => {
      const [progress] = engine.status()
      if (progress === undefined) return
      if (progress.done >= done) void engine.cancel(id)
      else setImmediate(look)
    }
    look()
    return await ended
  }

  test('is cancelled at once, says so, and goes on from its page', async () => {
    const simulator = await prosper({ calls: 500, delayMs: 1 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    const first = await stopAt(id, 200)
    expect(first).toMatchObject({ outcome: 'cancelled', problem: null })
    expect(first.counts.added).toBeGreaterThanOrEqual(200)
    expect(first.counts.added).toBeLessThan(500)
    const before = simulator.requests.length
    const second = await sync(id)
    expect(second.outcome).toBe('done')
    expect(storedIds()).toEqual([...simulator.externalIds].sort())
    const pages = simulator.requests.slice(before).filter((request) => request.query.page !== undefined)
    expect(Number(pages[0]?.query.page)).toBeGreaterThan(1)
    expect(number('SELECT count(*) FROM listing_seen')).toBe(0)
  })

  test('misses no call that came in while it was stopped', async () => {
    const simulator = await prosper({ calls: 500, delayMs: 1 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await stopAt(id, 200)
    simulator.addCalls(7)
    simulator.removeCall(simulator.calls[30]?.id ?? 0)
    await sync(id)
    const stored = new Set(storedIds())
    expect(simulator.externalIds.filter((externalId) => !stored.has(externalId))).toEqual([])
  })

  test('is closed as interrupted when its process died', async () => {
    const simulator = await prosper({ calls: 3 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    backend.db.prepare('INSERT INTO sync_runs (connection_id, started_at_ms) VALUES (?, 1)').run(id)
    openSyncEngine(backend, QUICK_RETRY)
    expect(listConnections(backend.db)[0]?.lastRun).toMatchObject({ outcome: 'interrupted' })
  })

  test('keeps a second one away, which is told who is at it', async () => {
    const simulator = await prosper({ calls: 50, delayMs: 1 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    const { ended } = engine.start(id, { recordings: 'none', secrets: null })
    expect(() =>
      openSyncEngine({ ...backend, program: 'The command line' }).start(id, {
        recordings: 'none',
        secrets: null,
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'busy',
        message: expect.stringMatching(/^The test \(process \d+ on .*"Clinic"/),
      }),
    )
    await engine.cancel(id)
    expect((await ended).outcome).toBe('cancelled')
    expect((await sync(id)).outcome).toBe('done')
  })

  test('says until when it waits when the vendor wants peace, and why', async () => {
    const simulator = await prosper({ calls: 3 })
    simulator.setFaults([{ name: '429-seconds', on: 'list' }])
    engine = openSyncEngine(backend, { ...QUICK_RETRY, retryAfterCapMs: 300 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    const startedAtMs = Date.now()
    expect((await sync(id)).outcome).toBe('done')
    // From the answer that asked for peace to the next request.
    const [first, second] = simulator.requests
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(300 - CLOCK_MS)
    const waiting = backend.events.flatMap((event) =>
      event.type === 'sync.progress' && event.progress.phase === 'waiting' ? [event.progress] : [],
    )
    expect(waiting[0]?.reason).toMatch(/wants fewer requests/)
    expect(Date.parse(waiting[0]?.waitUntil ?? '')).toBeGreaterThan(startedAtMs)
  })
})

describe('one recording by hand', () => {
  test('is downloaded outside of a sync, with a fresh address where the old one is refused', async () => {
    const simulator = await prosper({ calls: 4 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id)
    const call = backend.db
      .prepare<[], { id: string; pk: number }>(
        "SELECT id, pk FROM calls WHERE recording_state = 'waiting' LIMIT 1",
      )
      .get()
    if (!call) throw new Error('no call with a recording')
    backend.db
      .prepare('UPDATE recordings SET urls = ? WHERE call_pk = ?')
      .run(JSON.stringify([`${simulator.recordingsUrl}/expired`]), call.pk)
    await engine.fetchRecording(call.id)
    expect(backend.db.prepare('SELECT recording_state FROM calls WHERE pk = ?').pluck().get(call.pk)).toBe(
      'ready',
    )
    expect(backend.events).toContainEqual({ type: 'recordings.changed', callId: call.id, state: 'ready' })
  })

  test('that can not be had says why', async () => {
    const simulator = await prosper({ calls: 4 })
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id)
    simulator.setFaults(['recording-404'])
    const callId = backend.db
      .prepare<[], string>("SELECT id FROM calls WHERE recording_state = 'waiting' LIMIT 1")
      .pluck()
      .get()
    await expect(engine.fetchRecording(callId ?? '')).rejects.toMatchObject({ code: 'recording_missing' })
  })
})

describe('faults', () => {
  const lists = [
    'shifting-rows',
    'growing-total',
    'duplicate-rows',
    'same-page-twice',
    'empty-page',
    'small-pages',
    'no-total',
    '500-then-success',
    '429-seconds',
    '429-date',
    'reset-mid-body',
    'truncated-json',
    'gzip',
    'weird-texts',
    'wrong-types',
  ] as const
  test.each(lists)('"%s" on a list of Prosper costs no call', async (fault) => {
    const simulator = await prosper({ calls: 210, recordings: null })
    simulator.setFaults([{ name: fault, on: 'list' }])
    const { id } = await connectTo(backend, 'prosper', simulator)
    const { outcome, problem } = await sync(id)
    expect({ outcome, problem }).toEqual({ outcome: 'done', problem: null })
    expect(storedIds()).toEqual([...new Set(simulator.externalIds)].sort())
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('a wrong key stops the sync with what to do', async () => {
    const simulator = await prosper({ calls: 3 })
    const { id } = await connectTo(backend, 'prosper', { ...simulator, apiKey: 'something-else' })
    const { outcome, problem } = await sync(id)
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/refused the key \(401\)/)
    expect(listConnections(backend.db)[0]?.lastRun).toMatchObject({ outcome: 'failed', problem })
  })

  test('one unknown campaign is named, and the others are synced', async () => {
    const simulator = await prosper({ calls: 20, campaigns: ['a', 'b'] })
    const { id } = await connectTo(backend, 'prosper', simulator, { campaignIds: ['a', 'nowhere', 'b'] })
    const { outcome, problem, counts } = await sync(id)
    expect(outcome).toBe('failed')
    expect(problem).toMatch(/does not know campaign nowhere/)
    expect(counts.added).toBe(20)
  })

  test('records that cannot be read are set aside once, and let go when they can be read', async () => {
    const simulator = await prosper({ calls: 20 })
    simulator.setFaults([{ name: 'unreadable-records', on: 'detail' }])
    const { id } = await connectTo(backend, 'prosper', simulator)
    const first = await sync(id)
    expect(first.outcome).toBe('done')
    expect(first.counts.quarantined).toBeGreaterThan(0)
    const aside = number('SELECT count(*) FROM quarantine')
    expect(aside).toBe(first.counts.quarantined)
    await sync(id)
    expect(number('SELECT count(*) FROM quarantine')).toBe(aside)
    simulator.setFaults([])
    const last = await sync(id)
    expect(last.counts.quarantined).toBe(0)
    expect(number('SELECT count(*) FROM quarantine')).toBe(0)
    expect(number("SELECT count(*) FROM calls WHERE completeness = 'detail'")).toBe(20)
  })

  test.each([
    ['recording-html', /log-?in page/],
    ['recording-empty', /empty/],
    ['recording-404', /no longer there/],
  ] as const)('"%s" fails that recording, says why, and is no failure of the sync', async (fault, words) => {
    const simulator = await prosper({ calls: 6 })
    simulator.setFaults([fault])
    const { id } = await connectTo(backend, 'prosper', simulator)
    const { outcome, counts } = await sync(id, 'all')
    expect(outcome).toBe('done')
    expect(counts.recordings.downloaded).toBe(0)
    expect(counts.recordings.failed).toBeGreaterThan(0)
    const problems = backend.db.prepare<[], string>('SELECT problem FROM recordings').pluck().all()
    for (const problem of problems) expect(problem).toMatch(words)
    simulator.setFaults([])
    const again = await sync(id, 'all')
    expect(again.counts.recordings).toEqual({ downloaded: counts.recordings.failed, failed: 0 })
  })
})
