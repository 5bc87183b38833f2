import { randomUUID } from 'node:crypto'
import { type EarmarkEvent, type Handlers, MAX_RECENT, type searches } from '@contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WriteDb } from '../db/open'
import { temporaryWorkspace } from '../db/testing'
import { openReviewsForWriting } from '../db/workspace'
import { searchesHandlers } from './handlers'

let db: WriteDb
let remove: () => void
let events: EarmarkEvent[]
let nowMs: number
let handlers: Handlers<typeof searches>

beforeEach(() => {
  const workspace = temporaryWorkspace()
  remove = workspace.remove
  db = openReviewsForWriting(workspace.paths)
  events = []
  nowMs = Date.UTC(2026, 0, 1)
  handlers = searchesHandlers({ db, emit: (event) => events.push(event), now: () => nowMs++ })
})
afterEach(() => {
  db.close()
  remove()
})

const save = async (name: string, query = name) =>
  handlers.save({ id: randomUUID(), name, query, sort: 'date', isPinned: true })
const names = async () => (await handlers.list({})).saved.map((one) => one.name)
const recent = async () => (await handlers.list({})).recent.map((one) => one.query)

describe('saved searches', () => {
  test('are kept in the order in which they were saved, and told about', async () => {
    await save('Angry', 'sentiment:negative')
    await save('Night', 'date:today')
    expect(await names()).toEqual(['Angry', 'Night'])
    expect(events).toEqual([{ type: 'searches.changed' }, { type: 'searches.changed' }])
  })

  test('have names of their own, whatever their case; one that was removed is free', async () => {
    const angry = await save('Angry')
    await expect(save('ANGRY')).rejects.toMatchObject({ code: 'conflict', details: { field: 'name' } })
    await handlers.remove({ id: angry.id })
    await save('ANGRY')
    await expect(async () => handlers.restore({ id: angry.id })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('are saved once although the answer was lost and it was tried again', async () => {
    const id = randomUUID()
    const one = { id, name: 'Angry', query: 'x', sort: 'score' as const, isPinned: false }
    expect(await handlers.save(one)).toEqual(one)
    expect(await handlers.save(one)).toEqual(one)
    expect(await names()).toEqual(['Angry'])
  })

  test('are renamed, pinned and moved one by one', async () => {
    const [a, b, c] = [await save('a'), await save('b'), await save('c')]
    await handlers.move({ id: c.id, before: a.id })
    expect(await names()).toEqual(['c', 'a', 'b'])
    await handlers.move({ id: c.id, before: null })
    expect(await names()).toEqual(['a', 'b', 'c'])
    expect(await handlers.update({ id: b.id, name: 'B2', isPinned: false })).toMatchObject({
      name: 'B2',
      query: 'b',
      isPinned: false,
    })
    await expect(async () => handlers.update({ id: b.id, name: 'A' })).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  test('come back to their place when their removal is taken back', async () => {
    const [, b] = [await save('a'), await save('b'), await save('c')]
    await handlers.remove({ id: b.id })
    expect(await names()).toEqual(['a', 'c'])
    await handlers.restore({ id: b.id })
    expect(await names()).toEqual(['a', 'b', 'c'])
  })
})

describe('recent searches', () => {
  test('stand once each, the latest first, twenty at most', async () => {
    for (let i = 0; i < MAX_RECENT + 5; i += 1) await handlers.noteRecent({ query: `query ${i}` })
    await handlers.noteRecent({ query: ' query 20 ' })
    await handlers.noteRecent({ query: '   ' })
    expect((await recent()).slice(0, 3)).toEqual(['query 20', 'query 24', 'query 23'])
    expect(await recent()).toHaveLength(MAX_RECENT)
  })

  test('are forgotten one by one or all at once', async () => {
    for (const query of ['a', 'b', 'c']) await handlers.noteRecent({ query })
    await handlers.forgetRecent({ query: 'b' })
    expect(await recent()).toEqual(['c', 'a'])
    await handlers.forgetRecent({ query: null })
    expect(await recent()).toEqual([])
  })
})
