import { randomUUID } from 'node:crypto'
import type { CallChanges, JsonValue } from '@contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { annotationHandlers } from '../annotations/handlers'
import { reviewHandlers } from '../reviews/handlers'
import { CHANGED_KEYS } from '../reviews/looks'
import { searchPage } from '../search/queries'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { prosper } from '../vendors/prosper'
import { callChanges, callRevisions } from './changes'
import { differencesOf } from './differences'
import { type Meaning, meaningHash, meaningOf, storedMeaningHash, storedVersion, versionOf } from './meaning'
import { getCall } from './queries'
import { upsertCalls } from './store'

let workspace: TestWorkspace
let nowMs: number
beforeEach(async () => {
  workspace = await searchWorkspace()
  nowMs = Date.UTC(2026, 4, 12, 9)
})
afterEach(() => workspace.close())

const TURNS = [
  ['agent', 'Good morning, how can I help you?'],
  ['user', 'I would like to move my appointment to Tuesday, please.'],
  ['agent', 'Certainly. Is ten in the morning all right?'],
  ['user', 'Yes, that is fine.'],
] as const
type Said = readonly (readonly [string, string])[]

const detailOf = (changes: Record<string, unknown> = {}, said: Said = TURNS) => ({
  call_log_id: 7,
  status: 'completed',
  duration: 61.5,
  created_at: '2026-05-11T10:00:00Z',
  sentiment: 'neutral',
  updated_at: '2026-05-11T10:05:00Z',
  recording_urls: ['https://audio.example/7.mp3?sig=one'],
  transcript: said.map(([speaker, text]) => ({ speaker, text })),
  qa_results: {
    overall_score: 70,
    criteria: [
      { name: 'Greeting', passed: true },
      { name: 'Goodbye', passed: true },
    ],
  },
  ...changes,
})

/** Stores a record as a sync does; a second of the clock passes. */
function store(record: unknown, source: 'detail' | 'list' = 'detail'): string {
  const { calls } = prosper.parse([record], { campaignId: 'spring', source })
  nowMs += 1000
  const [stored] = upsertCalls(
    workspace.calls,
    { id: workspace.connectionId, vendor: 'prosper' },
    calls,
    nowMs,
  )
  return stored?.callId ?? ''
}
const context = () => ({
  db: workspace.reviews,
  readCalls: () => workspace.db,
  emit: () => undefined,
  now: () => nowMs,
})
const reviews = () => reviewHandlers(context())
const review = (callId: string, reviewer = 'Ana') => reviews().set({ callId, reviewer, reviewed: true })
const changes = (
  callId: string,
  reviewer: string | null = 'Ana',
  from: number | null = null,
  to: number | null = null,
) => callChanges(workspace.db, { callId, reviewer, from, to })
const brief = ({ differences }: CallChanges) =>
  differences.map(({ path, kind, before, after }) => [path, kind, before, after])
const isMarked = (callId: string) => getCall(workspace.db, callId).changedSinceReview
const found = (query: string) =>
  searchPage(workspace.db, { query, sort: 'date', limit: 10, cursor: null }, nowMs).hits.length

