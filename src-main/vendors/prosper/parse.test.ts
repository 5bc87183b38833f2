import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseJson } from '../json'
import { captured } from '../testing'
import type { ParseContext } from '../vendor'
import { completeWith, parse, parseCall, recognise } from './parse'

const saved: ParseContext = { campaignId: null, source: 'saved' }
const only = (json: unknown, context = saved) => {
  const { calls, unreadable } = parse(json, context)
  expect(unreadable).toEqual([])
  const [call] = calls
  if (call === undefined || calls.length !== 1) throw new Error(`${calls.length} calls`)
  return call
}

describe('the captured page', () => {
  it('gives every field of its detail', () => {
    const detail = captured('prosper-detail')
    expect(only(detail)).toEqual({
      vendor: 'prosper',
      externalId: '12345',
      completeness: 'detail',
      isFinal: true,
      campaignId: 'abc123',
      startedAtMs: Date.UTC(2024, 0, 15, 10, 30),
      endedAtMs: Date.UTC(2024, 0, 15, 10, 33),
      durationMs: 180_000,
      status: 'completed',
      sentiment: null,
      goalAchieved: null,
      from: null,
      to: null,
      party: null,
      summary: null,
      vendorScore: 92,
      turns: [
        {
          speaker: 'agent',
          rawRole: 'agent',
          rawText: 'Hello, this is the AI assistant...',
          text: 'Hello, this is the AI assistant...',
          redirect: null,
          startMs: 0,
          endMs: null,
        },
        {
          speaker: 'caller',
          rawRole: 'user',
          rawText: "Hi, I'm interested in...",
          text: "Hi, I'm interested in...",
          redirect: null,
          startMs: 3500,
          endMs: null,
        },
      ],
      recordingUrls: [],
      fields: {
        target_id: '3ef78020-1e89-4496-9538-695f257ee001',
        extracted_data: { appointment_scheduled: true, customer_interest_level: 'high' },
        qa_results: { overall_score: 92, criteria: {} },
        completed_at: '2024-01-15T10:33:00Z',
      },
      raw: detail,
    })
  })

  it('gives every field of a list row, as a summary of the campaign that was asked for', () => {
    const call = only(captured('prosper-list'), { campaignId: 'abc123', source: 'list' })
    expect(call).toMatchObject({
      externalId: '12345',
      completeness: 'summary',
      campaignId: 'abc123',
      status: 'completed',
      durationMs: 180_000,
      startedAtMs: Date.UTC(2024, 0, 15, 10, 30),
      to: '+123456789',
      party: '+123456789',
      fields: { target_id: '3ef78020-1e89-4496-9538-695f257ee001' },
    })
  })

  it('keeps what only the list tells when the detail comes', () => {
    const listed = only(captured('prosper-list'), { campaignId: 'abc123', source: 'list' })
    const detail = only(captured('prosper-detail'), { campaignId: null, source: 'detail' })
    const call = completeWith(detail, listed)
    expect(call).toMatchObject({ completeness: 'detail', party: '+123456789', vendorScore: 92 })
    expect(call.turns).toHaveLength(2)
    expect(call.raw).toBe(detail.raw)
  })
})

describe('the OpenAPI description', () => {
  const row = {
    id: 'b7',
    campaign_id: 'c1',
    campaign_target_id: 't1',
    status: 'completed',
    call_length: '03:00',
    from_: '+12025550100',
    to: '+12025550111',
    transcripts: [
      { speaker: 'agent', text: 'Hello', timestamp: '0' },
      { role: 'assistant', content: 'Hello again', start: '1.5' },
      { role: 'user', message: 'Hi', time: '00:03' },
      { human: 'What?' },
    ],
    post_call_data: { appointment_scheduled: true },
    qa: { overall_score: '88' },
    call_categorization: 'success',
    call_ended_reason: 'hang-up',
    agent_data: { version: 3 },
    created_at: '2026-01-05T09:00:00Z',
    recording_urls: [null, 'https://audio.example/1.mp3'],
  }

  it('gives lengths, turns, numbers and results', () => {
    expect(only(row)).toMatchObject({
      externalId: 'b7',
      completeness: 'detail',
      campaignId: 'c1',
      durationMs: 180_000,
      from: '+12025550100',
      to: '+12025550111',
      party: '+12025550111',
      vendorScore: 88,
      recordingUrls: ['https://audio.example/1.mp3'],
      fields: {
        campaign_target_id: 't1',
        post_call_data: { appointment_scheduled: true },
        qa: { overall_score: '88' },
        call_categorization: 'success',
        call_ended_reason: 'hang-up',
        agent_data: { version: 3 },
      },
    })
    expect(only(row).turns.map(({ speaker, text, startMs }) => [speaker, text, startMs])).toEqual([
      ['agent', 'Hello', 0],
      ['agent', 'Hello again', 1500],
      ['caller', 'Hi', 3000],
      ['caller', 'What?', null],
    ])
  })

  it('has summaries in lists that were asked for, so that they never take the recordings from a detail', () => {
    const { calls } = parse(
      { call_logs: [row], page_count: 1, next_page: null },
      { campaignId: null, source: 'list' },
    )
    expect(calls[0]?.completeness).toBe('summary')
    expect(calls[0]?.turns).toHaveLength(4)
  })
})

