import { afterEach, beforeEach, expect, it } from 'vitest'
import { createWithoutSecrets } from '../connections/manage'
import { listRuns } from '../connections/queries'
import { draftFor, type TestBackend, testBackend } from '../sync/testing'
import type { Batch } from './delivery-queue'
import { enabledWebhooks, getWebhook, keepWebhook, noteNews, noteRun } from './queries'

let backend: TestBackend
let id: string
beforeEach(async () => {
  backend = await testBackend()
  id = createWithoutSecrets(
    backend,
    draftFor('prosper', { url: 'http://127.0.0.1:1', campaigns: ['c'], apiKey: '' }),
  ).id
})
afterEach(() => backend.close())

const batch: Batch = {
  startedAtMs: 1,
  added: 1,
  updated: 0,
  unchanged: 0,
  givenUp: 0,
  putOff: 0,
  problem: null,
}

it('the history keeps the last 500 batches of deliveries, and every sync', () => {
  const { db } = backend
  const sync = db.prepare(
    "INSERT INTO sync_runs (connection_id, started_at_ms, outcome) VALUES (?, 1, 'done')",
  )
  for (let i = 0; i < 510; i += 1) {
    if (i < 3) sync.run(id)
    noteRun(db, id, batch, i)
  }
  const count = (trigger: string) =>
    db.prepare('SELECT count(*) FROM sync_runs WHERE trigger = ?').pluck().get(trigger)
  expect([count('webhook'), count('person')]).toEqual([500, 3])
  expect(listRuns(db, id, 1)[0]?.finishedAt).toBe(new Date(509).toISOString())
})

it('numbers add up and outlive changed settings; the last problem does not', () => {
  const { db } = backend
  const settings = {
    connectionId: id,
    isEnabled: true,
    port: 4711,
    hasHmac: false,
    hmacHeader: 'x-signature',
  }
  keepWebhook(db, settings)
  noteNews(db, id, { accepted: 2, refused: 1, lastAtMs: 5, problem: 'Wrong.' })
  noteNews(db, id, { accepted: 0, refused: 1, lastAtMs: null, problem: undefined })
  expect(getWebhook(db, id)).toMatchObject({
    accepted: 2,
    refused: 2,
    lastAtMs: 5,
    problem: 'Wrong.',
    port: 4711,
  })
  noteNews(db, id, { accepted: 1, refused: 0, lastAtMs: 9, problem: null })
  expect(getWebhook(db, id).problem).toBeNull()
  noteNews(db, id, { accepted: 0, refused: 0, lastAtMs: null, problem: 'Wrong.' })
  expect(enabledWebhooks(db)).toEqual([id])
  keepWebhook(db, { ...settings, isEnabled: false })
  expect(getWebhook(db, id)).toMatchObject({
    isEnabled: false,
    accepted: 3,
    refused: 2,
    lastAtMs: 9,
    problem: null,
  })
  expect(enabledWebhooks(db)).toEqual([])
})
