import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { captured } from '../testing'
import type { ParseContext } from '../vendor'
import { identityOf } from './identity'
import { parse, recognise } from './parse'

const saved: ParseContext = { campaignId: null, source: 'saved' }
const log = (fields: Record<string, unknown>) => ({ session_id: 's1', call_duration: 10, ...fields })
const only = (fields: Record<string, unknown>, context = saved) => {
  const { calls, unreadable } = parse([log(fields)], context)
  expect(unreadable).toEqual([])
  const [call] = calls
  if (call === undefined) throw new Error('no call')
  return call
}

describe('the captured page', () => {
  const answer = parse(captured('malakai-inbound-logs'), saved)

  it('gives every field of its logs', () => {
    const [first, second] = answer.calls
    expect(answer.unreadable).toEqual([])
    expect(first).toMatchObject({
      vendor: 'malakai',
      externalId: 'DUMMY_SESSION_ID',
      completeness: 'detail',
      isFinal: true,
      campaignId: 'DUMMY_INBOUND_ID',
      startedAtMs: null,
      endedAtMs: null,
      durationMs: 27_719,
      status: 'completed',
      sentiment: 'neutral',
      goalAchieved: 'yes',
      from: 'DUMMY_FROM',
      to: 'DUMMY_NUMBER',
      party: 'DUMMY_FROM',
      vendorScore: null,
      recordingUrls: ['https://dummy-audio-files.com/recording1.mp3'],
      fields: { call_sid: 'DUMMY_CALL_SID', inbound_id: 'DUMMY_INBOUND_ID', session_id: 'DUMMY_SESSION_ID' },
    })
    expect(first?.summary).toMatch(/^The user asked about the services/)
    expect(Object.keys(first?.fields ?? {})).toHaveLength(3)
    expect(second).toMatchObject({
      externalId: 'DUMMY_SESSION_ID_2',
      from: '+1234567890',
      to: '+10987654321',
      sentiment: 'positive',
    })
  })

  it('gives its turns trimmed, the token taken out, the raw text kept', () => {
    const turns = answer.calls[0]?.turns ?? []
    expect(turns.map(({ speaker, text, redirect }) => [speaker, text.slice(0, 30), redirect])).toEqual([
      ['caller', '---', null],
      ['agent', 'Thank you for calling. How can', null],
      ['caller', 'Hey. What services you can pro', null],
      ['agent', "I'm afraid I don't have inform", 'customer_service'],
    ])
    expect(turns[2]?.rawText).toBe(' Hey. What services you can provide me?')
    expect(turns[3]?.text).toMatch(/assist you with your inquiry\.$/)
    expect(turns[3]?.rawText).toMatch(/ REDIRECT_customer_service$/)
    expect(turns.every((turn) => turn.startMs === null && turn.endMs === null)).toBe(true)
    expect(answer.calls[1]?.turns.at(-1)?.redirect).toBe('Sales')
  })

  it('keeps code, message and analytics of the campaign', () => {
    const info = {
      responseCode: 2000,
      message: 'Inbound campaign logs fetched successfully',
      analytics: { 'Total Contacts': 2, 'Total Conversations': 113 },
    }
    expect(answer.campaignInfo).toEqual({ '': info })
    const asked = parse(captured('malakai-inbound-logs'), { campaignId: 'inbound-7', source: 'list' })
    expect(asked.campaignInfo).toEqual({ 'inbound-7': info })
    expect(asked.calls.map((call) => call.campaignId)).toEqual(['inbound-7', 'inbound-7'])
    expect(asked.calls[0]?.fields.inbound_id).toBe('DUMMY_INBOUND_ID')
  })
})

