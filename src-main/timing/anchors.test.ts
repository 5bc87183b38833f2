import { randomUUID } from 'node:crypto'
import type { EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationHandlers } from '../annotations/handlers'
import { getCall } from '../calls/queries'
import { type CallSketch, searchWorkspace, type TestWorkspace } from '../search/testing'
import { timingHandlers } from './handlers'

const TURNS = [
  'agent: Good morning, you have reached the front desk.',
  'caller: Hello, I would like to move my appointment.',
  'agent: Certainly, which day suits you best?',
  'caller: Tuesday in the afternoon, please.',
  'agent: Tuesday at three it is.',
]
const SKETCH: CallSketch = { externalId: '1', durationMs: 60_000, turns: TURNS }

let workspace: TestWorkspace
let callId: string
let events: EarmarkEvent[]
let nowMs: number
beforeEach(async () => {
  workspace = await searchWorkspace()
  callId = workspace.add(SKETCH)[0] ?? ''
  events = []
  nowMs = Date.UTC(2026, 5, 2)
})
afterEach(() => workspace.close())

const context = () => ({
  db: workspace.reviews,
  readCalls: () => workspace.db,
  paths: workspace.paths,
  emit: (event: EarmarkEvent) => events.push(event),
  now: () => {
    nowMs += 1000
    return nowMs
  },
})
const timing = () => timingHandlers(context())
const call = () => getCall(workspace.db, callId)
const startsOf = () => call().turns.map(({ startSec, timing: source }) => [startSec, source])
const set = (turnIndex: number, startSec: number, reviewer = 'Ada') => {
  const id = randomUUID()
  timing().setAnchor({ id, callId, turnIndex, startSec, reviewer })
  return id
}

describe('"this turn starts now"', () => {
  it('is on disk with who said it, and every other turn is estimated around it at once', async () => {
    const before = startsOf()
    const id = set(2, 40)
    const { turns, alignment } = call()
    expect(turns[2]).toMatchObject({
      startSec: 40,
      timing: 'manual',
      confidence: null,
      anchor: { id, reviewer: 'Ada', setAt: '2026-06-02T00:00:01.000Z' },
    })
    expect(turns[1]?.startSec).toBeGreaterThan(before[1]?.[0] as number)
    expect(turns[3]?.startSec).toBeGreaterThan(40)
    expect(alignment).toMatchObject({ anchorCount: 1, orphanedAnchorCount: 0 })
    expect(events).toEqual([{ type: 'timing.changed', callId }])
    expect(workspace.reviews.pragma('synchronous', { simple: true })).toBe(2)
  })

  it('said twice with the same id is said once', () => {
    const id = randomUUID()
    const given = { id, callId, turnIndex: 1, startSec: 9, reviewer: 'Ada' }
    const first = timing().setAnchor(given)
    expect(timing().setAnchor(given)).toEqual(first)
    expect(call().alignment.anchorCount).toBe(1)
  })

  it('takes the place of what the turn had, whoever said that, and undoing gives it back', () => {
    const first = set(1, 9)
    const second = set(1, 12, 'Grace')
    expect(call().turns[1]).toMatchObject({ startSec: 12, anchor: { id: second, reviewer: 'Grace' } })
    // Forgotten, it leaves the turn without one; what it took the place of does not come back by that.
    timing().removeAnchor({ id: second })
    expect(call().turns[1]).toMatchObject({ timing: 'estimated', anchor: null })
    timing().restoreAnchors({ callId, ids: [second] })
    timing().undoAnchor({ id: second })
    expect(call().turns[1]).toMatchObject({ startSec: 9, anchor: { id: first, reviewer: 'Ada' } })
    timing().undoAnchor({ id: first })
    expect(call().turns[1]).toMatchObject({ timing: 'estimated', anchor: null })
    // And said again, after it was undone.
    timing().setAnchor({ id: first, callId, turnIndex: 1, startSec: 9, reviewer: 'Ada' })
    expect(call().turns[1]).toMatchObject({ startSec: 9, timing: 'manual' })
  })

  it('can be forgotten, alone or with all of the call, and brought back', async () => {
    const ids = [set(1, 9), set(3, 30)]
    timing().removeAnchor({ id: ids[0] ?? '' })
    expect(call().alignment.anchorCount).toBe(1)
    timing().restoreAnchors({ callId, ids: [ids[0] ?? ''] })
    const { ids: cleared } = await timing().clearAnchors({ callId })
    expect(new Set(cleared)).toEqual(new Set(ids))
    expect(call().alignment.anchorCount).toBe(0)
    timing().restoreAnchors({ callId, ids: cleared })
    expect([call().turns[1]?.startSec, call().turns[3]?.startSec]).toEqual([9, 30])
    expect(timing().clearAnchors({ callId: 'aaaaaaaaaaaaaaaa' })).toEqual({ ids: [] })
  })

  it('is refused for what is not there, with a sentence', () => {
    expect(() => set(7, 1)).toThrow('This call has no turn 7; its turns are 0 to 4.')
    expect(() => timing().undoAnchor({ id: randomUUID() })).toThrow(/not in the workspace/)
    const id = set(1, 5)
    const [other = ''] = workspace.add({ externalId: '2', turns: TURNS })
    expect(() =>
      timing().setAnchor({ id, callId: other, turnIndex: 1, startSec: 5, reviewer: 'Ada' }),
    ).toThrow(/Another anchor has this id/)
    timing().restoreAnchors({ callId: other, ids: [id] })
    expect(getCall(workspace.db, other).alignment.anchorCount).toBe(0)
  })

  it('tapped along through the call holds for every turn', () => {
    for (const [turn, sec] of [3, 8, 15, 21, 29].entries()) set(turn, sec)
    expect(startsOf()).toEqual([3, 8, 15, 21, 29].map((sec) => [sec, 'manual']))
  })
})

