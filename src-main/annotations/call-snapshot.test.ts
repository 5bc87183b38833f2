import { randomUUID } from 'node:crypto'
import type { AnnotationPlace } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeConnection } from '../connections/queries'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { findSnapshot, snapshotOf } from './call-snapshot'
import { annotationHandlers } from './handlers'

const NOW_MS = Date.UTC(2026, 2, 1)

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await searchWorkspace()
})
afterEach(() => workspace.close())

const handlers = () =>
  annotationHandlers({
    db: workspace.reviews,
    readCalls: () => workspace.db,
    emit: () => undefined,
    now: () => NOW_MS,
  })
const annotate = (callId: string, place: AnnotationPlace) =>
  handlers().create({
    id: randomUUID(),
    callId,
    place,
    label: 'Tone',
    severity: null,
    comment: '',
    reviewer: 'Ana',
  })

describe('what is kept of a call', () => {
  it('names it by vendor, connection and the vendor’s id, with the start that the vendor tells', () => {
    const [id = ''] = workspace.add({
      externalId: 'v-1',
      campaignId: 'spring',
      startedAtMs: 5000,
      turns: ['agent: Hello.'],
    })
    expect(snapshotOf(workspace.db, id, workspace.reviews)).toMatchObject({
      call: {
        vendor: 'prosper',
        connection_id: workspace.connectionId,
        connection: 'Front desk',
        campaign_id: 'spring',
        external_id: 'v-1',
        call_started_at_ms: 5000,
      },
      turns: [{ index: 0, speaker: 'agent', text: 'Hello.' }],
      isComplete: true,
    })
  })

  it('has no start where Earmark only knows when it first saw the call', () => {
    const [id = ''] = workspace.add({ externalId: '1', startedAtMs: null })
    expect(snapshotOf(workspace.db, id, workspace.reviews).call.call_started_at_ms).toBeNull()
  })

  it('is there after its connection was removed, and null for a call that is not there', () => {
    const [id = ''] = workspace.add({ externalId: '1' })
    removeConnection(workspace.calls, workspace.connectionId, NOW_MS)
    expect(snapshotOf(workspace.db, id, workspace.reviews).call.connection).toBe('Front desk')
    expect(findSnapshot(workspace.db, 'aaaaaaaaaaaaaaaa', workspace.reviews)).toBeNull()
    expect(() => snapshotOf(workspace.db, 'aaaaaaaaaaaaaaaa', workspace.reviews)).toThrow(
      /not in the workspace any more/,
    )
  })

  it('has turns timed by the audio’s own length, once that is known', () => {
    const [id = ''] = workspace.add({
      externalId: '1',
      durationMs: 60_000,
      turns: ['agent: Hello.'],
      recordingUrls: ['http://127.0.0.1/a.mp3'],
    })
    expect(snapshotOf(workspace.db, id, workspace.reviews).turns.at(-1)?.endSec).toBe(60)
    workspace.calls.exec('UPDATE recordings SET duration_ms = 30000')
    expect(snapshotOf(workspace.db, id, workspace.reviews).turns.at(-1)?.endSec).toBe(30)
  })
})

describe('where an annotation is now', () => {
  it('is as written while the cache has only the list’s row of the call: nothing is called orphaned then', async () => {
    const [id = ''] = workspace.add({
      externalId: '1',
      turns: ['agent: Hello.', 'caller: A refund, please.'],
    })
    await annotate(id, { kind: 'turn', turnIndex: 1 })
    workspace.calls.exec("UPDATE calls SET completeness = 'summary'; DELETE FROM transcripts")
    const [listed] = await handlers().list({ callId: id })
    expect(listed).toMatchObject({ status: 'anchored', turnIndex: 1, turnText: 'A refund, please.' })
  })

  it('decides the order of the list: by the call as it is now, not as it was', async () => {
    const turns = ['agent: The first thing that is said here.', 'caller: The second thing that is said here.']
    const [id = ''] = workspace.add({ externalId: '1', durationMs: 20_000, turns })
    const first = await annotate(id, { kind: 'turn', turnIndex: 0 })
    const second = await annotate(id, { kind: 'turn', turnIndex: 1 })
    const whole = await annotate(id, { kind: 'call' })
    const order = async () => (await handlers().list({ callId: id })).map((one) => one.id)
    expect(await order()).toEqual([whole.id, first.id, second.id])
    workspace.add({ externalId: '1', durationMs: 20_000, turns: [turns[1] ?? '', turns[0] ?? ''] })
    expect(await order()).toEqual([whole.id, second.id, first.id])
  })

  it('of a stretch of time stays where it is, and names the turn that was said then by its new number', async () => {
    const turns = [{ text: 'What was said at that time.', startMs: 5000, endMs: 9000 }]
    const [id = ''] = workspace.add({ externalId: '1', turns })
    await annotate(id, { kind: 'time', startSec: 6, endSec: 7 })
    const before = { text: 'Before it.', startMs: 0, endMs: 4000 }
    workspace.add({ externalId: '1', turns: [before, ...turns] })
    const [listed] = await handlers().list({ callId: id })
    expect(listed).toMatchObject({
      status: 'anchored',
      turnIndex: 1,
      startSec: 6,
      endSec: 7,
      timingSource: 'manual',
      place: { kind: 'time', startSec: 6, endSec: 7 },
    })
  })
})
