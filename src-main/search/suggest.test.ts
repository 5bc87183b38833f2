import { parseQuery, type Suggestion } from '@contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noteCampaigns } from '../connections/queries'
import { atOnce } from './hits'
import { countCalls } from './queries'
import { suggestSteps } from './suggest'
import { KEY_WITH_TOKEN_SQL } from './suggest-tokens'
import { KNOWN_SQL, LABELS_SQL, REVIEWERS_SQL } from './suggest-values'
import { searchWorkspace, type TestWorkspace } from './testing'
import { TERMS_SQL } from './vocabulary'

const NOW = new Date(2026, 0, 2, 12).getTime()
let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await searchWorkspace()
  workspace.add(
    {
      externalId: '1',
      status: 'completed',
      sentiment: 'negative',
      goalAchieved: 'Not really',
      campaignId: 'k1',
      from: '+1 (098) 555-0101',
      fields: { appointment_scheduled: true, customer: { interest: 'Very high', city: 'Bad "Ems"' } },
      turns: ['refund', { text: 'bye', redirect: 'Sales_Team' }],
    },
    {
      externalId: '2',
      status: 'No answer',
      sentiment: 'negative',
      goalAchieved: 'yes',
      campaignId: 'k2',
      from: '+44 20 7946 0000',
      fields: { appointment_scheduled: false, qa: { greeting: 'pass', overall_score: 92 } },
      turns: ['refund'],
    },
    { externalId: '3', status: 'completed', campaignId: 'k1', fields: { note: '<5' } },
  )
  noteCampaigns(
    workspace.calls,
    workspace.connectionId,
    { k1: { name: 'Inbound "best" sales' }, k2: { name: 'Outbound' } },
    0,
  )
  workspace.reviews
    .prepare(
      `INSERT INTO reviews (call_id, reviewer, vendor, connection, external_id, reviewed_at_ms)
       VALUES ('x', 'Maria Ortiz', 'prosper', 'Front desk', '1', 1)`,
    )
    .run()
})
afterAll(() => workspace.close())

/** `|` is the cursor. */
const suggest = (marked: string) =>
  atOnce(suggestSteps(workspace.db, { query: marked.replace('|', ''), cursor: marked.indexOf('|') }, NOW))
const texts = (marked: string) => suggest(marked).items.map((item) => item.text)
const counted = (marked: string) =>
  Object.fromEntries(suggest(marked).items.map((item) => [item.text, item.count]))

