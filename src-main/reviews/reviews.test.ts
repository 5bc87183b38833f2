import type { EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { reviewHandlers } from './handlers'

let workspace: TestWorkspace
let events: EarmarkEvent[]
let nowMs: number
let handlers: ReturnType<typeof reviewHandlers>
let callId: string

beforeEach(async () => {
  workspace = await searchWorkspace()
  events = []
  nowMs = Date.UTC(2026, 2, 1)
  ;[callId = ''] = workspace.add({ externalId: '1' })
  handlers = reviewHandlers({
    db: workspace.reviews,
    readCalls: () => workspace.db,
    emit: (event) => events.push(event),
    now: () => nowMs,
  })
})
afterEach(() => workspace.close())

const set = (reviewer: string, reviewed: boolean, id = callId) =>
  handlers.set({ callId: id, reviewer, reviewed })

describe('a review', () => {
  it('says who reviewed a call and when, the latest of several', async () => {
    expect(await handlers.get({ callId })).toBeNull()
    const first = await set('Ana', true)
    expect(first).toEqual({ callId, reviewer: 'Ana', reviewedAt: '2026-03-01T00:00:00.000Z' })
    nowMs += 1000
    expect(await set('Ben', true)).toMatchObject({ reviewer: 'Ben' })
    nowMs += 1000
    expect(await set('Ana', true)).toEqual({
      callId,
      reviewer: 'Ana',
      reviewedAt: '2026-03-01T00:00:02.000Z',
    })
    expect(await handlers.get({ callId })).toMatchObject({ reviewer: 'Ana' })
    expect(events).toEqual(Array(3).fill({ type: 'reviews.changed', callId }))
  })

  it('is taken back by its own reviewer only', async () => {
    await set('Ana', true)
    nowMs += 1000
    await set('Ben', true)
    expect(await set('Ben', false)).toMatchObject({ reviewer: 'Ana' })
    expect(await set('Aaron', false)).toMatchObject({ reviewer: 'Ana' })
    expect(await set('Cem', false)).toMatchObject({ reviewer: 'Ana' })
    expect(await set('Ana', false)).toBeNull()
  })

  it('is refused for a call that the cache does not have', () => {
    expect(() => set('Ana', true, 'aaaaaaaaaaaaaaaa')).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(events).toEqual([])
  })
})

describe('settings', () => {
  const defaults = {
    reviewer: '',
    theme: 'system',
    playbackRate: 1,
    rewindOnResume: true,
    skipSilence: false,
    playNext: false,
    maskNumbers: false,
  }

  it('are as by default until changed, and keep what is not named', async () => {
    expect(await handlers.settings({})).toEqual(defaults)
    await handlers.changeSettings({ reviewer: 'Ana' })
    expect(await handlers.changeSettings({ theme: 'dark', playbackRate: undefined })).toEqual({
      ...defaults,
      reviewer: 'Ana',
      theme: 'dark',
    })
    expect(await handlers.settings({})).toMatchObject({ reviewer: 'Ana', theme: 'dark' })
  })

  it('of a newer Earmark, or damaged ones, are as by default and stay stored', async () => {
    const store = workspace.reviews.prepare('INSERT INTO settings VALUES (?, ?)')
    store.run('theme', '"sepia"')
    store.run('playbackRate', 'fast')
    store.run('__proto__', '{"reviewer":"x"}')
    store.run('layout', '{"columns":4}')
    expect(await handlers.settings({})).toEqual(defaults)
    await handlers.changeSettings({ reviewer: 'Ana' })
    expect(workspace.reviews.prepare("SELECT value FROM settings WHERE key = 'layout'").pluck().get()).toBe(
      '{"columns":4}',
    )
  })
})