describe('what changed since somebody looked at a call', () => {
  it('is named in readable words: the turn, the vendor’s own fields, the facts', async () => {
    const callId = store(detailOf())
    await review(callId)
    expect(isMarked(callId)).toBe(false)
    store(
      detailOf(
        {
          status: 'transferred',
          qa_results: {
            overall_score: 82,
            criteria: [
              { name: 'Goodbye', passed: false },
              { name: 'Greeting', passed: true },
            ],
          },
          tags: ['vip'],
        },
        [
          ['agent', 'This call is recorded.'],
          ...TURNS.slice(0, 1),
          ['user', 'I would like to move my meeting to Tuesday, please.'],
          ...TURNS.slice(2, 3),
        ],
      ),
    )
    expect(isMarked(callId)).toBe(true)
    const answer = changes(callId)
    expect(answer.since).toEqual({ reviewer: 'Ana', kind: 'review', at: '2026-05-12T09:00:01.000Z' })
    expect(brief(answer)).toEqual([
      ['Turn 1, agent', 'added', null, 'This call is recorded.'],
      ['Turn 3, caller', 'changed', TURNS[1][1], 'I would like to move my meeting to Tuesday, please.'],
      ['Turn 4, caller', 'removed', 'Yes, that is fine.', null],
      ['QA results › overall score', 'changed', '70', '82'],
      ['QA results › criteria › Goodbye › passed', 'changed', 'true', 'false'],
      ['Status', 'changed', 'completed', 'transferred'],
      ['Tags', 'added', null, 'vip'],
    ])
    expect(answer.differences[1]?.words).toEqual([
      { kind: 'same', text: 'I would like to move my' },
      { kind: 'same', text: ' ' },
      { kind: 'removed', text: 'appointment' },
      { kind: 'added', text: 'meeting' },
      { kind: 'same', text: ' to Tuesday, please.' },
    ])
    expect(answer).toMatchObject({ count: 7, from: { number: 1 }, to: { number: 2 }, isChanged: true })
  })

  it('is nothing when the vendor only signed addresses anew, touched the record, or wrote it otherwise', async () => {
    const callId = store(detailOf())
    await review(callId)
    store(
      detailOf({
        updated_at: '2027-01-01T00:00:00Z',
        lastModified: 5,
        recording_urls: ['https://audio.example/7.mp3?sig=two'],
        qa_results: {
          criteria: [
            { name: 'Greeting', passed: 'true' },
            { name: 'Goodbye', passed: true },
          ],
          overall_score: ' 70 ',
          reviewer_note: null,
        },
        extra: '',
      }),
    )
    expect(callRevisions(workspace.db, callId)).toHaveLength(2)
    expect(isMarked(callId)).toBe(false)
    expect(changes(callId)).toMatchObject({ count: 0, isChanged: false })
    expect(found('changed:yes')).toBe(0)
  })

  it('is nothing when a list only repeats what the detail knows, and what it adds when it adds something', async () => {
    const callId = store(detailOf())
    await review(callId)
    store({ call_log_id: 7, status: 'completed', duration: 61.5, created_at: '2026-05-11T10:00:00Z' }, 'list')
    expect(isMarked(callId)).toBe(false)
    store({ call_log_id: 7, status: 'completed', duration: 61.5, phone_number: '+1202' }, 'list')
    expect(isMarked(callId)).toBe(true)
    expect(brief(changes(callId))).toEqual([['To', 'added', null, '+1202']])
  })

  it('ends when the vendor takes the change back, and when the reviewer has seen it, each reviewer alone', async () => {
    const callId = store(detailOf())
    await review(callId)
    await review(callId, 'Ben')
    store(detailOf({ status: 'failed' }))
    expect([changes(callId).isChanged, changes(callId, 'Ben').isChanged]).toEqual([true, true])
    await reviews().noteSeen({ callId, reviewer: 'Ana', version: changes(callId).version })
    expect([changes(callId).isChanged, changes(callId, 'Ben').isChanged]).toEqual([false, true])
    await reviews().changeSettings({ reviewer: 'Ana' })
    expect(isMarked(callId)).toBe(false)
    await reviews().changeSettings({ reviewer: 'Ben' })
    expect(isMarked(callId)).toBe(true)
    expect([found('changed:yes'), found('changed:no'), found('-changed:yes')]).toEqual([1, 0, 0])
    store(detailOf())
    expect(isMarked(callId)).toBe(false)
    expect([found('changed:yes'), found('changed:no')]).toEqual([0, 1])
    expect(changes(callId, 'Ana')).toMatchObject({ isChanged: true, count: 1 })
  })

  it('is not taken as seen when it came after what the screen showed', async () => {
    const callId = store(detailOf())
    await review(callId)
    store(detailOf({ status: 'failed' }))
    const { version } = changes(callId)
    store(detailOf({ status: 'failed', sentiment: 'negative' }))
    await reviews().noteSeen({ callId, reviewer: 'Ana', version })
    expect(brief(changes(callId))).toEqual([['Sentiment', 'changed', 'neutral', 'negative']])
    await reviews().set({ callId, reviewer: 'Ana', reviewed: true, version })
    expect(isMarked(callId)).toBe(true)
  })

  it('does not depend on the clock, which may have been set back', async () => {
    nowMs = Date.UTC(2030, 0, 1)
    const callId = store(detailOf())
    await review(callId)
    nowMs = Date.UTC(2020, 0, 1)
    store(detailOf({ status: 'failed' }))
    expect(isMarked(callId)).toBe(true)
    expect(changes(callId).count).toBe(1)
  })

  it('counts from the first annotation where there is no review, and writing more does not hide it', async () => {
    const callId = store(detailOf())
    const annotate = () =>
      annotationHandlers(context()).create({
        id: randomUUID(),
        callId,
        place: { kind: 'turn', turnIndex: 0 },
        label: 'Tone',
        severity: null,
        comment: '',
        reviewer: 'Ana',
      })
    await annotate()
    store(detailOf({ status: 'failed' }))
    await annotate()
    expect(changes(callId)).toMatchObject({ since: { kind: 'annotation' }, isChanged: true, count: 1 })
    await review(callId)
    expect(isMarked(callId)).toBe(false)
    await reviews().set({ callId, reviewer: 'Ana', reviewed: false })
    expect(changes(callId).since?.kind).toBe('annotation')
  })

  it('goes by time for looks from before versions were kept', async () => {
    const callId = store(detailOf())
    const look = workspace.reviews.prepare(
      "INSERT OR REPLACE INTO looks (call_id, reviewer, kind, looked_at_ms) VALUES (?, 'Ana', 'review', ?)",
    )
    look.run(callId, nowMs + 10)
    expect(isMarked(callId)).toBe(false)
    store(detailOf({ updated_at: 'later' }))
    expect(isMarked(callId)).toBe(false)
    store(detailOf({ status: 'failed' }))
    expect([isMarked(callId), found('changed:yes')]).toEqual([true, 1])
    expect(brief(changes(callId))).toEqual([['Status', 'changed', 'completed', 'failed']])
    look.run(callId, nowMs + 10)
    expect([isMarked(callId), found('changed:yes')]).toEqual([false, 0])
  })

  it('says that it can’t be compared when the record of then is not kept here', async () => {
    const callId = store(detailOf())
    await reviews().noteSeen({
      callId,
      reviewer: 'Ana',
      version: versionOf({ meaningHash: 'x'.repeat(43), summaryHash: null, detailHash: 'y'.repeat(43) }),
    })
    expect(changes(callId)).toMatchObject({ from: null, to: { number: 1 }, differences: [], count: 0 })
  })
})

