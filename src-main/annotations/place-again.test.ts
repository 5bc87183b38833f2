import { randomUUID } from 'node:crypto'
import type { AnnotationPlace } from '@contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { annotationHandlers } from './handlers'

let workspace: TestWorkspace
let callId: string
const TURNS = [
  'agent: Good morning to you.',
  'caller: I want my money back.',
  'agent: It will be with you on Friday.',
]

beforeEach(async () => {
  workspace = await searchWorkspace()
  ;[callId = ''] = workspace.add({ externalId: '1', turns: TURNS })
})
afterEach(() => workspace.close())

const handlers = () =>
  annotationHandlers({
    db: workspace.reviews,
    readCalls: () => workspace.db,
    emit: () => undefined,
    now: () => Date.UTC(2026, 2, 1),
  })
const annotate = (place: AnnotationPlace) =>
  handlers().create({
    id: randomUUID(),
    callId,
    place,
    label: 'Tone',
    severity: null,
    comment: '',
    reviewer: 'Ana',
  })
const takeTurnOut = () => workspace.add({ externalId: '1', turns: TURNS.filter((_, index) => index !== 1) })
const QUOTE = { kind: 'quote', turnIndex: 1, quote: 'money back', quoteStart: 10, quoteEnd: 20 } as const

it('an annotation whose words are gone says where it was and on what, and can be changed all the same', async () => {
  const { id } = await annotate(QUOTE)
  takeTurnOut()
  const [lost] = await handlers().list({ callId })
  expect(lost).toMatchObject({
    status: 'orphaned',
    place: QUOTE,
    written: { turnIndex: 1, turnText: 'I want my money back.', quote: 'money back' },
  })
  const changed = await handlers().update({ id, patch: { comment: 'still true' } })
  expect(changed).toMatchObject({ status: 'orphaned', comment: 'still true', written: lost?.written })
})

it('it is placed by hand, and each placing can be taken back, to the words that it was written on', async () => {
  const { id } = await annotate(QUOTE)
  const written = { turnIndex: 1, turnText: 'I want my money back.', quote: 'money back' }
  takeTurnOut()
  expect(await handlers().update({ id, patch: { place: { kind: 'turn', turnIndex: 1 } } })).toMatchObject({
    status: 'anchored',
    turnText: 'It will be with you on Friday.',
  })
  await handlers().update({ id, patch: { place: { kind: 'turn', turnIndex: 0 } } })
  expect(await handlers().undoPlace({ id })).toMatchObject({ status: 'anchored', turnIndex: 1 })
  expect(await handlers().undoPlace({ id })).toMatchObject({ status: 'orphaned', written })
  // There is nothing more to take back.
  expect(await handlers().undoPlace({ id })).toMatchObject({ status: 'orphaned', written })
  workspace.add({ externalId: '1', turns: ['agent: Beep.', ...TURNS] })
  expect((await handlers().list({ callId }))[0]).toMatchObject({
    status: 'moved',
    place: { ...QUOTE, turnIndex: 2 },
    written,
  })
})

it('a place is refused for an annotation that was removed', async () => {
  const { id } = await annotate(QUOTE)
  await handlers().remove({ id })
  expect(() => handlers().undoPlace({ id })).toThrow(expect.objectContaining({ code: 'not_found' }))
})
