import { randomUUID } from 'node:crypto'
import { type AnnotationDraft, type AnnotationPlace, EarmarkError, type EarmarkEvent } from '@contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReadDb } from '../db/open'
import { openCallsForReading, openReviewsForReading } from '../db/workspace'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { annotationHandlers } from './handlers'
import { BUILT_IN_LABELS } from './labels'
import { ORDERED } from './queries'

let workspace: TestWorkspace
let reader: ReadDb
let events: EarmarkEvent[]
let nowMs: number
let callId: string
let handlers: Awaited<ReturnType<typeof handlersOf>>

const handlersOf = (readCalls: () => ReadDb) =>
  annotationHandlers({
    db: workspace.reviews,
    readCalls,
    emit: (event) => events.push(event),
    now: () => nowMs,
  })

const TURNS = [
  'agent: Hello, this is Ava 👋 speaking.',
  'caller: I want to cancel my order.',
  'agent: Gladly.',
]

beforeEach(async () => {
  workspace = await searchWorkspace()
  reader = openCallsForReading(workspace.paths)
  events = []
  nowMs = Date.UTC(2026, 2, 1)
  ;[callId = ''] = workspace.add({
    externalId: 'c-1',
    campaignId: 'spring',
    durationMs: 30_000,
    turns: TURNS,
  })
  handlers = handlersOf(() => reader)
})
afterEach(() => {
  reader.close()
  workspace.close()
})

const draft = (place: AnnotationPlace, rest: Partial<AnnotationDraft> = {}): AnnotationDraft => ({
  id: randomUUID(),
  callId,
  place,
  label: 'Missed intent',
  severity: 'major',
  comment: 'Did not listen.',
  reviewer: 'M. Ortiz',
  ...rest,
})
const list = () => handlers.list({ callId })
const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'nothing raised'
  } catch (error) {
    return error instanceof EarmarkError ? error.code : String(error)
  }
}
const quoteOf = (turnIndex: number, quote: string): AnnotationPlace => {
  const text = (TURNS[turnIndex] ?? '').replace(/^\w+: /, '')
  const quoteStart = text.indexOf(quote)
  return { kind: 'quote', turnIndex, quote, quoteStart, quoteEnd: quoteStart + quote.length }
}

