import type { EarmarkEvent } from '@contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBothForReading } from '../db/workspace'
import { searchHandlers } from './handlers'
import { keepIndex } from './index-keeper'
import { checkIndex, indexState } from './search-index'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
  workspace.add(
    ...Array.from({ length: 700 }, (_, i) => ({ externalId: `c${i}`, turns: [`refund number${i}`] })),
  )
})
afterEach(() => workspace.close())

const page = (query: string) => ({ query, sort: 'date' as const, limit: 10, cursor: null, lane: null })

test.each(['search', 'search_words'])(
  'damage in the table %s is told as such, mended from the calls, with progress, and searching goes on',
  async (table) => {
    const query = table === 'search' ? '"refund number7"' : 'refund '
    // SQLite guards these tables as long as it is not told that this is meant.
    workspace.calls.unsafeMode()
    workspace.calls.prepare(`UPDATE ${table}_data SET block = zeroblob(40) WHERE id > 10`).run()
    workspace.calls.unsafeMode(false)
    // As a start finds it: who has the index open remembers parts of it.
    const reader = openBothForReading(workspace.paths)
    const keeper = keepIndex(workspace.calls, (event) => events.push(event))
    const events: EarmarkEvent[] = []
    try {
      const search = searchHandlers(reader)
      await expect(Promise.resolve(search.page(page(query)))).rejects.toMatchObject({ code: 'index_damaged' })
      // What needs no words goes on meanwhile.
      expect((await search.page(page(''))).hits).toHaveLength(10)
      const rebuilding = keeper.rebuild()
      const joined = keeper.rebuild()
      expect((await search.page(page(''))).hits).toHaveLength(10)
      await Promise.all([rebuilding, joined])
      expect((await search.page(page(query))).hits).toHaveLength(table === 'search' ? 1 : 10)
      expect(checkIndex(workspace.calls)).toBeNull()
      expect(events.filter(({ type }) => type === 'search.index')).toEqual([
        { type: 'search.index', done: 200, total: 700 },
        { type: 'search.index', done: null, total: null },
      ])
    } finally {
      await keeper.close()
      reader.close()
    }
  },
)

test('a build that is stopped goes on at the next start', async () => {
  const keeper = keepIndex(workspace.calls, () => undefined)
  const rebuilding = keeper.rebuild()
  await new Promise((resolve) => setImmediate(resolve))
  await keeper.close()
  await rebuilding
  expect(indexState(workspace.calls).state).toBe('building')
  const next = keepIndex(workspace.calls, () => undefined)
  await next.rebuild()
  expect(indexState(workspace.calls).state).toBe('ready')
  await next.close()
})

test('whoever asks for a build while one is going on joins it: every search that meets the damage asks', async () => {
  let ends = 0
  const keeper = keepIndex(workspace.calls, (event) => {
    if (event.type === 'search.index' && event.done === null) ends += 1
  })
  await new Promise((resolve) => setImmediate(resolve))
  const first = keeper.rebuild()
  await new Promise((resolve) => setImmediate(resolve))
  expect(indexState(workspace.calls).state).toBe('building')
  await Promise.all([first, keeper.rebuild(), keeper.rebuild()])
  expect(ends).toBe(1)
  await keeper.close()
})
