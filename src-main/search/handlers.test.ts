import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchHandlers } from './handlers'
import { facetsOf } from './queries'
import { FACET_SLICE } from './statements'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await searchWorkspace()
  const count = FACET_SLICE + 500
  workspace.add(
    ...Array.from({ length: count }, (_, i) => ({
      externalId: `c${i}`,
      turns: ['refund'],
      status: i % 3 === 0 ? 'failed' : 'completed',
      campaignId: i < 400 ? 'old' : null,
    })),
  )
}, 60_000)
afterAll(() => workspace.close())

test('facets count every hit, also where it takes several slices', () => {
  const { status, campaign } = facetsOf(workspace.db, 'refund ', 0)
  const total = FACET_SLICE + 500
  expect(status.map(({ value, count }) => [value, count])).toEqual([
    ['completed', total - Math.ceil(total / 3)],
    ['failed', Math.ceil(total / 3)],
  ])
  // Only in the last slice.
  expect(campaign).toEqual([{ value: 'old', label: 'old', count: 400 }])
})

test('rows are answered before the count, the count before the facets, newer facets before older ones', async () => {
  const handlers = searchHandlers(workspace.db)
  const order: string[] = []
  const note = (name: string) => () => void order.push(name)
  const ask = (query: string) => [
    Promise.resolve(handlers.facets({ query })).then(note(`facets ${query}`)),
    Promise.resolve(handlers.count({ query })).then(note(`count ${query}`)),
    Promise.resolve(handlers.page({ query, sort: 'date', limit: 50, cursor: null })).then(
      note(`page ${query}`),
    ),
  ]
  await Promise.all([...ask('re'), ...ask('refund')])
  expect(order).toEqual(['page re', 'page refund', 'count re', 'count refund', 'facets refund', 'facets re'])
})