describe('any two revisions', () => {
  it('can be compared, in both directions, and are listed newest first', () => {
    const callId = store(detailOf())
    store(detailOf({ status: 'failed' }))
    store(detailOf({ status: 'failed', sentiment: 'negative' }))
    const ids = callRevisions(workspace.db, callId).map(({ id, number }) => [number, id])
    expect(ids.map(([number]) => number)).toEqual([3, 2, 1])
    const idOf = (number: number) => ids.find(([one]) => one === number)?.[1] ?? 0
    expect(brief(changes(callId, null, idOf(2), idOf(3)))).toEqual([
      ['Sentiment', 'changed', 'neutral', 'negative'],
    ])
    expect(brief(changes(callId, null, idOf(2), idOf(1)))).toEqual([
      ['Status', 'changed', 'failed', 'completed'],
    ])
    expect(changes(callId, null)).toMatchObject({ since: null, count: 2 })
    expect(() => changes(callId, null, 999, null)).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  it('of a call of megabytes are compared within a bound, and shown shortened', () => {
    const words = Array.from({ length: 800_000 }, (_, i) => `word${i % 977}`)
    const callId = store(detailOf({}, [['agent', words.join(' ')]]))
    store(detailOf({}, [['agent', words.map((word, i) => (i % 3 === 0 ? `${word}x` : word)).join(' ')]]))
    const startedMs = performance.now()
    const answer = changes(callId, null)
    expect(performance.now() - startedMs).toBeLessThan(2500)
    expect(answer.count).toBe(1)
    expect(JSON.stringify(answer).length).toBeLessThan(20_000)
  })

  it('that differ in thousands of places answer 200 of them and say how many there are', () => {
    const said = (tail: string): Said =>
      Array.from({ length: 3000 }, (_, i) => ['agent', `Turn ${i} ${tail}${i}`])
    const callId = store(detailOf({}, said('a')))
    store(detailOf({ status: 'failed' }, said('b')))
    const answer = changes(callId, null)
    expect(answer.differences).toHaveLength(200)
    expect(answer.count).toBeGreaterThanOrEqual(3001)
    expect(answer.differences.at(-1)?.path).toBe('Status')
  })
})

const scalar = fc.oneof(
  fc.constantFrom('', ' a', 'a', 'b', 'https://x.example/a?s=1', 'https://x.example/a?s=2'),
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.constant(null),
)
const { value: json } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'id', 'x', 'updated_at', '__proto__'), tie('value'), {
      maxKeys: 3,
    }),
  ),
}))
const turn = fc.record({
  speaker: fc.constantFrom('agent' as const, 'caller' as const),
  text: fc.constantFrom('', 'Yes.', 'No.', 'I would like that', 'I would not like that', '😀', 'good day'),
  redirect: fc.constantFrom(null, 'Sales'),
})
const meaning = fc
  .record({
    fields: fc.dictionary(fc.constantFrom('qa', 'tags', 'x'), json),
    turns: fc.array(turn, { maxLength: 6 }),
  })
  .map(({ fields, turns }) =>
    meaningOf({
      status: 'completed',
      sentiment: null,
      goalAchieved: null,
      from: null,
      to: null,
      party: null,
      summary: null,
      vendorScore: null,
      startedAtMs: 0,
      endedAtMs: null,
      durationMs: 1,
      fields,
      turns,
    }),
  )

