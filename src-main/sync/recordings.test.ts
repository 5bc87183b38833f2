import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { createWithoutSecrets } from '../connections/manage'
import { openReviewsForWriting } from '../db/workspace'
import { archiveHandlers } from '../recordings/archive-handlers'
import { partPath } from '../recordings/partial'
import { storeQuota } from '../recordings/storage'
import { startTestHost, type TestHost } from '../recordings/testing-host'
import { openSyncEngine, type SyncEngine } from './engine'
import { connectTo, draftFor, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from './testing'

let backend: TestBackend
let engine: SyncEngine
beforeEach(async () => {
  backend = await testBackend()
  openReviewsForWriting(backend.paths).close()
  engine = openSyncEngine(backend, QUICK_RETRY)
})
afterEach(async () => {
  await engine.close()
  for (const event of backend.events) EarmarkEvent.parse(event)
  backend.close()
})

const { bytes: AUDIO } = quickRecordings()
async function prosper(calls = 30) {
  const simulator = await startProsperSimulator({ calls, recordings: quickRecordings })
  onTestFinished(() => simulator.close())
  return simulator
}
async function malakai(calls = 30) {
  const simulator = await startMalakaiSimulator({ calls, recordings: quickRecordings })
  onTestFinished(() => simulator.close())
  return simulator
}
async function host(): Promise<TestHost> {
  const started = await startTestHost(AUDIO)
  onTestFinished(() => started.close())
  return started
}
const sync = (id: string, recordings: 'all' | 'none') => engine.start(id, { recordings, secrets: null }).ended
const number = (sql: string) => Number(backend.db.prepare(sql).pluck().get())
const setUrls = (urls: readonly string[], where = 'TRUE') =>
  backend.db.prepare(`UPDATE recordings SET urls = ? WHERE ${where}`).run(JSON.stringify(urls))
const waiting = () => number("SELECT count(*) FROM calls WHERE recording_state = 'waiting'")
const problems = () =>
  backend.db
    .prepare<[], string>('SELECT DISTINCT problem FROM recordings WHERE problem IS NOT NULL')
    .pluck()
    .all()
/** Resolves at the end of the downloads that are going on. */
async function downloaded() {
  for (;;) {
    const done = backend.events.findLast((event) => event.type === 'sync.done')
    if (done?.type === 'sync.done' && engine.status().length === 0) return done
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an address that has expired', () => {
  test('is replaced within the sync: the call is read again for a fresh one, once', async () => {
    const simulator = await prosper()
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    // The oldest calls: a sync does not read them again by itself.
    const oldest = `call_pk IN (SELECT pk FROM calls WHERE recording_state = 'waiting' ORDER BY started_at_ms LIMIT 2)`
    setUrls([`${simulator.recordingsUrl}/expired?X-Amz-Signature=1`], oldest)
    const all = waiting()
    const before = simulator.requestCount
    const { outcome, counts } = await sync(id, 'all')
    expect(outcome).toBe('done')
    expect(counts.recordings).toEqual({ downloaded: all, failed: 0 })
    expect(simulator.requestCount).toBeGreaterThan(before)
    expect(problems()).toEqual([])
  })

  test('of a vendor without details is told, and tried again at the next sync', async () => {
    const simulator = await malakai()
    const { id } = await connectTo(backend, 'malakai', simulator)
    await sync(id, 'none')
    const all = waiting()
    setUrls([`${simulator.recordingsUrl}/expired`])
    engine.downloadWaiting()
    expect(await downloaded()).toMatchObject({ counts: { recordings: { downloaded: 0, failed: all } } })
    expect(problems()).toEqual([
      expect.stringMatching(
        /404.*Malakai gives fresh addresses with its lists alone: the next sync tries again\.$/,
      ),
    ])
    expect((await sync(id, 'all')).counts.recordings).toEqual({ downloaded: all, failed: 0 })
  })

  test('of a connection whose secrets are kept nowhere says how to go on', async () => {
    const simulator = await prosper(5)
    const { id } = createWithoutSecrets(backend, draftFor('prosper', simulator))
    const secrets = { apiKey: simulator.apiKey, accessToken: null }
    await engine.start(id, { recordings: 'none', secrets }).ended
    setUrls([`${simulator.recordingsUrl}/expired`])
    const callId = String(
      backend.db.prepare("SELECT id FROM calls WHERE recording_state = 'waiting'").pluck().get(),
    )
    await expect(engine.fetchRecording(callId)).rejects.toMatchObject({
      message: expect.stringMatching(
        /was made without keeping its secrets\. Sync it with --secrets-from-env/,
      ),
    })
  })
})

describe('downloads without a sync', () => {
  test('bring what waits, said as the last phase of a sync, and write no run', async () => {
    const simulator = await prosper()
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    const all = waiting()
    const runs = number('SELECT count(*) FROM sync_runs')
    expect(engine.downloadWaiting()).toMatchObject({ connections: 1, busy: 0 })
    expect(engine.status()).toMatchObject([{ connectionId: id, phase: 'recordings', total: all }])
    expect(await downloaded()).toMatchObject({
      isRecordingsOnly: true,
      outcome: 'done',
      problem: null,
      counts: { recordings: { downloaded: all, failed: 0 } },
    })
    expect(waiting()).toBe(0)
    expect(number('SELECT count(*) FROM sync_runs')).toBe(runs)
    expect(simulator.leaks).toEqual([])
  })

  test('can be cancelled as a sync is, and go on later', async () => {
    const simulator = await prosper()
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    simulator.setFaults(['recording-slow'])
    engine.downloadWaiting()
    await engine.cancel(id)
    expect(await downloaded()).toMatchObject({ outcome: 'cancelled' })
    expect(waiting()).toBeGreaterThan(0)
    expect(number("SELECT count(*) FROM calls WHERE recording_state = 'downloading'")).toBe(0)
    simulator.setFaults([])
    engine.downloadWaiting()
    await downloaded()
    expect(waiting()).toBe(0)
  })

  test('leave a connection alone at which another process is', async () => {
    const simulator = await prosper(5)
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    const other = openSyncEngine({ ...backend, program: 'The command line' }, QUICK_RETRY)
    simulator.setFaults(['recording-slow'])
    other.downloadWaiting()
    expect(engine.downloadWaiting()).toMatchObject({ connections: 0, busy: 1 })
    await other.close()
  })

  test('one that a person began can be stopped', async () => {
    const simulator = await prosper(5)
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    const silent = await host()
    silent.handle = () => {
      engine.cancelFetch(callId)
      return true
    }
    setUrls([silent.url])
    const callId = String(
      backend.db.prepare("SELECT id FROM calls WHERE recording_state = 'waiting'").pluck().get(),
    )
    await expect(engine.fetchRecording(callId)).rejects.toMatchObject({ code: 'cancelled' })
    expect(backend.db.prepare('SELECT recording_state FROM calls WHERE id = ?').pluck().get(callId)).toBe(
      'waiting',
    )
  })
})

test('what a dead process left half is gone on with by the next sync', async () => {
  const simulator = await prosper(5)
  const { id } = await connectTo(backend, 'prosper', simulator)
  await sync(id, 'none')
  const files = await host()
  const row = backend.db
    .prepare<[], { id: string; pk: number }>(
      "SELECT id, pk FROM calls WHERE recording_state = 'waiting' LIMIT 1",
    )
    .get()
  if (!row) throw new Error('no call with a recording')
  setUrls([files.url], `call_pk = ${row.pk}`)
  // As it lies about after kill -9: the state, the part, and what it is a part of.
  files.breakAfter = 800
  await engine.fetchRecording(row.id).catch(() => undefined)
  files.breakAfter = null
  backend.db.prepare("UPDATE calls SET recording_state = 'downloading' WHERE pk = ?").run(row.pk)
  backend.db.prepare('DELETE FROM recordings WHERE call_pk <> ?').run(row.pk)
  backend.db.prepare("UPDATE calls SET recording_state = 'none' WHERE pk <> ?").run(row.pk)
  files.requests.length = 0
  const again = openSyncEngine(backend, QUICK_RETRY)
  onTestFinished(() => again.close())
  // A log of nothing: the sync alone puts it back in line.
  await again.start(id, { recordings: 'all', secrets: null }).ended
  const file = String(backend.db.prepare('SELECT file FROM recordings WHERE call_pk = ?').pluck().get(row.pk))
  expect(readFileSync(join(backend.paths.recordings, file)).equals(AUDIO)).toBe(true)
  expect(existsSync(partPath(backend.paths, row.id))).toBe(false)
})

describe('the limit of recordings', () => {
  test('pauses downloads with what to do, fails no sync and loses nothing', async () => {
    const simulator = await prosper()
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    const all = waiting()
    storeQuota(backend.db, 4 * AUDIO.length)
    const { outcome, problem, counts } = await sync(id, 'all')
    expect(outcome).toBe('done')
    expect(problem).toMatch(/recordings wait\. Raise the limit under Settings › Recordings/)
    // Those under way at the same time may go beyond it.
    expect(counts.recordings.downloaded).toBeLessThanOrEqual(8)
    expect(waiting()).toBe(all - counts.recordings.downloaded)
    const newest = backend.db
      .prepare<[number], string>(
        "SELECT recording_state FROM calls WHERE recording_state <> 'none' ORDER BY search_key DESC LIMIT ?",
      )
      .pluck()
      .all(counts.recordings.downloaded)
    expect(new Set(newest)).toEqual(new Set(['ready']))
    // A second sync does not turn them over.
    expect((await sync(id, 'all')).counts.recordings.downloaded).toBe(0)
    storeQuota(backend.db, null)
    expect(await sync(id, 'all')).toMatchObject({ problem: null })
    expect(waiting()).toBe(0)
  })

  test('is kept when it is lowered, and a removed recording comes back when it is asked for', async () => {
    const simulator = await prosper(12)
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'all')
    const handlers = archiveHandlers(backend, engine)
    expect(handlers.wouldRemove({ quotaBytes: 1 })).toMatchObject({ removed: expect.any(Number) })
    const removal = await handlers.setQuota({ quotaBytes: 2 * AUDIO.length })
    expect(removal.removed).toBeGreaterThan(0)
    const removed = backend.db
      .prepare<[], string>("SELECT id FROM calls WHERE recording_state = 'removed'")
      .pluck()
      .all()
    expect(removed).toHaveLength(removal.removed)
    await sync(id, 'all')
    expect(number("SELECT count(*) FROM calls WHERE recording_state = 'removed'")).toBe(removal.removed)
    await engine.fetchRecording(removed[0] ?? '')
    expect(number('SELECT sum(bytes) FROM recordings WHERE file IS NOT NULL')).toBeLessThanOrEqual(
      2 * AUDIO.length,
    )
    expect(backend.db.prepare('SELECT recording_state FROM calls WHERE id = ?').pluck().get(removed[0])).toBe(
      'ready',
    )
  })
})

