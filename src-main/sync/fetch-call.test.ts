import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProsperSimulator, startMalakaiSimulator, startProsperSimulator } from '../../e2e/vendors'
import { listRuns } from '../connections/queries'
import { openSyncEngine, type SyncEngine } from './engine'
import { lockConnection } from './lock'
import { connectTo, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from './testing'

let backend: TestBackend
let engine: SyncEngine
let simulator: ProsperSimulator
let id: string

beforeEach(async () => {
  backend = await testBackend()
  engine = openSyncEngine(backend, QUICK_RETRY)
  simulator = await startProsperSimulator({ calls: 120, recordings: quickRecordings })
  id = (await connectTo(backend, 'prosper', simulator)).id
})

afterEach(async () => {
  await engine.close()
  await simulator.close()
  backend.close()
})

const one = (sql: string, ...values: string[]) =>
  backend.db
    .prepare(sql)
    .pluck()
    .get(...values)
const answered = () => String(simulator.calls.find((call) => call.hasRecording)?.id)

test('one call that is asked for by its id is there at once, and its recording soon', async () => {
  const externalId = answered()
  const ready = new Promise<void>((resolve) => {
    backend.emit = (event) => event.type === 'recordings.changed' && event.state === 'ready' && resolve()
  })
  engine = openSyncEngine(backend, QUICK_RETRY)
  expect(await engine.fetchCall(id, externalId, 'campaign-1')).toBe('added')
  expect(one('SELECT count(*) FROM calls')).toBe(1)
  expect(one('SELECT turn_count > 0 FROM calls WHERE external_id = ?', externalId)).toBe(1)
  await ready
  expect(one('SELECT recording_state FROM calls')).toBe('ready')
  expect(await engine.fetchCall(id, externalId, null)).toBe('unchanged')
  simulator.updateCall(Number(externalId), { qa_results: { overall_score: 3 } })
  expect(await engine.fetchCall(id, externalId, null)).toBe('updated')
  simulator.removeCall(Number(externalId))
  expect(await engine.fetchCall(id, externalId, null)).toBe('gone')
  expect(one('SELECT gone_since_ms IS NOT NULL FROM calls')).toBe(1)
})

test('one call is fetched by the sync that is going on, which goes on, and does not take it for gone', async () => {
  const listed = new Promise<void>((resolve) => {
    backend.emit = (event) => event.type === 'sync.progress' && event.progress.done > 0 && resolve()
  })
  engine = openSyncEngine(backend, QUICK_RETRY)
  const { ended } = engine.start(id, { recordings: 'none', secrets: null, trigger: 'schedule' })
  await listed
  // Newer than the first page, which was listed already.
  const [added] = simulator.addCalls(1)
  expect(await engine.fetchCall(id, String(added?.id), 'campaign-1')).toBe('added')
  expect((await ended).outcome).toBe('done')
  expect(one('SELECT count(*) FROM calls WHERE gone_since_ms IS NOT NULL')).toBe(0)
  expect(one('SELECT count(*) FROM calls')).toBe(121)
  expect(listRuns(backend.db, id, 5).map((run) => run.trigger)).toEqual(['schedule'])
})

test('one call waits for another process that is at its connection', async () => {
  const unlock = lockConnection(backend.paths, { id, name: 'Clinic' }, 'The command line')
  const before = simulator.requestCount
  const fetching = engine.fetchCall(id, answered(), null)
  setTimeout(unlock, 60)
  expect(await fetching).toBe('added')
  expect(simulator.requestCount).toBe(before + 1)
})

test('a sync that is started while a recording is fetched alone waits for it instead of failing', async () => {
  await engine.start(id, { recordings: 'none', secrets: null }).ended
  const callId = String(one("SELECT id FROM calls WHERE recording_state = 'waiting' LIMIT 1"))
  const fetching = engine.fetchRecording(callId)
  const { ended } = engine.start(id, { recordings: 'none', secrets: null })
  await fetching
  expect((await ended).outcome).toBe('done')
  expect(one('SELECT recording_state FROM calls WHERE id = ?', callId)).toBe('ready')
})

test('a sync that waited in line ends as failed, and does not break, where another process came first', async () => {
  await engine.start(id, { recordings: 'none', secrets: null }).ended
  const callId = String(one("SELECT id FROM calls WHERE recording_state = 'waiting' LIMIT 1"))
  const other = lockConnection(backend.paths, { id, name: 'Clinic' }, 'The command line')
  const fetching = engine.fetchRecording(callId)
  const { ended } = engine.start(id, { recordings: 'none', secrets: null })
  await expect(fetching).rejects.toMatchObject({ code: 'busy' })
  const { outcome, problem } = await ended
  other()
  expect(outcome).toBe('failed')
  expect(problem).toMatch(/^The command line \(process/)
})

test('a vendor without details is asked for no single call', async () => {
  const malakai = await startMalakaiSimulator({ calls: 1 })
  try {
    const connection = await connectTo(backend, 'malakai', malakai, { name: 'Other' })
    await expect(engine.fetchCall(connection.id, '1', null)).rejects.toMatchObject({ code: 'invalid_input' })
  } finally {
    await malakai.close()
  }
})
