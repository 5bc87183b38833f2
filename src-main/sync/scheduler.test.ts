import { ConnectionSettings } from '@contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ProsperSimulator, startProsperSimulator } from '../../e2e/vendors'
import { describeConnection, listRuns, removeConnection } from '../connections/queries'
import { openSyncEngine, type SyncEngine } from './engine'
import { lockConnection } from './lock'
import { dueConnections, runFacts } from './scheduled-runs'
import { openScheduler, type Scheduler } from './scheduler'
import { connectTo, QUICK_RETRY, quickRecordings, type TestBackend, testBackend } from './testing'

const MIN = 60_000

let backend: TestBackend
let engine: SyncEngine
let simulator: ProsperSimulator
let scheduler: Scheduler
let nowMs: number

beforeEach(async () => {
  backend = await testBackend()
  simulator = await startProsperSimulator({ calls: 3, recordings: quickRecordings })
  engine = openSyncEngine(backend, QUICK_RETRY)
  nowMs = Date.now()
  // Its own timer stays out of the way: the test is the clock.
  scheduler = openScheduler(backend.db, engine, { now: () => nowMs, firstTickMs: 3_600_000 })
})
afterEach(async () => {
  scheduler.close()
  await engine.close()
  await simulator.close()
  backend.close()
})

const connect = async (name: string, everyMinutes: number | null) =>
  (
    await connectTo(backend, 'prosper', simulator, {
      name,
      settings: ConnectionSettings.parse({ everyMinutes }),
    })
  ).id

/** Lets the clock go on as the timer would, until so much time has passed; syncs that start are awaited. */
async function pass(minutes: number): Promise<void> {
  const last = backend.db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM sync_runs').pluck()
  const move = backend.db.prepare(
    'UPDATE sync_runs SET started_at_ms = @nowMs, finished_at_ms = @nowMs WHERE id > @before',
  )
  for (const untilMs = nowMs + minutes * MIN; nowMs < untilMs; ) {
    const before = last.get()
    const againInMs = scheduler.tick()
    while (engine.status().length > 0) await new Promise((resolve) => setImmediate(resolve))
    // Runs go by the real clock; here they were when the test's clock says.
    move.run({ nowMs, before })
    nowMs += againInMs
  }
}

it('syncs what has a schedule, as one sync that says what began it', async () => {
  const id = await connect('Clinic', 30)
  const silent = await connect('Only by hand', null)
  expect(describeConnection(backend.db, silent).nextSyncAt).toBeNull()
  await pass(1)
  expect(listRuns(backend.db, id, 9)).toMatchObject([
    { trigger: 'schedule', outcome: 'done', counts: { added: 3 } },
  ])
  expect(listRuns(backend.db, silent, 9)).toEqual([])
  const { nextSyncAt, lastRun } = describeConnection(backend.db, id)
  const inMin = (Date.parse(nextSyncAt ?? '') - Date.parse(lastRun?.startedAt ?? '')) / MIN
  expect(inMin).toBeGreaterThanOrEqual(30)
  expect(inMin).toBeLessThanOrEqual(31)
})

it('starts several one after the other, each once', async () => {
  const ids = [await connect('A', 60), await connect('B', 60), await connect('C', 60)]
  scheduler.tick()
  expect(engine.status()).toHaveLength(1)
  await pass(1)
  for (const id of ids) expect(listRuns(backend.db, id, 9)).toHaveLength(1)
})

it('leaves a connection alone that is being synced, or that another process works on', async () => {
  const id = await connect('Clinic', 5)
  const unlock = lockConnection(backend.paths, { id, name: 'Clinic' }, 'The command line')
  for (let i = 0; i < 5; i += 1) {
    nowMs += 20_000
    scheduler.tick()
  }
  expect(engine.status()).toEqual([])
  expect(listRuns(backend.db, id, 9)).toEqual([])
  unlock()
  const { ended } = engine.start(id, { recordings: 'none', secrets: null })
  nowMs += MIN
  scheduler.tick()
  await ended
  expect(listRuns(backend.db, id, 9)).toMatchObject([{ trigger: 'person' }])
})