describe('keeping offline', () => {
  test('brings what is missing at once, and never gives it up', async () => {
    const simulator = await prosper(12)
    const { id } = await connectTo(backend, 'prosper', simulator)
    await sync(id, 'none')
    const handlers = archiveHandlers(backend, engine)
    const all = waiting()
    expect(await handlers.keep({ what: { kind: 'query', query: '' }, keep: true })).toMatchObject({
      toDownload: all,
      isCancelled: false,
    })
    await downloaded()
    expect(number("SELECT count(*) FROM calls WHERE recording_state = 'ready'")).toBe(all)
    expect(await handlers.setQuota({ quotaBytes: 1 })).toEqual({ removed: 0, freedBytes: 0 })
    // Let go, they are over the limit.
    await handlers.keep({ what: { kind: 'query', query: '' }, keep: false })
    expect(number("SELECT count(*) FROM calls WHERE recording_state = 'removed'")).toBe(all)
    expect(id).not.toBe('')
  })
})

test('a log-in that is entered brings what failed for want of it', async () => {
  const simulator = await malakai(12)
  const { id } = await connectTo(backend, 'malakai', simulator)
  await sync(id, 'none')
  const all = waiting()
  const files = await host()
  files.authorization = `Basic ${Buffer.from('AC1:s3cret').toString('base64')}`
  setUrls([files.url])
  engine.downloadWaiting()
  await downloaded()
  const handlers = archiveHandlers(backend, engine)
  expect(handlers.hosts({})).toMatchObject([{ host: files.host, scheme: null, waiting: all }])
  const draft = { host: files.host, scheme: 'basic', username: 'AC1', secret: 's3cret' } as const
  expect(await handlers.setHost(draft)).toEqual({ host: files.host, requeued: all })
  backend.events.length = 0
  engine.downloadWaiting()
  expect(await downloaded()).toMatchObject({ counts: { recordings: { downloaded: all, failed: 0 } } })
  expect(handlers.hosts({})).toMatchObject([{ waiting: 0, problem: null, usedAt: expect.any(String) }])
  expect(
    files.requests.every(
      ({ authorization }) => authorization === undefined || authorization === files.authorization,
    ),
  ).toBe(true)
})