describe('suggestions', () => {
  test('are fields by their beginning, with what they expect', () => {
    expect(suggest('refund sta|')).toMatchObject({ from: 7, to: 10 })
    expect(suggest('refund sta|').items).toEqual([
      { text: 'status:', label: 'status:', detail: expect.stringContaining('completed'), count: null },
    ])
    expect(texts('da|')).toEqual(['date:', 'data.'])
    expect(texts('s|')).toEqual([])
    expect(texts('"sta|')).toEqual([])
  })

  test('are real values with the calls that each would leave, given the rest of the query', () => {
    expect(counted('status:|')).toEqual({ 'status:completed': 2, 'status:"No answer"': 1 })
    expect(counted('refund status:|')).toEqual({ 'status:completed': 1, 'status:"No answer"': 1 })
    expect(counted('status:ans|')).toEqual({ 'status:"No answer"': 1 })
    expect(counted('refund goal:|')).toEqual({ 'goal:"Not really"': 1, 'goal:yes': 1 })
    expect(counted('refund -voicemail has:|')).toEqual({
      'has:recording': 0,
      'has:annotation': 0,
      'has:deadair': 0,
    })
  })

  test('are campaigns by their names, numbers as they were written, and people', () => {
    expect(suggest('campaign:in|').items).toEqual([
      { text: 'campaign:"Inbound ""best"" sales"', label: 'Inbound "best" sales', detail: 'k1', count: 2 },
    ])
    expect(texts('from:+109|')).toEqual(['from:"+1 (098) 555-0101"'])
    expect(texts('redirect:sal|')).toEqual(['redirect:Sales_Team'])
    expect(texts('reviewer:ort|')).toEqual(['reviewer:"Maria Ortiz"'])
    expect(texts('connection:|')).toEqual(['connection:"Front desk"'])
    expect(texts('source:|')).toEqual(['source:prosper'])
  })

  test('are the vendor’s own paths and their values', () => {
    expect(counted('data.|')).toMatchObject({
      'data.appointment_scheduled:': 2,
      'data.customer.interest:': 1,
    })
    expect(texts('data.cust|')).toEqual(['data.customer.city:', 'data.customer.interest:'])
    expect(texts('qa.|').sort()).toEqual(['qa.greeting:', 'qa.overall_score:'])
    expect(counted('data.appointment_scheduled:|')).toEqual({
      'data.appointment_scheduled:true': 1,
      'data.appointment_scheduled:false': 1,
    })
    expect(texts('data.customer.interest:|').sort()).toEqual([
      'data.customer.interest:"Very high"',
      'data.customer.interest:high',
      'data.customer.interest:very',
    ])
    // As a comparison it would mean something else.
    expect(texts('data.note:|')).toEqual([])
  })

  test('are dates and comparisons by example', () => {
    expect(texts('date:2026|')).toContain('date:2026-01')
    expect(texts('date:la|')).toEqual(['date:last-7-days', 'date:last-30-days'])
    expect(texts('score:<|')).toEqual(['score:<70'])
  })

  test('of any kind mean what they say, and leave as many calls as they say', () => {
    const field = fc.constantFrom(
      'source',
      'connection',
      'campaign',
      'status',
      'sentiment',
      'goal',
      'redirect',
      'from',
      'to',
      'speaker',
      'date',
      'score',
      'duration',
      'talk',
      'deadair',
      'latency',
      'has',
      'reviewed',
      'label',
      'reviewer',
      'data.appointment_scheduled',
      'data.customer.city',
      'data.customer.interest',
      'qa.greeting',
      'qa.overall_score',
    )
    const begun = fc.constantFrom(
      '',
      's',
      'no',
      'n',
      '"',
      '"in',
      '+1',
      '1',
      '<',
      'very h',
      '2026',
      '*',
      '(',
      'ü',
    )
    const before = fc.constantFrom('', 'refund ', 'refund OR bye ', 'sentiment:negative ', '(a OR ')
    fc.assert(
      fc.property(before, field, begun, (rest, name, typed) => {
        const query = `${rest}${name}:${typed}`
        const { from, to, items } = suggest(`${query}|`)
        expect(items.length).toBeLessThanOrEqual(50)
        for (const item of items) check(query, from, to, item)
      }),
      { numRuns: 300 },
    )
  })
})

function check(query: string, from: number, to: number, { text, label, count }: Suggestion) {
  const { terms, problems } = parseQuery(`${text} `)
  const [only] = terms
  expect(problems).toEqual([])
  if (terms.length !== 1 || only?.kind !== 'filter') throw new Error(`${text} is no filter.`)
  const said =
    only.value.kind === 'text' ? only.value.text : only.value.kind === 'choice' ? only.value.choice : only.raw
  expect([said, label]).toContain(said)
  const taken = `${query.slice(0, from)}${text}${query.slice(to)} `
  if (count !== null && !/OR/.test(query))
    expect(countCalls(workspace.db, taken, NOW).total, taken).toBe(count)
}

test('what is looked up for suggestions goes through indexes', () => {
  suggest('goal:|')
  const plan = (sql: string, ...parameters: unknown[]) =>
    workspace.db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail)
      .join('\n')
  expect(plan(KEY_WITH_TOKEN_SQL, '"a"')).toMatch(/^SCAN search_words VIRTUAL TABLE INDEX 192:M1$/)
  // 0x600: both bounds are handed to FTS5.
  expect(plan(TERMS_SQL, 'a', 'b')).toMatch(/^SCAN temp.search_vocabulary VIRTUAL TABLE INDEX 1539:/)
  // A table of combinations and one of connections: both small, none of calls.
  for (const sql of Object.values(KNOWN_SQL)) expect(plan(sql)).toMatch(/^SCAN (facets|connections)\b/)
  expect(plan(LABELS_SQL)).toMatch(/annotations USING (COVERING )?INDEX annotations_by_label/)
  expect(plan(REVIEWERS_SQL)).toMatch(/annotations USING INDEX annotations_by_reviewer/)
  expect(plan(REVIEWERS_SQL)).toMatch(/reviews USING COVERING INDEX reviews_by_reviewer/)
})
