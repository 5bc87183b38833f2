import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonValue } from '@contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { retryQuarantine } from '../connections/retry'
import { importFiles } from '../imports/import-files'
import { lockConnection } from '../sync/lock'
import { connectTo, type TestBackend, testBackend } from '../sync/testing'
import { parse } from '../vendors/prosper/parse'
import { listQuarantine, quarantineRecords } from './quarantine'
import { quarantinedRaw } from './retry-quarantine'
import { upsertCalls } from './store'

let backend: TestBackend
beforeEach(async () => {
  backend = await testBackend()
})
afterEach(() => backend.close())

const nowhere = { url: 'http://127.0.0.1:1', campaigns: ['7'], apiKey: 'k', accessToken: 't' }
const connect = async (vendor: 'prosper' | 'malakai' = 'prosper', name = 'Clinic') =>
  (await connectTo(backend, vendor, nowhere, { name })).id
const setAside = (connectionId: string, raw: JsonValue, externalId: string | null = null, seenMs = 1000) => {
  quarantineRecords(
    backend.db,
    connectionId,
    [{ externalId, reason: 'An old parser could not.', raw }],
    seenMs,
  )
  return Number(backend.db.prepare('SELECT max(id) FROM quarantine').pluck().get())
}
const detail = (id: number, more: object = {}) => ({
  call_log_id: id,
  status: 'completed',
  transcript: [{ speaker: 'agent', text: `Call ${id}`, timestamp: 0 }],
  ...more,
})
const left = () => listQuarantine(backend.db, null).map(({ externalId, reason }) => [externalId, reason])
const stored = () =>
  backend.db.prepare('SELECT external_id, status, campaign_id FROM calls ORDER BY 1').raw().all()
const retry = (connectionId: string | null, id: number | null = null) =>
  retryQuarantine(backend, connectionId, id)

describe('reading once more what was set aside', () => {
  test('stores what is readable now as a sync would, releases it, and counts the rest with today’s reason', async () => {
    const id = await connect()
    setAside(id, detail(1), '1')
    setAside(id, { status: 'completed' })
    setAside(id, 'no JSON at all')
    expect(await retry(id)).toEqual({ readable: 1, stillUnreadable: 2 })
    expect(stored()).toEqual([['1', 'completed', '7']])
    expect(left()).toEqual([
      [null, 'The record is not an object with fields.'],
      [null, 'The record has no usable id (neither "call_log_id" nor "id").'],
    ])
    expect(backend.events.map(({ type }) => type)).toContain('calls.changed')
    expect(await retry(id)).toEqual({ readable: 0, stillUnreadable: 2 })
  })

  test('can be asked for one record, one connection, or all', async () => {
    const clinic = await connect()
    const other = await connect('malakai', 'Other')
    const first = setAside(clinic, detail(1), '1')
    setAside(clinic, detail(2), '2')
    setAside(other, { session_id: 's1', call_duration: 3 }, 's1')
    expect(await retry(null, first)).toEqual({ readable: 1, stillUnreadable: 0 })
    expect(await retry(other)).toEqual({ readable: 1, stillUnreadable: 0 })
    expect(await retry(null)).toEqual({ readable: 1, stillUnreadable: 0 })
    expect(stored()).toEqual([
      ['1', 'completed', '7'],
      ['2', 'completed', '7'],
      ['s1', null, '7'],
    ])
    await expect(retry(null, first)).rejects.toThrow('This record is not set aside any more.')
  })

  test('takes many in batches, of a call the latest', async () => {
    const id = await connect()
    for (let n = 1; n <= 250; n += 1) setAside(id, detail(n), String(n))
    setAside(id, detail(1, { status: 'older' }), '1', 500)
    const { readable } = await retry(id)
    expect(readable).toBe(250)
    expect(stored()).toHaveLength(250)
    expect(stored()[0]).toEqual(['1', 'completed', '7'])
    expect(left()).toEqual([])
  })

  test('leaves a later record of the call aside when only an earlier one is readable', async () => {
    const id = await connect()
    setAside(id, detail(1), '1', 500)
    const later = setAside(id, 'cut off', '1', 1000)
    expect(await retry(id)).toEqual({ readable: 1, stillUnreadable: 1 })
    expect(stored()).toEqual([['1', 'completed', '7']])
    expect(listQuarantine(backend.db, id).map((record) => record.id)).toEqual([later])
  })

  test('does not undo what was read of the call since', async () => {
    const id = await connect()
    setAside(id, detail(1, { status: 'ringing' }), 'x', 1000)
    backend.db.prepare('UPDATE quarantine SET external_id = NULL').run()
    const { calls } = parse(detail(1), { campaignId: null, source: 'detail' })
    upsertCalls(backend.db, { id, vendor: 'prosper' }, calls, 2000)
    expect(await retry(id)).toEqual({ readable: 0, stillUnreadable: 1 })
    expect(stored()).toEqual([['1', 'completed', null]])
    expect(left()[0]?.[1]).toMatch(/a newer one of its call has been stored since/)
  })

  test('does not take another call for the one that was asked for', async () => {
    const id = await connect()
    setAside(id, detail(2), '1')
    expect(await retry(id)).toEqual({ readable: 0, stillUnreadable: 1 })
    expect(stored()).toEqual([])
  })

  test('of files: strange lines stay aside, a line that became readable is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-retry-'))
    try {
      const file = join(folder, 'lines.jsonl')
      writeFileSync(
        file,
        `${JSON.stringify(detail(1))}\n{"hello": 1}\n{"from": "+1", "number": "+2"}\nnonsense\n`,
      )
      await importFiles(backend.db, backend.paths, [file])
      expect(left()).toHaveLength(3)
      const [{ id }] = backend.db.prepare('SELECT connection_id AS id FROM quarantine').all() as [
        { id: string },
      ]
      setAside(id, JSON.stringify(detail(5)))
      expect(await retry(null)).toEqual({ readable: 1, stillUnreadable: 3 })
      expect(stored().map((row) => (row as string[])[0])).toEqual(['1', '5'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('waits for nobody: who is at the connection is named; others of all are read', async () => {
    const clinic = await connect()
    const other = await connect('prosper', 'Other')
    setAside(clinic, detail(1), '1')
    setAside(other, detail(2), '2')
    const unlock = lockConnection(backend.paths, { id: clinic, name: 'Clinic' }, 'The command line')
    try {
      await expect(retry(clinic)).rejects.toThrow(/The command line .* "Clinic" now/)
      expect(await retry(null)).toEqual({ readable: 1, stillUnreadable: 0 })
    } finally {
      unlock()
    }
  })
})

test('the whole record is shown, indented, or as the text that it is', async () => {
  const id = await connect()
  const long = { call_log_id: '', text: 'x'.repeat(30_000) }
  expect(quarantinedRaw(backend.db, setAside(id, long))).toBe(JSON.stringify(long, null, 2))
  expect(quarantinedRaw(backend.db, setAside(id, 'a line'))).toBe('a line')
  expect(() => quarantinedRaw(backend.db, 99)).toThrow('not set aside any more')
})
