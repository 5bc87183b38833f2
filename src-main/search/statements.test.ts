import { parseQuery } from '@contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile } from './compile'
import { defineSearchFunctions } from './search-index'
import * as statements from './statements'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await searchWorkspace()
  workspace.add(
    ...Array.from({ length: 300 }, (_, i) => ({
      externalId: `c${i}`,
      turns: ['refund please'],
      durationMs: i,
    })),
  )
  // The planner must choose the same with statistics and without.
  workspace.calls.exec('ANALYZE')
  defineSearchFunctions(workspace.db)
})
afterAll(() => workspace.close())

const planOf = ({ sql, parameters }: statements.Statement): string[] =>
  workspace.db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...parameters)
    .map(({ detail }) => detail)
const compiled = (query: string) => compile(workspace.db, parseQuery(query), Date.UTC(2026, 0, 2))

const WORDS = /^SCAN search VIRTUAL TABLE INDEX 0:M4/
const WORDS_IN_ORDER = /^SCAN search VIRTUAL TABLE INDEX 192:M4/
const WITH_WORDS = [
  'refund',
  '"refund please"',
  '-refund ',
  'status:completed ',
  'refund status:completed -sentiment:negative campaign:x ',
  'refund date:2026-01 ',
  'refund date:2025 date:2026 ',
  'refund score:<70 duration:>1s ',
  'refund has:recording ',
  'refund has:annotation label:x reviewer:y ',
  'refund reviewed:no duration:>1s ',
]
const WITHOUT_WORDS = [
  '',
  'date:2026-01 ',
  'score:<70 ',
  'has:recording ',
  'has:annotation ',
  'reviewed:no -date:2025 ',
]

describe.each(WITH_WORDS)('the query %s', (query) => {
  test('is led by the index of words, in its own order, and looks calls up in the index that covers them', () => {
    for (const statement of [
      statements.pageByDate(compiled(query), null, 50),
      statements.pageByDate(compiled(query), 29_000_000 * 1024, 50),
      statements.keysByDate(compiled(query), null, 50),
      statements.count(compiled(query)),
      statements.keysAmong(compiled(query), [1, 2]),
    ]) {
      const plan = planOf(statement)
      const steps = plan.filter((step) => /^(SCAN|SEARCH) (search|n)\b/.test(step))
      // 192: FTS5 gives its rows by rowid, descending (64 + 128); 0: nobody asks for an order.
      expect(steps[0]).toMatch(/ORDER BY/.test(statement.sql) ? WORDS_IN_ORDER : WORDS)
      for (const step of steps.slice(1))
        expect(step).toMatch(/^SEARCH n USING COVERING INDEX calls_in_time \(search_key=\?\)$/)
      expect(plan.join('\n')).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
      expect(writtenParts(plan)).toEqual([])
    }
  })

  test('counts facets the same way', () => {
    for (const beforeKey of [null, 29_000_000 * 1024]) {
      const plan = planOf(statements.facetsOfHits(compiled(query), beforeKey))
      expect(plan.filter((step) => /^(SCAN|SEARCH) (search|n)\b/.test(step))).toEqual([
        expect.stringMatching(WORDS_IN_ORDER),
        'SEARCH n USING COVERING INDEX calls_in_time (search_key=?)',
      ])
    }
  })
})

describe.each(WITHOUT_WORDS)('the query %s', (query) => {
  test('walks the calls in order of time through the index that covers them', () => {
    for (const statement of [
      statements.pageByDate(compiled(query), null, 50),
      statements.count(compiled(query)),
      statements.keysAmong(compiled(query), [1, 2]),
      statements.facetsOfHits(compiled(query), null),
    ]) {
      const plan = planOf(statement)
      expect(plan.filter((step) => /^(SCAN|SEARCH) (search|n)\b/.test(step))).toEqual([
        expect.stringMatching(/^SEARCH n USING COVERING INDEX calls_in_time \(search_key>\?/),
      ])
      expect(plan.join('\n')).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
      expect(writtenParts(plan)).toEqual([])
    }
  })
})

test('by relevance one walk over the newest hits is sorted, and nothing is marked in it', () => {
  const statement = statements.keysByRelevance(compiled('refund'), 0, 50)
  expect(planOf(statement).filter((step) => /VIRTUAL|TEMP/.test(step))).toEqual([
    expect.stringMatching(WORDS_IN_ORDER),
    'USE TEMP B-TREE FOR ORDER BY',
  ])
  expect(statement.sql).not.toContain('highlight')
})

test('marks are made in one walk; those of one call by its key', () => {
  const query = compiled('refund')
  expect(planOf(statements.marksOf(query, [1, 2]))[0]).toMatch(/^SCAN search VIRTUAL TABLE INDEX 0:.*[<>]/)
  expect(planOf(statements.marksInCall(query.anyWord ?? '', 1))[0]).toMatch(
    /^SCAN search VIRTUAL TABLE INDEX 0:.*=/,
  )
})

test.each(Object.keys(statements.FACET_COLUMNS) as statements.FacetField[])(
  'the values of %s in all calls come from the index that is ordered by it',
  (field) => {
    expect(planOf(statements.valuesOfAll(field))).toEqual([
      expect.stringContaining(`n USING COVERING INDEX calls_by_${field}`),
    ])
  },
)

/** Steps over what people wrote that read a whole table of calls. */
function writtenParts(plan: readonly string[]): string[] {
  return plan.filter((step) => /^SCAN k\b/.test(step))
}