describe('strange records', () => {
  test.each<[unknown, string]>([
    [null, 'not an object'],
    ['a call', 'not an object'],
    [7, 'not an object'],
    [[], 'not an object'],
    [{}, 'no usable id'],
    [{ call_log_id: null, status: 'completed' }, 'no usable id'],
    [{ call_log_id: '', id: 'N/A' }, 'no usable id'],
    [{ id: 1, deep: JSON.parse('['.repeat(3000) + ']'.repeat(3000)) }, '200 levels'],
  ])('%# are set aside with a reason', (record, reason) => {
    expect(parseCall(record, saved)).toMatchObject({ reason: expect.stringContaining(reason) })
  })

  it('among good ones are set aside alone', () => {
    const answer = parse({ items: [null, { call_log_id: 1 }, 'x', { call_log_id: 2 }], total: 4 }, saved)
    expect(answer.calls.map((call) => call.externalId)).toEqual(['1', '2'])
    expect(answer.unreadable).toHaveLength(2)
  })

  it('stay in the other fields where they could not be understood', () => {
    const call = only({
      call_log_id: '7',
      created_at: 'yesterday',
      duration: { seconds: 5 },
      status: ['completed'],
      transcript: 42,
      recording_url: 'ftp://audio.example/1',
      surprise: [1, { two: null }],
    })
    expect(call).toMatchObject({
      externalId: '7',
      startedAtMs: null,
      durationMs: null,
      status: null,
      turns: [],
    })
    expect(Object.keys(call.fields).sort()).toEqual(
      ['created_at', 'duration', 'recording_url', 'status', 'surprise', 'transcript'].sort(),
    )
  })

  it('with null where lists are promised are calls without turns', () => {
    expect(only({ call_log_id: 7, transcript: null, recording_urls: null })).toMatchObject({
      turns: [],
      recordingUrls: [],
      fields: {},
    })
    expect(parse({ items: null, total: 0 }, saved)).toEqual({ calls: [], unreadable: [], campaignInfo: {} })
  })

  it('keep the order of turns and odd times as they are, except those that are none', () => {
    const transcript = [9, 3, -1, 'soon', null, '7200'].map((timestamp) => ({
      speaker: 'agent',
      text: 'a',
      timestamp,
    }))
    const call = only({ call_log_id: 7, duration: 10, transcript })
    expect(call.turns.map((turn) => turn.startMs)).toEqual([9000, 3000, null, null, null, 7_200_000])
  })

  it('keep ids apart that a number could not', () => {
    const ids = parse(
      parseJson('[{"call_log_id": 90071992547409931}, {"call_log_id": 90071992547409932}]'),
      saved,
    ).calls
    expect(ids.map((call) => call.externalId)).toEqual(['90071992547409931', '90071992547409932'])
  })

  it('keep fields named like parts of every object', () => {
    const call = only(JSON.parse('{"call_log_id": 1, "__proto__": {"a": 1}, "constructor": "x"}'))
    expect(Object.keys(call.fields).sort()).toEqual(['__proto__', 'constructor'])
  })

  it('of any JSON never throw, and none disappears', () => {
    const keys = [
      'call_log_id',
      'id',
      'items',
      'transcript',
      'transcripts',
      'duration',
      'created_at',
      'recording_urls',
      'qa_results',
      'speaker',
      'text',
    ]
    const odd = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
      ),
    })).value
    fc.assert(
      fc.property(odd, fc.constantFrom<ParseContext['source']>('list', 'detail', 'saved'), (json, source) => {
        recognise(json)
        const { calls, unreadable } = parse(json, { campaignId: 'c', source })
        const rows = Array.isArray(json) ? json.length : null
        if (rows !== null) expect(calls.length + unreadable.length).toBe(rows)
        for (const call of calls) expect(call.externalId).not.toBe('')
        for (const record of unreadable) expect(record.reason).toMatch(/\.$/)
        JSON.stringify([calls, unreadable])
      }),
      { numRuns: 500 },
    )
  })
})

test.each<[unknown, ReturnType<typeof recognise>]>([
  [captured('prosper-list'), 'list'],
  [captured('prosper-detail'), 'detail'],
  [[captured('prosper-detail')], 'list'],
  [{ items: [], total: 0, page: 1, page_size: 20 }, 'list'],
  [{ call_logs: [], page_count: 0, next_page: null }, 'list'],
  [{ call_log_id: 1, status: 'completed' }, 'record'],
  [{ id: 'x', transcripts: [] }, 'detail'],
  [captured('malakai-inbound-logs'), null],
  [{ items: [{ sku: 1 }] }, null],
  [{ id: 1, name: 'x' }, null],
  [{}, null],
  [null, null],
  ['text', null],
])('%# is recognised as %j', (json, kind) => {
  expect(recognise(json)).toBe(kind)
})

test('outcomes and next steps, promised without a name for their fields, are kept under whatever name they come', () => {
  const said = {
    outcome: 'booked',
    outcomes: ['a'],
    next_step: 'call back',
    next_steps: [{ when: 'Monday' }],
  }
  expect(only({ call_log_id: 1, ...said }).fields).toEqual(said)
})
