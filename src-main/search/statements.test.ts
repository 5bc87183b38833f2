import { parseQuery } from '@contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Branch, compile } from './compile'
import { defineSearchFunctions, KEYS_PER_MINUTE } from './search-index'
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
const branches = (query: string) => compile(workspace.db, parseQuery(query), Date.UTC(2026, 0, 2)).branches

const LEADERS = /^(SCAN|SEARCH) (search|search_words|n)\b/
const stepsOf = (plan: readonly string[]) => plan.filter((step) => LEADERS.test(step))
const RANGES = [statements.ALL_KEYS, { low: 5, high: 29_000_000 * KEYS_PER_MINUTE }]

const WITH_WORDS = [
  'refund',
  'r',
  'refund OR money ',
  'refund -money ',
  '-refund ',
  'status:completed ',
  'refund status:completed -sentiment:negative campaign:x ',
  'data.a:b ',
  'refund date:2026-01 ',
  'refund date:2025 date:2026 ',
  'refund score:<70 duration:>1s ',
  'refund talk:>60% -deadair:>5s ',
  'refund has:deadair latency:>2s OR silence:>30% ',
  'refund has:recording kept:no ',
  '"refund please" r',
  'refund has:annotation label:x reviewer:y ',
  'refund reviewed:no changed:no duration:>1s ',
  '(refund OR score:<5) money ',
]
const WITH_PLACES = [
  '"refund please"',
  '-"refund please" money ',
  'NEAR(refund please, 3) ',
  'speaker:caller refund ',
  'speaker:caller r',
  '房子',
  '"refund please" score:<70 ',
]
const WITHOUT_WORDS = [
  '',
  'date:2026-01 ',
  'score:<70 ',
  'has:recording ',
  'has:annotation ',
  'talk:>60% deadair:>5s ',
  'silence:>30% -monologue:>60s ',
  'interruptions:>2 OR latency:>2s ',
  '-has:deadair ',
  'reviewed:no -date:2025 ',
  'score:<70 OR duration:>5m ',
]

const walks = (branch: Branch) =>
  RANGES.flatMap((range) => [statements.keysIn(branch, range, 50), statements.countIn(branch, range, 50)])

describe.each([
  ...WITH_WORDS.map((query) => [query, 'search_words'] as const),
  ...WITH_PLACES.map((query) => [query, 'search'] as const),
])('the query %s', (query, table) => {
  test(`is led by ${table}, in its own order, and looks calls up in the index that covers them`, () => {
    for (const branch of branches(query).filter(({ said, words }) => said !== null || words !== null))
      for (const statement of [...walks(branch), statements.keysAmong(branch, [1, 2])]) {
        const plan = planOf(statement)
        const [first, ...rest] = stepsOf(plan)
        // 64 + 128: FTS5 gives its rows by rowid, descending; without: nobody asks for an order.
        const isOrdered = /ORDER BY/.test(statement.sql)
        expect(first).toMatch(new RegExp(`^SCAN ${table} VIRTUAL TABLE INDEX ${isOrdered ? '192' : '0'}:`))
        for (const step of rest)
          expect(step).toMatch(/^SEARCH n USING COVERING INDEX calls_in_time \(search_key=\?\)$/)
        expect(plan.join('\n')).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
        expect(writtenParts(plan)).toEqual([])
      }
  })

  test('counts facets the same way', () => {
    for (const branch of branches(query).filter(({ said, words }) => said !== null || words !== null))
      for (const range of RANGES)
        expect(stepsOf(planOf(statements.facetsIn(branch, range)))).toEqual([
          expect.stringMatching(new RegExp(`^SCAN ${table} VIRTUAL TABLE INDEX 0:`)),
          'SEARCH n USING COVERING INDEX calls_in_time (search_key=?)',
        ])
  })
})

