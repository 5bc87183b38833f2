import type { JsonValue } from '@contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { idForNew, insertConnection } from '../connections/queries'
import { checkIndex } from '../search/search-index'
import { contentOf, draftFor, type TestBackend, testBackend } from '../sync/testing'
import { prosper } from '../vendors/prosper'
import type { VendorCall } from '../vendors/vendor-call'
import { canonicalJson, hashRecord } from './canonical'
import { listQuarantine, quarantineRecords, releaseReadable } from './quarantine'
import { upsertCalls } from './store'

let backend: TestBackend
let connection: { id: string; vendor: 'prosper' }

beforeEach(async () => {
  backend = await testBackend()
  const draft = draftFor('prosper', { url: 'http://127.0.0.1:1', campaigns: ['c'], apiKey: '' })
  connection = { id: idForNew(backend.db, 'prosper', 'Clinic'), vendor: 'prosper' }
  insertConnection(backend.db, connection.id, { kind: 'api', keepsSecrets: false }, draft, 1)
})
afterEach(() => backend.close())

const parsed = (json: JsonValue, source: 'list' | 'detail'): VendorCall => {
  const [call] = prosper.parse(json, { campaignId: 'c', source }).calls
  if (!call) throw new Error('unreadable')
  return call
}
const row = {
  call_log_id: 1,
  status: 'completed',
  created_at: '2026-03-01T10:00:00Z',
  phone_number: '+123456789',
}
const listed = (change: object = {}) => parsed({ ...row, ...change }, 'list')
const detailRecord = {
  call_log_id: 1,
  status: 'completed',
  transcript: [{ speaker: 'agent', text: 'Hello', timestamp: 0 }],
}
const detail = (change: object = {}) => parsed({ ...detailRecord, ...change }, 'detail')

const store = (...calls: VendorCall[]) =>
  upsertCalls(backend.db, connection, calls, 1000).map(({ outcome }) => outcome)
const stored = () => backend.db.prepare<[], Record<string, unknown>>('SELECT * FROM calls').get() ?? {}
const count = (table: string) => Number(backend.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())

describe('a record', () => {
  test('is added once, and the same again changes no byte', () => {
    expect(store(listed(), detail())).toEqual(['added'])
    const before = contentOf(backend.db)
    expect(store(listed(), detail())).toEqual(['unchanged'])
    expect(contentOf(backend.db)).toEqual(before)
  })

  test('with its keys in another order is the same', () => {
    store(detail())
    const turned = Object.fromEntries(Object.entries(detailRecord).reverse())
    expect(store(parsed(turned, 'detail'))).toEqual(['unchanged'])
    expect(count('revisions')).toBe(1)
  })

  test('that changed is kept beside the earlier one', () => {
    store(detail())
    expect(store(detail({ qa_results: { overall_score: 50 } }))).toEqual(['updated'])
    expect(stored().vendor_score).toBe(50)
    expect(count('revisions')).toBe(2)
    expect(checkIndex(backend.db)).toBeNull()
  })

  test('whose recording address is signed anew has not changed, but the new address counts', () => {
    store(detail({ recording_url: 'https://audio.example/1.mp3?signature=a' }))
    expect(store(detail({ recording_url: 'https://audio.example/1.mp3?signature=b' }))).toEqual(['unchanged'])
    expect(count('revisions')).toBe(1)
    expect(backend.db.prepare('SELECT urls FROM recordings').pluck().get()).toBe(
      '["https://audio.example/1.mp3?signature=b"]',
    )
  })

  test('without a date gets the moment when it was first seen, and the vendor’s date when there is one', () => {
    store(detail())
    expect(stored()).toMatchObject({ started_at_ms: 1000, started_at_source: 'first_seen' })
    const key = stored().search_key
    expect(store(detail({ created_at: '2026-03-01T10:00:00Z' }))).toEqual(['updated'])
    expect(stored()).toMatchObject({ started_at_ms: Date.UTC(2026, 2, 1, 10), started_at_source: 'vendor' })
    expect(stored().search_key).not.toBe(key)
    expect(checkIndex(backend.db)).toBeNull()
  })
})