it('goes on to the next connection while somebody works on the first', async () => {
  const ids = [await connect('A', 5), await connect('B', 5)]
  const [first = '', second = ''] = dueConnections(backend.db, nowMs).map(({ id }) => id)
  expect([first, second].toSorted()).toEqual(ids.toSorted())
  const unlock = lockConnection(backend.paths, { id: first, name: 'A' }, 'The command line')
  await pass(0.5)
  expect(listRuns(backend.db, second, 9)).toMatchObject([{ outcome: 'done' }])
  unlock()
  await pass(2)
  expect(listRuns(backend.db, first, 9)).toMatchObject([{ outcome: 'done' }])
})

it('makes up for a long sleep with one sync', async () => {
  const id = await connect('Clinic', 5)
  await pass(1)
  nowMs += 9 * 60 * MIN
  expect(scheduler.tick()).toBe(15_000)
  expect(engine.status()).toEqual([])
  nowMs += 15_000
  await pass(1)
  expect(listRuns(backend.db, id, 9)).toHaveLength(2)
})

it('without a network fails quietly, ever more rarely, and goes on when it is back', async () => {
  const id = await connect('Clinic', 5)
  await pass(1)
  const port = Number(new URL(simulator.url).port)
  await simulator.close()
  await pass(6 * 60)
  // After 10, 20 and 40 minutes, then once an hour.
  expect(runFacts(backend.db, id).failuresInARow).toBe(8)
  const runs = listRuns(backend.db, id, 99).filter(({ outcome }) => outcome === 'failed')
  expect(runs).toHaveLength(8)
  expect(runs[0]?.problem).toMatch(/reached/)
  simulator = await startProsperSimulator({ calls: 3, recordings: quickRecordings, port })
  await pass(62)
  expect(runFacts(backend.db, id).failuresInARow).toBe(0)
  expect(describeConnection(backend.db, id).lastRun).toMatchObject({ outcome: 'done', trigger: 'schedule' })
})

it('does not take a webhook’s single calls for syncs', async () => {
  const id = await connect('Clinic', 5)
  await pass(1)
  const before = runFacts(backend.db, id)
  backend.db
    .prepare(
      "INSERT INTO sync_runs (connection_id, started_at_ms, trigger, outcome) VALUES (?, ?, 'webhook', 'failed')",
    )
    .run(id, nowMs)
  expect(runFacts(backend.db, id)).toEqual(before)
})

it('knows removed connections and those without kept secrets no more', async () => {
  const id = await connect('Clinic', 5)
  expect(dueConnections(backend.db, nowMs)).toEqual([{ id, atMs: nowMs }])
  backend.db.prepare('UPDATE connections SET keeps_secrets = 0').run()
  expect(dueConnections(backend.db, nowMs)).toEqual([])
  backend.db.prepare('UPDATE connections SET keeps_secrets = 1').run()
  removeConnection(backend.db, id, nowMs)
  expect(dueConnections(backend.db, nowMs)).toEqual([])
})

it('reads a few runs of an index, however long the histories', async () => {
  const id = await connect('Clinic', 5)
  const insert = backend.db.prepare(
    'INSERT INTO sync_runs (connection_id, started_at_ms, trigger) VALUES (?, 1, ?)',
  )
  for (let i = 0; i < 500; i += 1) insert.run(id, i % 2 ? 'webhook' : 'schedule')
  const planOf = (sql: string) =>
    backend.db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(id)
      .map(({ detail }) => detail)
  expect(
    planOf(
      "SELECT started_at_ms FROM sync_runs WHERE connection_id = ? AND trigger <> 'webhook' ORDER BY id DESC LIMIT 8",
    ),
  ).toEqual(['SEARCH sync_runs USING INDEX sync_runs_by_connection (connection_id=?)'])
  expect(
    planOf(
      "SELECT id FROM sync_runs WHERE connection_id = ? AND trigger = 'webhook' ORDER BY id DESC LIMIT 1 OFFSET 499",
    ),
  ).toEqual(['SEARCH sync_runs USING COVERING INDEX sync_runs_of_webhooks (connection_id=?)'])
})