describe('other shapes', () => {
  it('of outbound logs have an id, dates, contacts and an analysis in a text', () => {
    const call = only({
      id: 991,
      created_at: '2026-01-05T09:00:00Z',
      updated_at: '2026-01-05T10:00:00Z',
      contact_number: ['+12025550111'],
      tags: ['a'],
      analysis: '[{"question":"Content?","answer":"yes"}]',
      recording_url: 'https://telephony.example/Recordings/RE1',
    })
    expect(call).toMatchObject({
      externalId: '991',
      startedAtMs: Date.UTC(2026, 0, 5, 9),
      to: '+12025550111',
      party: '+12025550111',
      recordingUrls: ['https://telephony.example/Recordings/RE1'],
      fields: {
        tags: ['a'],
        analysis: [{ question: 'Content?', answer: 'yes' }],
        contact_number: ['+12025550111'],
      },
    })
    expect(call.fields.updated_at).toBe('2026-01-05T10:00:00Z')
  })

  it('of workflow logs are a list with the conversation in a text and lengths in words', () => {
    const answer = parse(
      {
        responseCode: '2000',
        data: [
          {
            session_id: 'w1',
            workflow_id: 'w',
            call_duration: '210 seconds',
            conversation: '[{"role":"user","content":" Hi"}]',
          },
        ],
      },
      saved,
    )
    expect(answer.calls[0]).toMatchObject({
      externalId: 'w1',
      campaignId: 'w',
      durationMs: 210_000,
      turns: [{ text: 'Hi', speaker: 'caller' }],
    })
    expect(answer.calls[0]?.fields).toEqual({ session_id: 'w1', workflow_id: 'w' })
  })

  test.each<[unknown, string | null]>([
    [['+1', '+2'], '+1'],
    [[null, '', '+2'], '+2'],
    ['["+1"]', '+1'],
    ['+1', '+1'],
    [12025550111, '12025550111'],
    [[{ number: '+1' }], '+1'],
    [[], null],
    [null, null],
  ])('with the contact %j speak with %j', (contact_number, party) => {
    const call = only({ contact_number, from: 'line' })
    expect([call.party, call.fields.contact_number !== undefined]).toEqual([party, true])
  })

  test.each<[Record<string, unknown>, string | null]>([
    [{ inbound_id: 'i' }, 'rang'],
    [{ outbound_id: 'o' }, 'called'],
    [{ outbound_id: 'o', contact_number: ['contact'] }, 'contact'],
    [{ inbound_id: 'i', contact_number: null }, 'rang'],
    [{}, 'rang'],
  ])('with %j speak with the one who %j', (more, party) => {
    expect(only({ from: 'rang', number: 'called', ...more }).party).toBe(party)
  })

  test.each<[Record<string, unknown>, number | null]>([
    [{ created_at: '2026-01-05T09:00:00Z' }, Date.UTC(2026, 0, 5, 9)],
    [{ createdAt: 1_767_603_600 }, Date.UTC(2026, 0, 5, 9)],
    [{ started_at: '2026-01-05 09:00' }, Date.UTC(2026, 0, 5, 9)],
    [{ updated_at: '2026-01-05T09:00:00Z' }, null],
    [{ created_at: 'yesterday' }, null],
  ])('with %j began at %j', (fields, startedAtMs) => {
    expect(only(fields).startedAtMs).toBe(startedAtMs)
  })

  test.each<[unknown, number | null]>([
    [27.719, 27_719],
    [27, 27_000],
    ['210 seconds', 210_000],
    ['3 minutes 30 seconds', 210_000],
    ['00:03:30', 210_000],
    [null, null],
    ['long', null],
  ])('with the length %j last %j ms', (call_duration, durationMs) => {
    expect(only({ call_duration }).durationMs).toBe(durationMs)
  })

  test.each<[string, Record<string, unknown>]>([
    [
      'in the transcript',
      { transcript: { conversation: [{ role: 'assistant', content: ' Bye. REDIRECT_Sales' }] } },
    ],
    [
      'in a text in the transcript',
      { transcript: { conversation: '[{"role":"assistant","content":"Bye. REDIRECT_Sales"}]' } },
    ],
    [
      'in a transcript that is a text',
      { transcript: '{"conversation":[{"role":"assistant","content":"Bye. REDIRECT_Sales"}]}' },
    ],
    ['as the transcript', { transcript: [{ role: 'assistant', content: 'Bye. REDIRECT_Sales' }] }],
    [
      'beside a null transcript',
      { transcript: null, conversation: [{ role: 'assistant', content: 'Bye. REDIRECT_Sales' }] },
    ],
    ['in a text', { conversation: '[{"role":"assistant","content":"Bye. REDIRECT_Sales"}]' }],
  ])('have their conversation %s', (_, fields) => {
    expect(only(fields).turns).toMatchObject([{ speaker: 'agent', text: 'Bye.', redirect: 'Sales' }])
  })

  it('with a transcript that is plain text have it as one turn of nobody', () => {
    const call = only({ transcript: 'Hello there' })
    expect(call.turns).toMatchObject([{ speaker: 'other', text: 'Hello there' }])
    expect(call.fields.transcript).toBeUndefined()
  })

  it('keep what is unknown inside the transcript', () => {
    const call = only({ transcript: { conversation: [], recording_url: null, language: 'hi' } })
    expect(call.fields).toEqual({ session_id: 's1', transcript: { language: 'hi' } })
  })

  it('with an error instead of logs are set aside, quoting it', () => {
    const { unreadable } = parse({ responseCode: 4001, message: 'Somthing wrong' }, saved)
    expect(unreadable[0]?.reason).toBe(
      'Malakai answered with code 4001 and the message "Somthing wrong" instead of calls.',
    )
  })
})

