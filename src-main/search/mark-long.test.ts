import { afterAll, beforeAll, expect, test } from 'vitest'
import { TURN_END } from './index-text'
import { LONG_TEXT, markLong } from './mark-long'
import { readMarks } from './marked-text'
import { matchesInCall, searchPage } from './queries'
import { searchWorkspace, type TestWorkspace } from './testing'

let workspace: TestWorkspace
let callId = ''
const SENTENCE = 'My refund is on its way to the bank 👍 and nobody knows when. '
const LONG = SENTENCE.repeat(Math.ceil(3_000_000 / SENTENCE.length))

beforeAll(async () => {
  workspace = await searchWorkspace()
  callId =
    workspace.add({ externalId: 'long', turns: ['agent: hello', `caller: ${LONG}`, 'agent: goodbye'] })[0] ??
    ''
}, 60_000)
afterAll(() => workspace.close())

test('a turn of megabytes is marked and shown, within a bound', () => {
  for (const query of ['refund ', '"my refund" ', 'the refund bank ', 'r']) {
    const [hit] = searchPage(workspace.db, { query, sort: 'date', limit: 50, cursor: null }, 0).hits
    expect(hit?.turnIndex).toBe(1)
    expect(hit?.snippet?.some(({ match }) => match)).toBe(true)
    const [turn, ...others] = matchesInCall(workspace.db, query, callId, 0)
    expect(others).toEqual([])
    expect(turn?.turnIndex).toBe(1)
    expect(turn?.ranges.length).toBeGreaterThan(1000)
    expect(turn?.ranges.length).toBeLessThan(6000)
    expect(LONG.slice(...(turn?.ranges[1] ?? [0, 0])).toLowerCase()).toMatch(/^(my )?refund$|^the$|^bank$/)
  }
}, 20_000)

test('what stands behind megabytes is found too', () => {
  expect(matchesInCall(workspace.db, 'goodbye ', callId, 0)).toEqual([{ turnIndex: 2, ranges: [[0, 7]] }])
})

test('a long text is the same as before beside its marks, and words at the ends of pieces are marked', () => {
  const words = Array.from({ length: 20_000 }, (_, i) => (i % 3 === 0 ? 'refund' : 'house')).join(' ')
  const text = `${words}\n${TURN_END}\n${'漢'.repeat(40_000)}😀`
  expect(text.length).toBeGreaterThan(LONG_TEXT)
  const marked = readMarks(markLong('agent', text, '"refund"', 1_000_000))
  expect(marked.text).toBe(text)
  expect(marked.ranges).toHaveLength(Math.ceil(20_000 / 3))
})
