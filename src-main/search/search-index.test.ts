import type { JsonValue } from '@contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WriteDb } from '../db/open'
import { openBothForReading } from '../db/workspace'
import { countCalls, matchesInCall, searchPage } from './queries'
import {
  assignSearchKey,
  changeIndexed,
  checkIndex,
  ensureIndex,
  indexState,
  KEYS_PER_MINUTE,
  searchKeySpillMinutes,
  unindexCall,
} from './search-index'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace
let db: WriteDb

beforeEach(async () => {
  workspace = await searchWorkspace()
  db = workspace.calls
})
afterEach(() => workspace.close())

const find = (query: string): string[] =>
  searchPage(workspace.db, { query, sort: 'date', limit: 200, cursor: null }, 0).hits.map(
    (hit) => hit.externalId,
  )
const pkOf = (externalId: string): number =>
  Number(db.prepare('SELECT pk FROM calls WHERE external_id = ?').pluck().get(externalId))

function forget(externalId: string): void {
  const pk = pkOf(externalId)
  db.transaction(() => {
    unindexCall(db, pk)
    for (const sql of ['DELETE FROM revisions WHERE call_pk = ?', 'DELETE FROM calls WHERE pk = ?'])
      db.prepare(sql).run(pk)
  })()
}

const WORDS = [
  'refund',
  'café',
  'मुझे',
  '房子',
  '👍🏽',
  'x\uE000y',
  '\uE002',
  'a\0b',
  '\uD800',
  '""',
  "don't",
  'เงิน',
  '---',
]

/** `EARMARK_LONG=1` for 10,000 and more. */
const RUNS = process.env.EARMARK_LONG === '1' ? 250 : 40

test('after random upserts, moves and deletions the index still agrees with the calls', {
  timeout: 600_000,
}, () => {
  const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' '))
  const step = fc.record({
    id: fc.integer({ min: 0, max: 20 }),
    kind: fc.constantFrom('upsert', 'upsert', 'upsert', 'delete'),
    turns: fc.array(text, { maxLength: 4 }),
    summary: fc.option(text),
    status: fc.constantFrom('completed', 'Failed', 'नया', null),
    fields: fc.constantFrom<Record<string, JsonValue>>(
      {},
      { booked: true },
      { a: { 'Wie groß?': 'sehr 漢' } },
      { qa: { score: 3 } },
    ),
    startedAtMs: fc.integer({ min: 0, max: 3 }).map((minute) => minute * 60_000),
    from: fc.constantFrom('+1 555', 'unknown', null),
  })
  let steps = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (all) => {
      for (const { id, kind, ...sketch } of all) {
        steps += 1
        if (kind === 'upsert') workspace.add({ externalId: `c${id}`, ...sketch })
        else if (pkOf(`c${id}`) > 0) forget(`c${id}`)
      }
      expect(checkIndex(db)).toBeNull()
    }),
    { numRuns: RUNS },
  )
  expect(steps).toBeGreaterThan(RUNS * 30 - 1)
})

test('the check notices a text that changed behind the index’s back', () => {
  workspace.add({ externalId: 'a', turns: ['refund'] })
  expect(checkIndex(db)).toBeNull()
  db.prepare("UPDATE transcripts SET turns = replace(turns, 'refund', 'other')").run()
  expect(checkIndex(db)).not.toBeNull()
})

test('a changed call is found by its new words and not by its old ones', () => {
  workspace.add({ externalId: 'a', turns: ['refund'] })
  db.transaction(() => {
    changeIndexed(db, pkOf('a'), () =>
      db.prepare("UPDATE transcripts SET turns = replace(turns, 'refund', 'money')").run(),
    )
  })()
  expect(find('refund')).toEqual([])
  expect(find('money')).toEqual(['a'])
  expect(checkIndex(db)).toBeNull()
})

test('whatever the fields of a call hold, the index agrees with the call as it was written and as it is read', async () => {
  const hostile = ['\uD800', 'a\0b', 'x\uE000y', ' ', '', '\uE010vx', '漢👍', null]
  workspace.add(
    ...hostile.map((value, i) => ({
      externalId: `${value ?? 'null'} ${i}`,
      summary: value,
      status: value,
      sentiment: value,
      campaignId: value,
      goalAchieved: value,
      from: value,
      to: value,
      party: value,
      turns: [
        { text: value ?? '', redirect: value },
        { text: 'refund', redirect: value === '' ? 'Sales' : value },
      ],
    })),
  )
  expect(checkIndex(db)).toBeNull()
  await ensureIndex(db, { force: true })
  expect(checkIndex(db)).toBeNull()
  expect(find('refund ')).toHaveLength(hostile.length)
})