describe('an anchor after a re-sync with another transcript', () => {
  it('follows its turn, and waits without effect while that is gone', () => {
    set(2, 40)
    workspace.add({ ...SKETCH, turns: ['agent: This call is recorded.', ...TURNS] })
    expect(call().turns[3]).toMatchObject({ startSec: 40, timing: 'manual' })
    expect(call().turns[2]?.timing).toBe('estimated')

    workspace.add({ ...SKETCH, turns: [TURNS[0] ?? '', 'caller: Wrong number, sorry.'] })
    expect(call().alignment).toMatchObject({ anchorCount: 0, orphanedAnchorCount: 1 })
    expect(call().turns.every(({ timing: source }) => source === 'estimated')).toBe(true)

    workspace.add(SKETCH)
    expect(call().turns[2]).toMatchObject({ startSec: 40, timing: 'manual' })
  })

  it('follows a turn that was slightly reworded', () => {
    set(2, 40)
    workspace.add({ ...SKETCH, turns: TURNS.with(2, 'agent: Certainly! Which day would suit you best?') })
    expect(call().turns[2]).toMatchObject({ startSec: 40, timing: 'manual' })
  })
})

describe('many anchors after a re-sync', () => {
  it('are found again at once where turns were put in or equal ones stand beside them', () => {
    // "Okay." again and again, which only what is around it tells apart.
    const texts = Array.from({ length: 120 }, (_, i) =>
      i % 3 === 0 ? 'caller: Okay.' : `agent: Item number ${i} of the list is still in stock.`,
    )
    const [id = ''] = workspace.add({ externalId: 'long', durationMs: 600_000, turns: texts })
    for (let i = 0; i < texts.length; i += 1)
      timing().setAnchor({
        id: randomUUID(),
        callId: id,
        turnIndex: i,
        startSec: i * 5,
        reviewer: 'Ada',
      })
    workspace.add({ externalId: 'long', durationMs: 600_000, turns: ['agent: Recorded.', ...texts] })
    const before = process.cpuUsage()
    const { turns, alignment } = getCall(workspace.db, id)
    const { user, system } = process.cpuUsage(before)
    // One by one by their words they would take a second of the processor, and more.
    expect((user + system) / 1000).toBeLessThan(400)
    expect(alignment).toMatchObject({ anchorCount: 120, orphanedAnchorCount: 0 })
    expect(turns.slice(1).map(({ startSec }) => startSec)).toEqual(texts.map((_, i) => i * 5))
  })
})

describe('the agent’s channel', () => {
  it('is a person’s choice once made, and its answer says what was chosen before', () => {
    const choose = (agentChannel: 0 | 1 | null) =>
      timing().setAgentChannel({ callId, agentChannel, reviewer: 'Ada' })
    expect(choose(1)).toEqual({ before: null })
    expect(choose(0)).toEqual({ before: 1 })
    expect(choose(null)).toEqual({ before: 0 })
    expect(choose(1)).toEqual({ before: null })
  })
})

describe('annotations beside anchors', () => {
  it('are written with the time that the turn has, and keep what was written when an anchor moves the turn', async () => {
    const { create, list } = annotationHandlers(context())
    const draft = (id: string) => ({
      id,
      callId,
      place: { kind: 'turn', turnIndex: 2 } as const,
      label: 'Slow',
      severity: null,
      comment: '',
      reviewer: 'Ada',
    })
    const early = randomUUID()
    expect(await create(draft(early))).toMatchObject({ timingSource: 'estimated' })
    const stored = () =>
      workspace.reviews
        .prepare('SELECT start_ms, timing_source FROM annotations WHERE id = ?')
        .get(early) as object
    const written = stored()
    set(2, 40)
    expect(await create(draft(randomUUID()))).toMatchObject({ startSec: 40, timingSource: 'manual' })
    expect(stored()).toEqual(written)
    // Both are shown where the turn is now.
    expect((await list({ callId })).map(({ startSec }) => startSec)).toEqual([40, 40])
  })
})