describe('writing an annotation', () => {
  it('answers it with a copy of its turn and says that the call’s annotations changed', async () => {
    const made = await handlers.create(draft(quoteOf(1, 'cancel my order')))
    expect(made).toMatchObject({
      callId,
      place: quoteOf(1, 'cancel my order'),
      turnIndex: 1,
      turnSpeaker: 'caller',
      turnText: 'I want to cancel my order.',
      timingSource: 'estimated',
      label: 'Missed intent',
      createdAt: '2026-03-01T00:00:00.000Z',
      status: 'anchored',
    })
    expect(events).toEqual([{ type: 'annotations.changed', callId }])
    expect(await list()).toEqual([made])
  })

  it('is in the file, for another connection, when it is answered, and is written with a full sync', async () => {
    const made = await handlers.create(draft({ kind: 'call' }))
    const other = openReviewsForReading(workspace.paths)
    expect(other.prepare('SELECT id FROM annotations').pluck().all()).toEqual([made.id])
    other.close()
    expect(workspace.reviews.pragma('synchronous', { simple: true })).toBe(2)
  })

  it('keeps what an export needs, so that it can be read when calls.db is gone', async () => {
    const made = await handlers.create(draft({ kind: 'turn', turnIndex: 1 }))
    const gone = handlersOf(() => {
      throw new EarmarkError('workspace_unusable', 'gone')
    })
    expect(await gone.list({ callId })).toEqual([made])
    expect(await codeOf(() => gone.update({ id: made.id, patch: { comment: 'Still here.' } }))).toBe(
      'nothing raised',
    )
  })

  it('does not queue behind a sync that is writing calls.db', async () => {
    workspace.calls.exec('BEGIN IMMEDIATE; UPDATE calls SET status = status')
    const startedMs = performance.now()
    await handlers.create(draft({ kind: 'turn', turnIndex: 0 }))
    expect(performance.now() - startedMs).toBeLessThan(1000)
    workspace.calls.exec('ROLLBACK')
  })

  it('names the turn that is said at the beginning of a stretch of time, whose times are by hand', async () => {
    const made = await handlers.create(draft({ kind: 'time', startSec: 29.5, endSec: 29.9 }))
    expect(made).toMatchObject({ turnIndex: 2, startSec: 29.5, endSec: 29.9, timingSource: 'manual' })
    const [silent = ''] = workspace.add({ externalId: 'c-2' })
    const other = await handlers.create(
      draft({ kind: 'time', startSec: 1, endSec: 1.0001 }, { callId: silent }),
    )
    expect(other).toMatchObject({ turnIndex: null, turnText: null, place: { startSec: 1, endSec: 1.001 } })

    // Rounded to milliseconds, a place stays within what a place may be.
    const atTheEnd = { kind: 'time', startSec: 999_999.999_999_1, endSec: 999_999.999_999_9 } as const
    expect((await handlers.create(draft(atTheEnd, { callId: silent }))).place).toEqual({
      kind: 'time',
      startSec: 999_999.999,
      endSec: 1_000_000,
    })
  })

  it('widens a quote that cuts an emoji in half', async () => {
    const text = 'Hello, this is Ava 👋 speaking.'
    const half = text.indexOf('👋') + 1
    const place = {
      kind: 'quote',
      turnIndex: 0,
      quote: text.slice(half, half + 3),
      quoteStart: half,
      quoteEnd: half + 3,
    }
    const made = await handlers.create(draft({ ...place, kind: 'quote' }))
    expect(made.place).toMatchObject({ quote: '👋 s', quoteStart: half - 1, quoteEnd: half + 3 })
  })

  it('finds a quote whose offsets no longer hold, and refuses one that is nowhere', async () => {
    const shifted = { ...quoteOf(1, 'order'), quoteStart: 2, quoteEnd: 7, turnIndex: 0 }
    const made = await handlers.create(draft({ ...shifted, kind: 'quote', quote: 'order' }))
    expect(made.place).toEqual(quoteOf(1, 'order'))
    const nowhere = { ...shifted, kind: 'quote', quote: 'parcel' } as const
    expect(await codeOf(() => handlers.create(draft(nowhere)))).toBe('invalid_input')
    expect(await codeOf(() => handlers.create(draft({ kind: 'turn', turnIndex: 3 })))).toBe('invalid_input')
  })

  it('says not_found for a call that the cache does not have', async () => {
    expect(await codeOf(() => handlers.create(draft({ kind: 'call' }, { callId: 'aaaaaaaaaaaaaaaa' })))).toBe(
      'not_found',
    )
    expect(events).toEqual([])
  })

  it('keeps hostile text as it is, lone surrogates aside, which no file can hold', async () => {
    const comment = '\0 "q", \r\n=1+1 \u202E \uD83D end'
    const sent = draft({ kind: 'call' }, { comment })
    const made = await handlers.create(sent)
    expect(made.comment).toBe(comment.replace('\uD83D', '\uFFFD'))
    expect(await handlers.create(sent)).toEqual(made)
  })
})

describe('the same id again', () => {
  it('answers what is there for the same draft, also after it was edited', async () => {
    const sent = draft(quoteOf(1, 'cancel'))
    const made = await handlers.create(sent)
    expect(await handlers.create(sent)).toEqual(made)
    const edited = await handlers.update({ id: sent.id, patch: { label: 'Tone' } })
    expect(await handlers.create(sent)).toEqual(edited)
    expect(await list()).toHaveLength(1)
  })

  it('refuses another content under it and changes nothing', async () => {
    const sent = draft({ kind: 'call' })
    const made = await handlers.create(sent)
    expect(await codeOf(() => handlers.create({ ...sent, comment: 'Other' }))).toBe('conflict')
    expect(await codeOf(() => handlers.create({ ...sent, place: { kind: 'turn', turnIndex: 0 } }))).toBe(
      'conflict',
    )
    expect(await list()).toEqual([made])
  })

  it('brings back one that was removed, because it answers "saved"', async () => {
    const sent = draft({ kind: 'call' })
    const made = await handlers.create(sent)
    await handlers.remove({ id: sent.id })
    expect(await handlers.create(sent)).toEqual(made)
    expect(await list()).toEqual([made])
  })
})