describe('identity', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ id: 5, session_id: 's', call_sid: 'c' }, '5'],
    [{ session_id: 's', call_sid: 'c' }, 's'],
    [{ session_id: '', call_sid: 'c' }, 'c'],
    [{ session_id: 'null', call_sid: 'c' }, 'c'],
    [{ session_id: 'DUMMY_SESSION_ID' }, 'DUMMY_SESSION_ID'],
  ])('of %j is %j', (record, id) => {
    expect(identityOf(record)).toBe(id)
  })

  const bare = {
    session_id: '',
    from: '+1',
    number: '+2',
    call_duration: 27.7,
    status: 'completed',
    transcript: {
      conversation: [{ role: 'user', content: 'Hi' }],
      recording_url: 'https://a.example/1.mp3?sig=1',
    },
  }
  const hash = identityOf(bare)

  it('without any id is a hash that does not change with the signature of an address, a summary, a corrected text', () => {
    expect(hash).toMatch(/^hash-[0-9a-f]{24}$/)
    const transcript = {
      conversation: [{ role: 'user', content: 'Hi!' }],
      recording_url: 'https://a.example/1.mp3?sig=2',
    }
    expect(
      identityOf({ ...bare, transcript, call_summary: 'new', sentiment: 'positive', call_duration: '27.7' }),
    ).toBe(hash)
  })

  it('without any id tells calls apart by number, length and recording, and by words where there is no recording', () => {
    const say = (content: string) => ({ ...bare, transcript: { conversation: [{ role: 'user', content }] } })
    const others = [{ ...bare, from: '+3' }, { ...bare, call_duration: 28 }, say('Hi'), say('Hello')]
    expect(new Set([hash, ...others.map(identityOf)]).size).toBe(5)
  })

  it('is missing where there is nothing at all, and the record is set aside', () => {
    expect(identityOf({ status: 'completed', sentiment: 'neutral' })).toBeNull()
    expect(parse([{ status: 'completed' }, null, 'x'], saved).unreadable).toHaveLength(3)
  })
})

test('any JSON is read without throwing, and no record disappears', () => {
  const keys = [
    'responseCode',
    'data',
    'logs',
    'session_id',
    'transcript',
    'conversation',
    'role',
    'content',
    'recording_url',
    'call_duration',
    'contact_number',
    'analysis',
  ]
  const odd = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.constantFrom(2000, '2000', '[{"role":"user"}]', '---', ' REDIRECT_x'),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
    ),
  })).value
  fc.assert(
    fc.property(odd, (json) => {
      recognise(json)
      const { calls, unreadable } = parse(json, saved)
      if (Array.isArray(json)) expect(calls.length + unreadable.length).toBe(json.length)
      for (const call of calls) expect(call.externalId).not.toBe('')
      JSON.stringify([calls, unreadable])
    }),
    { numRuns: 500 },
  )
})

test.each<[unknown, ReturnType<typeof recognise>]>([
  [captured('malakai-inbound-logs'), 'logs'],
  [{ responseCode: 2000, data: { logs: [] } }, 'logs'],
  [{ responseCode: 2000, data: { logs: null } }, 'logs'],
  [{ responseCode: 2000, data: [] }, 'logs'],
  [{ responseCode: 2000, data: [{ id: 'w1', workflow_id: 'w', call_duration: '210 seconds' }] }, 'logs'],
  [{ responseCode: 2000, data: [{ id: 'c1', campaign_name: 'Sales', status: 'active' }] }, null],
  [[{ id: 1, contact_number: ['+1'], call_duration: 3, call_summary: '' }], 'logs'],
  [{ responseCode: 4040, message: 'Campain not found' }, 'error'],
  [{ session_id: 'x', call_sid: 'y' }, 'record'],
  [[{ session_id: 'x', call_sid: 'y' }], 'logs'],
  [captured('prosper-list'), null],
  [captured('prosper-detail'), null],
  [{ responseCode: 2000, data: 'hello' }, null],
  [{ data: [] }, null],
  [{}, null],
  [null, null],
])('%# is recognised as %j', (json, kind) => {
  expect(recognise(json)).toBe(kind)
})