describe('a summary', () => {
  test('never overwrites what a detail said', () => {
    store(detail({ summary: 'From the detail' }))
    store(listed({ summary: 'From the list', status: 'whatever' }))
    expect(stored()).toMatchObject({
      summary: 'From the detail',
      status: 'completed',
      completeness: 'detail',
      turn_count: 1,
    })
  })

  test.each([
    ['before', () => [[listed()], [detail()]]],
    ['after', () => [[detail()], [listed()]]],
    ['with', () => [[detail(), listed()]]],
  ])('%s a detail fills what the detail leaves out', (_, batches) => {
    for (const batch of batches()) store(...batch)
    expect(stored()).toMatchObject({
      party: '+123456789',
      completeness: 'detail',
      started_at_ms: Date.UTC(2026, 2, 1, 10),
    })
    const before = contentOf(backend.db)
    expect(store(detail())).toEqual(['unchanged'])
    expect(store(listed())).toEqual(['unchanged'])
    expect(contentOf(backend.db)).toEqual(before)
    expect(checkIndex(backend.db)).toBeNull()
  })
})

describe('a recording', () => {
  test('waits when there is an address, is none without, and gets another chance with a new one', () => {
    store(detail())
    expect(stored().recording_state).toBe('none')
    store(detail({ recording_url: 'https://audio.example/1.mp3' }))
    expect(stored().recording_state).toBe('waiting')
    backend.db.exec(
      "UPDATE calls SET recording_state = 'failed'; UPDATE recordings SET attempts = 5, problem = 'x'",
    )
    store(detail({ recording_url: 'https://audio.example/2.mp3' }))
    expect(stored().recording_state).toBe('waiting')
    expect(backend.db.prepare('SELECT attempts, problem FROM recordings').get()).toEqual({
      attempts: 0,
      problem: null,
    })
  })

  test('that is here stays, whatever the vendor says of addresses later', () => {
    store(detail({ recording_url: 'https://audio.example/1.mp3' }))
    backend.db.exec("UPDATE calls SET recording_state = 'ready'")
    store(detail({ recording_url: 'https://audio.example/2.mp3' }))
    store(detail())
    expect(stored().recording_state).toBe('ready')
  })
})

describe('what can not be read', () => {
  const broken = { externalId: '1', reason: 'Its turns are no list.', raw: { call_log_id: 1, transcript: 5 } }

  test('is kept once, however often it comes', () => {
    quarantineRecords(backend.db, connection.id, [broken], 5)
    quarantineRecords(backend.db, connection.id, [broken], 9)
    expect(listQuarantine(backend.db, connection.id)).toMatchObject([
      {
        externalId: '1',
        reason: broken.reason,
        connectionName: 'Clinic',
        firstSeenAt: '1970-01-01T00:00:00.005Z',
      },
    ])
  })

  test('is let go when its call was read in full, not when only its row in the list was', () => {
    quarantineRecords(backend.db, connection.id, [broken], 5)
    releaseReadable(backend.db, connection.id, [listed()], new Set())
    expect(count('quarantine')).toBe(1)
    releaseReadable(backend.db, connection.id, [detail()], new Set())
    expect(count('quarantine')).toBe(0)
  })
})

test('random records in random order leave the index and the counts right, and a repetition changes nothing', () => {
  const record = fc.record({
    id: fc.integer({ min: 1, max: 8 }),
    isDetail: fc.boolean(),
    text: fc.constantFrom('', 'hello there', 'नमस्ते', '👍 great', 'a\u0000b'),
    status: fc.constantFrom('completed', 'in_progress', null),
    day: fc.constantFrom('2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z', null),
  })
  fc.assert(
    fc.property(
      fc.array(fc.array(record, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
      (batches) => {
        const read = (batch: (typeof batches)[number]) =>
          batch.map(({ id, isDetail, text, status, day }) =>
            parsed(
              {
                call_log_id: id,
                status,
                created_at: day,
                ...(isDetail
                  ? { transcript: [{ speaker: 'user', text, timestamp: 0 }] }
                  : { phone_number: text }),
              },
              isDetail ? 'detail' : 'list',
            ),
          )
        for (const batch of batches) store(...read(batch))
        expect(checkIndex(backend.db)).toBeNull()
        expect(count('turns')).toBe(
          Number(backend.db.prepare('SELECT sum(turn_count) FROM calls').pluck().get()),
        )
        const last = read(batches.at(-1) ?? [])
        const newest = new Map(last.map((call) => [`${call.externalId} ${call.completeness}`, call]))
        const before = contentOf(backend.db)
        expect(new Set(store(...newest.values()))).toEqual(new Set(['unchanged']))
        expect(contentOf(backend.db)).toEqual(before)
      },
    ),
    { numRuns: 60 },
  )
})

test('canonical JSON sorts keys at every depth, and keeps odd ones', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
  expect(hashRecord(JSON.parse('{"__proto__": 1}'))).not.toBe(hashRecord({}))
})
