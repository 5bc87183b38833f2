import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atOnce } from './hits'
import { KEYS_FROM_SQL, NEXT_KEYS_SQL, windowSteps } from './positions'
import { searchWorkspace, type TestWorkspace } from './testing'

const CALLS = 2345
let workspace: TestWorkspace
beforeAll(async () => {
  workspace = await searchWorkspace()
  workspace.add(...Array.from({ length: CALLS }, (_, i) => ({ externalId: `c${i}` })))
})
afterAll(() => workspace.close())

const rows = (from: number, limit: number) => atOnce(windowSteps(workspace.db, { from, limit }))
const ids = (from: number, limit: number) => rows(from, limit).hits.map((hit) => hit.externalId)

test('the first rows come before the calls are counted, which is said', () => {
  const first = rows(0, 50)
  expect(first).toMatchObject({ total: 1000, isSettled: false })
  expect(first.hits.map((hit) => hit.externalId)).toEqual(
    Array.from({ length: 50 }, (_, i) => `c${CALLS - 1 - i}`),
  )
  expect(rows(0, 50)).toEqual({ total: CALLS, isSettled: true, hits: first.hits })
})

test('rows are reached by their place, newest first, over every border', () => {
  expect(rows(0, 1).total).toBe(CALLS)
  for (const from of [0, 1, 998, 999, 1000, 1001, 1999, 2000, 2340, 2344])
    expect(ids(from, 3), `from ${from}`).toEqual(
      [0, 1, 2].flatMap((i) => (from + i < CALLS ? [`c${CALLS - 1 - from - i}`] : [])),
    )
  expect(rows(CALLS, 10)).toMatchObject({ total: CALLS, hits: [] })
  expect(rows(1_000_000, 10).hits).toEqual([])
})

test('calls that come later push the others down', async () => {
  workspace.add({ externalId: 'new', startedAtMs: Date.UTC(2027, 0, 1) })
  // Places are made anew once a second at most.
  await pause(1100)
  expect(ids(0, 2)).toEqual(['new', `c${CALLS - 1}`])
  expect(ids(2000, 1)).toEqual([`c${CALLS - 2000}`])
  expect(rows(0, 1).total).toBe(CALLS + 1)
})

test('places are walked through the index in the order of time', () => {
  for (const [sql, ...parameters] of [
    [NEXT_KEYS_SQL, 9, 9],
    [KEYS_FROM_SQL, 9, 9, 9],
  ] as const)
    expect(
      workspace.db
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...parameters)
        .map(({ detail }) => detail),
    ).toEqual([expect.stringMatching(/^SEARCH calls USING COVERING INDEX calls_in_time \(search_key>\?/)])
})