describe('differences, whatever the records', () => {
  it('are none exactly when the meanings are equal', () => {
    fc.assert(
      fc.property(meaning, meaning, (a, b) => {
        expect(differencesOf(a, a, '').count).toBe(0)
        expect(differencesOf(a, b, '').count === 0).toBe(meaningHash(a) === meaningHash(b))
      }),
      { numRuns: 1000 },
    )
  })

  it('are told when one thing of one turn is all that changed', () => {
    const part = fc.oneof(
      turn.map(({ speaker }) => ({ speaker })),
      turn.map(({ text }) => ({ text })),
      turn.map(({ redirect }) => ({ redirect })),
    )
    fc.assert(
      fc.property(meaning, fc.nat(), part, (a, at, changed) => {
        const index = at % Math.max(1, a.turns.length)
        const turns = a.turns.map((one, i) => (i === index ? { ...one, ...changed } : one))
        const b = { ...a, turns }
        expect(differencesOf(a, b, '').count === 0).toBe(meaningHash(a) === meaningHash(b))
      }),
    )
  })

  it('account for every turn once, in order', () => {
    fc.assert(
      fc.property(meaning, meaning, (a, b) => {
        const said = differencesOf(
          { ...a, fields: {} },
          { ...b, fields: {} } satisfies Meaning,
          '',
        ).differences
        const removed = said.filter(({ kind, turn: one }) => kind === 'removed' && one?.index === null).length
        const added = said.filter(
          ({ kind, turn: one }) => kind === 'added' && one?.beforeIndex === null,
        ).length
        expect(a.turns.length - removed).toBe(b.turns.length - added)
      }),
    )
  })

  it('are the same from a stored row as from the record itself', () => {
    const callId = store(detailOf({ weird: '\ud800 lone', deep: { a: [1, null, { b: -0 }] } }))
    store(detailOf({ weird: 'now', deep: { a: [1.5, { b: 1e21 }] }, status: 'failed' }))
    const pk =
      workspace.db.prepare<[string], number>('SELECT pk FROM calls WHERE id = ?').pluck().get(callId) ?? 0
    expect(storedVersion(workspace.db, callId)?.meaningHash).toBe(storedMeaningHash(workspace.db, pk))
  })
})

it('calls that changed are found through indexes alone', () => {
  const plan = workspace.db
    .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${CHANGED_KEYS}`)
    .all()
    .map(({ detail }) => detail)
  expect(plan).toContainEqual(expect.stringMatching(/SEARCH k USING COVERING INDEX calls_rewritten \(id=\?/))
  expect(plan.filter((step) => /^SCAN (k|c|calls)\b/.test(step))).toEqual([])
})