describe('changing an annotation', () => {
  it('changes what is given, even to null and to another place, and says when', async () => {
    const made = await handlers.create(draft({ kind: 'turn', turnIndex: 0 }))
    nowMs += 5000
    const changed = await handlers.update({
      id: made.id,
      patch: { severity: null, place: quoteOf(1, 'order') },
    })
    expect(changed).toMatchObject({
      severity: null,
      comment: made.comment,
      place: quoteOf(1, 'order'),
      turnText: 'I want to cancel my order.',
      createdAt: made.createdAt,
      updatedAt: '2026-03-01T00:00:05.000Z',
    })
    nowMs -= 1_000_000
    const later = await handlers.update({ id: made.id, patch: { comment: 'x' } })
    expect(later.updatedAt).toBe(changed.updatedAt)
  })

  it('removes and brings back, with everything as it was', async () => {
    const made = await handlers.create(draft({ kind: 'turn', turnIndex: 0 }))
    await handlers.remove({ id: made.id })
    await handlers.remove({ id: made.id })
    expect(await list()).toEqual([])
    expect(await codeOf(() => handlers.update({ id: made.id, patch: {} }))).toBe('not_found')
    expect(await handlers.restore({ id: made.id })).toEqual(made)
    expect(await list()).toEqual([made])
    expect(await codeOf(() => handlers.restore({ id: randomUUID() }))).toBe('not_found')
  })

  it('says disk_full in a sentence when there is no room, and loses nothing that was saved', async () => {
    const made = await handlers.create(draft({ kind: 'call' }))
    workspace.reviews.pragma(
      `max_page_count = ${String(workspace.reviews.pragma('page_count', { simple: true }))}`,
    )
    const big = draft({ kind: 'call' }, { comment: 'x'.repeat(20_000) })
    expect(await codeOf(() => handlers.create(big))).toBe('disk_full')
    expect(await list()).toEqual([made])
    workspace.reviews.pragma('max_page_count = 1000000')
    expect((await handlers.create(big)).comment).toHaveLength(20_000)
  })
})

describe('after the vendor changed the transcript', () => {
  const sync = (...turns: string[]) =>
    workspace.add({ externalId: 'c-1', campaignId: 'spring', durationMs: 30_000, turns })

  it('finds its place again, or says that it could not, in the order of the call', async () => {
    await handlers.create(draft(quoteOf(1, 'cancel my order')))
    await handlers.create(draft({ kind: 'turn', turnIndex: 2 }))
    await handlers.create(draft({ kind: 'call' }))
    sync('agent: This call is recorded for training.', ...TURNS.slice(0, 2), 'agent: Of course!')
    const found = await list()
    expect(found.map(({ place, status }) => [place.kind, status])).toEqual([
      ['call', 'anchored'],
      ['quote', 'moved'],
      ['turn', 'orphaned'],
    ])
    expect(found[1]).toMatchObject({ turnIndex: 2, place: { turnIndex: 2, quoteStart: 10 } })
    expect(found[2]).toMatchObject({ turnIndex: 2, turnText: 'Gladly.' })
  })

  it('goes on from where it was written when the old transcript comes back', async () => {
    const made = await handlers.create(draft({ kind: 'turn', turnIndex: 2 }))
    sync('agent: Nothing.')
    expect((await list())[0]?.status).toBe('orphaned')
    sync(...TURNS)
    expect(await list()).toEqual([made])
  })
})

describe('labels', () => {
  it('offers those in use first, most used first, then the built-in ones, none twice', async () => {
    await handlers.create(draft({ kind: 'call' }, { label: 'tone' }))
    await handlers.create(draft({ kind: 'call' }, { label: 'Refund' }))
    await handlers.create(draft({ kind: 'call' }, { label: 'Refund' }))
    const offered = await handlers.labels({})
    expect(offered.slice(0, 2)).toEqual([
      { name: 'Refund', count: 2 },
      { name: 'tone', count: 1 },
    ])
    expect(offered.map(({ name }) => name).slice(2)).toEqual(
      BUILT_IN_LABELS.filter((name) => name !== 'Tone'),
    )
  })
})

describe('the order of all annotations', () => {
  it('is read page by page from its index, sorting nothing', () => {
    const plan = workspace.reviews
      .prepare<object, { detail: string }>(`EXPLAIN QUERY PLAN ${ORDERED}`)
      .all({ call_order: 0, call_id: '', place_order: '', created_at_ms: 0, id: '', limit: 1 })
      .map(({ detail }) => detail)
    expect(plan).toEqual([
      expect.stringMatching(/^SEARCH annotations USING INDEX annotations_in_order \(\(call_order,/),
    ])
  })
})
