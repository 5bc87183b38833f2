import { afterEach, beforeEach, expect, it } from 'vitest'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { CANDIDATES_SQL } from './candidates'
import { LEFT_SQL } from './records'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

const planOf = (sql: string, ...parameters: unknown[]): string =>
  workspace.db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...parameters)
    .map(({ detail }) => detail)
    .join('\n')

it('the next calls of a purge come from the index of their connection, in order, without being sorted', () => {
  const at = { connectionId: '', after: 0, bound: 1, beforeMs: 1, limit: 1 }
  const plan = planOf(CANDIDATES_SQL.batch, at)
  expect(plan).toContain('calls_by_connection (connection_id=? AND search_key>? AND search_key<?)')
  expect(plan).toContain('SEARCH r USING INTEGER PRIMARY KEY')
  expect(plan).not.toContain('TEMP B-TREE')
})

it('a preview walks the index of time, and looks annotations up by their call', () => {
  expect(planOf(CANDIDATES_SQL.slice, 0, 1, 1)).toContain('SEARCH calls USING COVERING INDEX calls_in_time')
  const plan = planOf(CANDIDATES_SQL.sums, { after: 0, last: 1, beforeMs: 1 })
  expect(plan).toContain('SEARCH c USING INDEX calls_in_time (search_key>? AND search_key<?)')
  expect(plan).toMatch(/SEARCH a USING (?:COVERING )?INDEX annotations_by_call \(call_id=\?\)/)
})

it('calls that are gone are found by walking annotations by call, and asking for each', () => {
  const plan = planOf(LEFT_SQL)
  expect(plan).toContain('USING INDEX annotations_by_call')
  expect(plan).toMatch(/SEARCH c USING COVERING INDEX \w+ \(id=\?\)/)
  expect(plan).not.toContain('TEMP B-TREE')
})

it('whether a call was purged is one look into its own table', () => {
  expect(planOf('SELECT 1 FROM reviews.purged WHERE id = ?', '')).toContain('USING PRIMARY KEY (id=?)')
})
