import { afterAll, beforeAll, expect, test } from 'vitest'
import { facetsOf } from './facet-counts'
import { searchHandlers } from './handlers'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace
/** More than one window holds. */
const TOTAL = 20_500

beforeAll(async () => {
  workspace = await searchWorkspace()
  workspace.add(
    ...Array.from({ length: TOTAL }, (_, i) => ({
      externalId: `c${i}`,
      turns: ['refund'],
      status: i % 3 === 0 ? 'failed' : 'completed',
      campaignId: i < 400 ? 'old' : null,
    })),
  )
}, 60_000)
afterAll(() => workspace.close())

test('facets count every hit, also where it takes several slices', () => {
  const { status, campaign } = facetsOf(workspace.db, 'refund -score:<5 ', 0)
  expect(status.map(({ value, count }) => [value, count])).toEqual([
    ['completed', TOTAL - Math.ceil(TOTAL / 3)],
    ['failed', Math.ceil(TOTAL / 3)],
  ])
  // Only in the last slice.
  expect(campaign).toEqual([{ value: 'old', label: 'old', count: 400 }])
})

test('rows are answered before the count, the count before the facets, newer facets before older ones', async () => {
  const handlers = searchHandlers(workspace.db)
  const order: string[] = []
  const note = (name: string) => () => void order.push(name)
  const ask = (query: string) => [
    Promise.resolve(handlers.facets({ query, lane: null })).then(note(`facets ${query}`)),
    Promise.resolve(handlers.count({ query, lane: null })).then(note(`count ${query}`)),
    Promise.resolve(handlers.page({ query, lane: null, sort: 'date', limit: 50, cursor: null })).then(
      note(`page ${query}`),
    ),
  ]
  await Promise.all([...ask('re'), ...ask('refund')])
  expect(order).toEqual(['page re', 'page refund', 'count refund', 'count re', 'facets refund', 'facets re'])
})

test('what a newer search of its lane supersedes gives up, whatever it was doing; other lanes go on', async () => {
  const handlers = searchHandlers(workspace.db)
  const slow = '-score:<5 (refund OR score:>1) '
  const results = await Promise.allSettled([
    handlers.facets({ query: slow, lane: 'box' }),
    handlers.count({ query: slow, lane: 'box' }),
    handlers.count({ query: slow, lane: 'other' }),
    handlers.page({ query: 'absent score:>1 ', sort: 'date', limit: 50, cursor: null, lane: 'box' }),
    handlers.page({ query: 'refund', sort: 'date', limit: 50, cursor: null, lane: 'box' }),
    handlers.count({ query: 'refund', lane: 'box' }),
    handlers.facets({ query: 'refund', lane: 'box' }),
  ])
  expect(results.map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ])
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'superseded' })
})
