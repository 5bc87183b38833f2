import { describe, expect, it, test } from 'vitest'
import { captured, configOf, responseOf } from '../testing'
import type { VendorResponse } from '../vendor'
import { malakai } from './index'

const config = configOf(['a/b', 'second'], {}, 'https://api.example.com/api/api/')
const first = malakai.firstPage(config, {}, { fromMs: 0, toMs: null })
const read = (response: VendorResponse) => malakai.readPage(config, first, response)

describe('a campaign', () => {
  it('is one request, with both secrets', () => {
    expect(malakai.pageRequest(config, first).url).toBe(
      'https://api.example.com/api/api/campaigns/outbound/logs/a%2Fb',
    )
    expect(malakai.secretHeaders(config, { apiKey: 'k', accessToken: 't' })).toEqual({
      Authorization: 'Bearer k',
      'x-access-token': 't',
    })
  })

  it('is read as a whole, then the next one follows, then it is over', () => {
    const outcome = read(responseOf(200, { json: captured('malakai-inbound-logs') }))
    expect(outcome).toMatchObject({
      kind: 'page',
      campaignId: 'a/b',
      total: 2,
      isLastOfCampaign: true,
      next: { campaignId: 'second' },
    })
    if (outcome.kind !== 'page' || outcome.next === null) throw new Error('no next campaign')
    expect(
      malakai.readPage(config, outcome.next, responseOf(200, { json: captured('malakai-inbound-logs') })),
    ).toMatchObject({
      kind: 'page',
      next: null,
    })
  })

  it('is needed', () => {
    expect(malakai.problemWith(configOf([]))).toMatch(/at least one campaign ID/)
    expect(() => malakai.firstPage(configOf([]), {}, { fromMs: null, toMs: null })).toThrow(
      /at least one campaign ID/,
    )
  })
})

describe('success stands in the body', () => {
  const ok = (code: unknown) => ({ responseCode: code, data: { logs: [] } })
  test.each<[string, VendorResponse, object]>([
    ['2000', responseOf(200, { json: ok(2000) }), { kind: 'page', total: 0 }],
    ['"2000"', responseOf(200, { json: ok('2000') }), { kind: 'page' }],
    ['2000 with HTTP 500', responseOf(500, { json: ok(2000) }), { kind: 'page' }],
    [
      'null logs',
      responseOf(200, { json: { responseCode: 2000, data: { logs: null } } }),
      { kind: 'page', total: 0 },
    ],
    [
      '4040',
      responseOf(200, { json: { responseCode: 4040, message: 'Campain not found' } }),
      {
        kind: 'again',
        next: {
          campaignId: 'a/b',
          logs: 'workflow',
          refusal: expect.stringContaining('code 4040 and the message "Campain not found"'),
        },
      },
    ],
    [
      '4010',
      responseOf(200, { json: { responseCode: 4010, message: 'x' } }),
      { kind: 'failed', error: { code: 'wrong_key' }, next: null },
    ],
    [
      '4290',
      responseOf(200, { json: { responseCode: 4290 } }, { 'retry-after': '3' }),
      { kind: 'failed', error: { code: 'rate_limited', details: { retryAfterMs: 3000, transient: true } } },
    ],
    [
      '5000',
      responseOf(200, { json: { responseCode: 5000, message: 'x' } }),
      { kind: 'failed', error: { code: 'vendor_error', details: { transient: true } } },
    ],
    [
      'another',
      responseOf(200, { json: { responseCode: 3111, message: 'Plan exeeded' } }),
      { kind: 'failed', error: { code: 'vendor_error', message: expect.stringContaining('"Plan exeeded"') } },
    ],
    [
      'HTTP 401',
      responseOf(401, { json: { responseCode: 4010 } }),
      { kind: 'failed', error: { code: 'wrong_key' } },
    ],
    [
      'HTTP 401 in plain text',
      responseOf(401, { kind: 'text' }),
      { kind: 'failed', error: { code: 'wrong_key', message: expect.stringContaining('access token') } },
    ],
    [
      'HTTP 404 with JSON',
      responseOf(404, { json: { detail: 'x' } }),
      { kind: 'again', next: { logs: 'workflow' } },
    ],
    [
      'HTTP 404 with HTML',
      responseOf(404, { kind: 'html' }),
      { kind: 'failed', error: { code: 'not_this_vendor' }, next: null },
    ],
    [
      'no code',
      responseOf(200, { json: { data: { logs: [] } } }),
      { kind: 'failed', error: { code: 'not_this_vendor' } },
    ],
    [
      'no logs',
      responseOf(200, { json: { responseCode: 2000, data: {} } }),
      { kind: 'failed', error: { code: 'not_this_vendor' } },
    ],
    ['HTML', responseOf(200, { kind: 'html' }), { kind: 'failed', error: { code: 'not_this_vendor' } }],
    ['nothing', responseOf(204, { kind: 'empty' }), { kind: 'failed', error: { code: 'not_this_vendor' } }],
    [
      'broken JSON',
      responseOf(200, { kind: 'broken' }),
      { kind: 'failed', error: { code: 'vendor_error', details: { transient: true } } },
    ],
  ])('%s', (_, response, outcome) => {
    expect(read(response)).toMatchObject(outcome)
  })
})

describe('an id that is no campaign’s', () => {
  const range = { fromMs: null, toMs: null }
  const unknown = responseOf(200, { json: { responseCode: 4040, message: 'Campain not found' } })
  const ask = (learned = {}, at = malakai.firstPage(config, learned, range)) => {
    const path = (position: typeof at) => new URL(malakai.pageRequest(config, position).url).pathname.slice(8)
    const answer = malakai.readPage(config, at, unknown)
    if (answer.kind !== 'again') throw new Error(`${answer.kind} instead of again`)
    return { paths: [path(at), path(answer.next)], second: answer.next }
  }

  it('is asked for among the workflows, whose shape is read, and that is remembered', () => {
    const { paths, second } = ask()
    expect(paths).toEqual(['/campaigns/outbound/logs/a%2Fb', '/workflows/logs/a%2Fb'])
    const json = {
      responseCode: 2000,
      data: [
        {
          id: 'w1',
          workflow_id: 'w',
          call_duration: '210 seconds',
          conversation: '[{"role":"user","content":"Hi"}]',
        },
      ],
    }
    const page = malakai.readPage(config, second, responseOf(200, { json }))
    expect(page).toMatchObject({
      kind: 'page',
      answer: { calls: [{ externalId: 'w1', durationMs: 210_000, campaignId: 'a/b' }] },
      learned: { 'logs:a/b': 'workflow' },
      next: { campaignId: 'second' },
    })
    if (page.kind !== 'page') throw new Error('no page')
    expect(ask(page.learned).paths).toEqual(['/workflows/logs/a%2Fb', '/campaigns/outbound/logs/a%2Fb'])
  })

  test.each<[string, VendorResponse]>([
    ['in the same words', unknown],
    ['as a path that is not there', responseOf(404, { kind: 'html' })],
  ])('nor a workflow’s (%s) is called wrong in the words of the first place', (_, response) => {
    expect(malakai.readPage(config, ask().second, response)).toMatchObject({
      kind: 'failed',
      error: { code: 'wrong_campaign', message: expect.stringContaining('"Campain not found"') },
      next: { campaignId: 'second' },
    })
  })

  it('is not called wrong because the second place failed for another reason', () => {
    expect(malakai.readPage(config, ask().second, responseOf(503, { kind: 'text' }))).toMatchObject({
      kind: 'failed',
      error: { code: 'vendor_error', details: { transient: true } },
    })
  })
})