describe('a bound of keys', () => {
  test('reaches FTS5 in every statement: as an integer', () => {
    for (const query of [...WITH_WORDS, ...WITH_PLACES])
      for (const branch of branches(query))
        for (const { sql } of walks(branch)) expect(sql).not.toMatch(/rowid\s*(?:[<>]=?|=|BETWEEN)\s*\?/)
    expect(statements.bestOf('refund', [1, 2]).sql).not.toMatch(/rowid BETWEEN \?/)
  })

  test('is lost on FTS5 as a plain number, which is why: each of its rows would come', () => {
    const found = (bound: string): number =>
      workspace.db
        .prepare(`SELECT rowid FROM search_words WHERE search_words MATCH 'refund' AND rowid = ${bound}`)
        .all(-1).length
    expect(found('CAST(? AS INTEGER)')).toBe(0)
    expect(found('?')).toBe(300)
  })
})

test('the beginning of a word beside a phrase is looked up in the index of words, the phrase in the same range', () => {
  const [branch] = branches('"refund please" r')
  expect(branch).toMatchObject({ said: '"refund please"', words: '"r" *' })
  for (const range of RANGES)
    expect(
      planOf(statements.keysIn(branch as Branch, range, 50)).filter((step) => /^SCAN/.test(step)),
    ).toEqual([
      expect.stringMatching(/^SCAN search_words VIRTUAL TABLE INDEX 192:/),
      expect.stringMatching(/^SCAN s VIRTUAL TABLE INDEX 0:/),
    ])
})

describe.each(WITHOUT_WORDS)('the query %s', (query) => {
  test('walks the calls in order of time through the index that covers them', () => {
    for (const branch of branches(query))
      for (const statement of [
        ...walks(branch),
        statements.keysAmong(branch, [1, 2]),
        statements.facetsIn(branch, statements.ALL_KEYS),
        statements.sortedIn(branch, statements.ALL_KEYS, 'score', null, 50),
      ]) {
        const plan = planOf(statement)
        expect(stepsOf(plan)).toEqual([
          expect.stringMatching(/^SEARCH n USING COVERING INDEX calls_in_time \(search_key>\?/),
        ])
        if (!/NULLS LAST/.test(statement.sql)) expect(plan.join('\n')).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
        expect(writtenParts(plan)).toEqual([])
      }
  })
})

test('a comparison in the vendor’s own fields looks only at calls that have the field', () => {
  const [branch] = branches('data.amount:>5 ')
  expect(branch?.words).not.toBeNull()
  const plan = planOf(statements.keysIn(branch ?? never(), statements.ALL_KEYS, 50))
  expect(stepsOf(plan)).toEqual([
    expect.stringMatching(/^SCAN search_words VIRTUAL TABLE INDEX 192:/),
    // Its text is in the row itself.
    'SEARCH n USING INDEX calls_in_time (search_key=?)',
  ])
})

const never = (): never => {
  throw new Error('There is no branch.')
}

test('windows, facets of known calls and marks of relevance go through indexes', () => {
  expect(planOf(statements.windowBelow(5000, 100))).toEqual([
    'SEARCH n USING COVERING INDEX calls_in_time (search_key>? AND search_key<?)',
  ])
  expect(stepsOf(planOf(statements.facetsAmong([1, 2])))).toEqual([
    'SEARCH n USING COVERING INDEX calls_in_time (search_key=?)',
  ])
  expect(planOf(statements.bestOf('"refund"', [1, 2]))[0]).toMatch(
    /^SCAN search VIRTUAL TABLE INDEX 0:.*[<>]/,
  )
})

test('what people wrote leads where a hit must be among it', () => {
  for (const query of ['has:annotation ', 'label:x ', 'kept:yes ', 'changed:yes ', 'has:recording '])
    for (const set of branches(query).flatMap(({ keySets }) => keySets))
      expect(writtenParts(planOf(statements.keysOfSet(set)))).toEqual([])
  expect(writtenParts(planOf(statements.LABELLED))).toEqual([])
})

test('how many of all calls have a combination of values comes from the index that is ordered by it', () => {
  expect(planOf(statements.countOfFacet(1))).toEqual([
    'SEARCH calls USING COVERING INDEX calls_by_facet (facet_id=?)',
  ])
})

/** Steps over what people wrote that read a whole table of calls. */
function writtenParts(plan: readonly string[]): string[] {
  return plan.filter((step) => /^SCAN k\b/.test(step))
}