describe('keys', () => {
  const take = (startedAtMs: number): number => {
    const key = assignSearchKey(db, startedAtMs)
    db.prepare(
      `INSERT INTO calls (id, search_key, connection_id, vendor, external_id, started_at_ms, started_at_source, turn_count,
         completeness, is_final, fields, content_hash, first_seen_at_ms, updated_at_ms)
       VALUES (?, ?, ?, 'prosper', ?, ?, 'vendor', 0, 'detail', 1, '{}', '', 0, 0)`,
    ).run(`k${key}`, key, workspace.connectionId, `k${key}`, startedAtMs)
    return key
  }

  test('are in order of time; within a minute in order of arrival', () => {
    const minute = 29_000_000
    expect(take(minute * 60_000 + 5)).toBe(minute * KEYS_PER_MINUTE)
    expect(take(minute * 60_000 + 1)).toBe(minute * KEYS_PER_MINUTE + 1)
    expect(take(minute * 60_000 - 1)).toBe((minute - 1) * KEYS_PER_MINUTE)
    expect(searchKeySpillMinutes(db)).toBe(0)
  })

  test('of a full minute go on in the next with room, and how far is remembered', () => {
    db.transaction(() => {
      for (let i = 0; i < KEYS_PER_MINUTE * 2; i += 1) expect(take(60_000)).toBe(KEYS_PER_MINUTE + i)
      expect(take(60_000)).toBe(KEYS_PER_MINUTE * 3)
      expect(take(120_000)).toBe(KEYS_PER_MINUTE * 3 + 1)
    })()
    expect(searchKeySpillMinutes(db)).toBe(2)
  })

  test('exist for any time that a vendor may give', () => {
    for (const ms of [-1e15, 0, 8.64e15, 1e300, Number.NaN])
      expect(Number.isSafeInteger(assignSearchKey(db, ms))).toBe(true)
  })
})

describe('building', () => {
  test('an index of another version is made anew', async () => {
    workspace.add({ externalId: 'a', turns: ['refund'] })
    db.prepare(
      "UPDATE meta SET value = json_set(value, '$.version', 'older') WHERE key = 'search_index'",
    ).run()
    expect(indexState(db)).toEqual({ state: 'missing' })
    const page = searchPage(workspace.db, { query: 'refund', sort: 'date', limit: 5, cursor: null }, 0)
    expect(page.hits).toEqual([])
    expect(page.problems[0]?.message).toContain('being built')
    expect(
      searchPage(workspace.db, { query: '', sort: 'date', limit: 5, cursor: null }, 0).hits,
    ).toHaveLength(1)
    expect(await ensureIndex(db)).toBe(true)
    expect(await ensureIndex(db)).toBe(false)
    expect(find('refund')).toEqual(['a'])
  })

  test('goes on after an interruption, while calls come, change and go', async () => {
    workspace.add(...Array.from({ length: 50 }, (_, i) => ({ externalId: `c${i}`, turns: [`refund n${i}`] })))
    const stop = new AbortController()
    const progress: [number, number][] = []
    await ensureIndex(db, {
      force: true,
      sliceCalls: 10,
      signal: stop.signal,
      onProgress: (done, total) => {
        progress.push([done, total])
        if (done === 20) stop.abort()
      },
    })
    expect(progress).toEqual([
      [10, 50],
      [20, 50],
    ])
    expect(indexState(db).state).toBe('building')
    workspace.add({ externalId: 'c3', turns: ['changed early'], startedAtMs: 1 })
    workspace.add({ externalId: 'c40', turns: ['changed late'], startedAtMs: 2 })
    workspace.add({
      externalId: 'c41',
      turns: ['changed in place'],
      startedAtMs: Date.UTC(2026, 0, 1, 12, 41),
    })
    workspace.add({ externalId: 'new', turns: ['refund new'] })
    forget('c5')
    forget('c45')
    expect(checkIndexOfBuilt()).toBe(true)
    await ensureIndex(db)
    expect(indexState(db)).toEqual({ state: 'ready' })
    expect(checkIndex(db)).toBeNull()
    expect(countCalls(workspace.db, 'refund', 0).total).toBe(46)
    expect(find('changed')).toEqual(['c41', 'c40', 'c3'])
  })

  /** The built part has each call that it should have, found by its words. */
  function checkIndexOfBuilt(): boolean {
    return find('early').length === 1 && find('late').length === 1 && find('place').length === 0
  }

  test('a reader that was open before sees the new index', async () => {
    const [id = ''] = workspace.add({ externalId: 'a', turns: ['refund'] })
    const reader = openBothForReading(workspace.paths)
    try {
      expect(matchesInCall(reader, 'refund', id, 0)).toHaveLength(1)
      await ensureIndex(db, { force: true })
      expect(matchesInCall(reader, 'refund', id, 0)).toHaveLength(1)
    } finally {
      reader.close()
    }
  })
})
