import { describe, expect, it, test } from 'vitest'
import { configOf, responseOf } from '../testing'
import type { Learned, ListRange, PageOutcome, Position, VendorConfig, VendorResponse } from '../vendor'
import { prosper } from './index'

const ALL: ListRange = { fromMs: null, toMs: null }
const DAY = 24 * 3600 * 1000

const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ call_log_id: from + at }))
const page = (items: unknown, more: Record<string, unknown> = {}) =>
  responseOf(200, { json: { items, ...more } })
const openApi = (logs: unknown[], more: Record<string, unknown>) =>
  responseOf(200, { json: { call_logs: logs, ...more } })
const notFound = (detail = 'Not Found') => responseOf(404, { json: { detail } })

const urlOf = (config: VendorConfig, position: Position) => {
  const url = new URL(prosper.pageRequest(config, position).url)
  return `${url.pathname}?${decodeURIComponent(url.searchParams.toString())}`
}

/** What is asked for and what comes of it, until the end or a failure. */
function walk(config: VendorConfig, answers: VendorResponse[], learned: Learned = {}, range = ALL) {
  let position: Position | null = prosper.firstPage(config, learned, range)
  const urls: string[] = []
  const outcomes: PageOutcome[] = []
  for (const answer of answers) {
    if (position === null) throw new Error(`Nothing more was asked for after ${urls.join(', ')}`)
    urls.push(urlOf(config, position))
    // A position survives being stored.
    const outcome = prosper.readPage(config, JSON.parse(JSON.stringify(position)), answer)
    outcomes.push(outcome)
    position = outcome.next
  }
  return { urls, outcomes, last: outcomes.at(-1), position }
}

describe('requests', () => {
  test.each<[string, VendorConfig, Learned, ListRange, string]>([
    [
      'the captured page first',
      configOf(['c 1']),
      {},
      ALL,
      '/api/v1/campaigns/call-logs?campaign_id=c+1&page=1&page_size=100',
    ],
    [
      'what was learned',
      configOf(['c']),
      { dialect: 'openapi' },
      ALL,
      '/api/v1/call-logs?campaign_id=c&page=0&limit=200',
    ],
    [
      'what was chosen',
      configOf(['c'], { dialect: 'page' }),
      { dialect: 'openapi' },
      ALL,
      '/api/v1/campaigns/call-logs?campaign_id=c&page=1&page_size=100',
    ],
    ['the whole organisation', configOf([]), {}, ALL, '/api/v1/call-logs?page=0&limit=200'],
    [
      'nonsense that was stored',
      configOf(['c']),
      { dialect: 'klingon' },
      ALL,
      '/api/v1/campaigns/call-logs?campaign_id=c&page=1&page_size=100',
    ],
    [
      'a day early to a day late',
      configOf(['c']),
      {},
      { fromMs: Date.UTC(2026, 0, 5, 9), toMs: Date.UTC(2026, 0, 7, 1) },
      '/api/v1/campaigns/call-logs?campaign_id=c&page=1&page_size=100&from_date=2026-01-04&to_date=2026-01-08',
    ],
    [
      'one call in a test',
      configOf(['c']),
      {},
      { ...ALL, isTest: true },
      '/api/v1/campaigns/call-logs?campaign_id=c&page=1&page_size=1',
    ],
  ])('ask for %s', (_, config, learned, range, url) => {
    expect(urlOf(config, prosper.firstPage(config, learned, range))).toBe(url)
  })

  it('stand below a base URL with a path of its own', () => {
    const config = configOf(['c'], {}, 'https://proxy.example/prosper/')
    expect(prosper.pageRequest(config, prosper.firstPage(config, {}, ALL)).url).toMatch(
      /^https:\/\/proxy\.example\/prosper\/api\/v1\/campaigns\/call-logs\?/,
    )
  })

  it('carry the key in the header and with the prefix of the settings', () => {
    const secrets = { apiKey: 'k', accessToken: null }
    expect(prosper.secretHeaders(configOf([]), secrets)).toEqual({ Authorization: 'Bearer k' })
    const custom = configOf([], { authHeader: 'X-Api-Key', authPrefix: '' })
    expect(prosper.secretHeaders(custom, secrets)).toEqual({ 'X-Api-Key': 'k' })
  })

  it('in the captured dialect need a campaign', () => {
    const config = configOf([], { dialect: 'page' })
    expect(prosper.problemWith(config)).toMatch(/at least one campaign ID/)
    expect(() => prosper.firstPage(config, {}, ALL)).toThrow(/at least one campaign ID/)
  })

  it('begin again from a place that an older version stored', () => {
    expect(() => prosper.pageRequest(configOf(['c']), { seite: 1 })).toThrow(/begin again/)
  })
})

describe('paging by the captured page', () => {
  const config = configOf(['c'])

  it('ends when the stated total was seen', () => {
    const { urls, last, outcomes } = walk(config, [
      page(rows(0, 100), { total: 150, page: 1, page_size: 100 }),
      page(rows(100, 50), { total: 150, page: 2, page_size: 100 }),
    ])
    expect(urls[1]).toContain('page=2')
    expect(outcomes[0]).toMatchObject({
      kind: 'page',
      total: 150,
      isLastOfCampaign: false,
      learned: { dialect: 'page' },
    })
    expect(last).toMatchObject({ kind: 'page', isLastOfCampaign: true, next: null })
  })

  it('without a total ends with an empty page, or with a 404 where a page would be', () => {
    expect(walk(config, [page(rows(0, 7))]).last).toMatchObject({ next: { page: 2 }, total: null })
    expect(walk(config, [page(rows(0, 7)), page([])]).last).toMatchObject({ kind: 'page', next: null })
    expect(walk(config, [page(rows(0, 100)), page([])]).last).toMatchObject({ kind: 'page', next: null })
    expect(walk(config, [page(rows(0, 100)), notFound('Invalid page')]).last).toMatchObject({
      kind: 'page',
      answer: { calls: [] },
      next: null,
    })
  })

  it('without a total ends with a page shorter than the server says its pages are', () => {
    const stated = { page_size: 10 }
    expect(walk(config, [page(rows(0, 10), stated), page(rows(10, 3), stated)]).position).toBeNull()
  })

  it('without a total takes a short page that comes for all beyond it for the last one', () => {
    const last = page(rows(7, 3))
    expect(walk(config, [page(rows(0, 7)), last, last, last, last, last]).last).toMatchObject({
      kind: 'page',
      next: null,
    })
  })

  it('goes on while the total grows, also when it comes as text', () => {
    const { position, last } = walk(config, [
      page(rows(0, 100), { total: '150' }),
      page(rows(100, 100), { total: '201' }),
      page(rows(200, 1), { total: '201' }),
    ])
    expect(last).toMatchObject({ kind: 'page', total: 201 })
    expect(position).toBeNull()
  })

  it('goes on through smaller pages than were asked for, whether they say so or not', () => {
    const stated = { total: 21, page_size: 10 }
    expect(
      walk(config, [page(rows(0, 10), stated), page(rows(10, 10), stated), page(rows(20, 1), stated)])
        .position,
    ).toBeNull()
    const silent = { total: 21 }
    expect(
      walk(config, [page(rows(0, 10), silent), page(rows(10, 10), silent), page(rows(20, 1), silent)])
        .position,
    ).toBeNull()
  })

  it('takes an empty list, null or not, for the end', () => {
    expect(walk(config, [page([], { total: 0 })]).last).toMatchObject({ kind: 'page', next: null, total: 0 })
    expect(walk(config, [page(null, { total: 0 })]).last).toMatchObject({ kind: 'page', next: null })
  })

  it('does not take an empty page for the end while more is promised', () => {
    const { last } = walk(config, [page(rows(0, 100), { total: 150 }), page(null, { total: 150 })])
    expect(last).toMatchObject({
      kind: 'failed',
      error: { code: 'vendor_error', details: { transient: true } },
      next: null,
    })
  })

  it('asks again for a page that holds the calls of the page before', () => {
    const { urls, last } = walk(config, [
      page(rows(0, 100), { total: 150 }),
      page(rows(0, 100), { total: 150 }),
      page(rows(100, 50), { total: 150 }),
    ])
    expect(urls.map((url) => /[?&]page=(\d)/.exec(url)?.[1])).toEqual(['1', '2', '2'])
    expect(last).toMatchObject({ kind: 'page', next: null })
  })

  it('believes such a page when as many new calls came in', () => {
    const { urls, last } = walk(config, [
      page(rows(0, 100), { total: 150 }),
      page(rows(0, 100), { total: 250 }),
      page(rows(100, 50), { total: 250 }),
    ])
    expect(urls.map((url) => /[?&]page=(\d)/.exec(url)?.[1])).toEqual(['1', '2', '3'])
    expect(last).toMatchObject({ kind: 'page', next: null })
  })

  it('gives up on a server that gives the same page for ever', () => {
    const same = page(rows(0, 100), { total: 150 })
    const { last } = walk(config, [same, same, same, same, same])
    expect(last).toMatchObject({ kind: 'failed', error: { code: 'vendor_error' } })
  })

  it('goes on with the next campaign from its first page', () => {
    const two = configOf(['a', 'b'])
    const { urls, outcomes, position } = walk(two, [
      page(rows(0, 1), { total: 1 }),
      page(rows(1, 1), { total: 1 }),
    ])
    expect(urls[1]).toBe('/api/v1/campaigns/call-logs?campaign_id=b&page=1&page_size=100')
    expect(
      outcomes.map((outcome) => outcome.kind === 'page' && [outcome.campaignId, outcome.isLastOfCampaign]),
    ).toEqual([
      ['a', true],
      ['b', true],
    ])
    expect(position).toBeNull()
  })
})

describe('the OpenAPI dialect', () => {
  const config = configOf(['c'], { dialect: 'openapi' })

  it('follows next_page to null', () => {
    const { urls, last } = walk(config, [
      openApi(rows(0, 200), { page_count: 2, next_page: 1 }),
      openApi(rows(200, 3), { page_count: 2, next_page: null }),
    ])
    expect(urls[1]).toContain('page=1')
    expect(last).toMatchObject({ kind: 'page', next: null, total: null, learned: { dialect: 'openapi' } })
  })

  it('goes by page_count where next_page is missing, and on to an empty page where both are', () => {
    expect(walk(config, [openApi(rows(0, 200), { page_count: 2 })]).position).toMatchObject({ page: 1 })
    expect(walk(config, [openApi(rows(0, 200), {})]).position).toMatchObject({ page: 1 })
    expect(walk(config, [openApi(rows(0, 7), {}), openApi([], {})]).position).toBeNull()
  })

  it('does not take an empty page for the end while another follows', () => {
    expect(walk(config, [openApi([], { page_count: 2, next_page: 1 })]).last).toMatchObject({
      kind: 'failed',
    })
  })
})

describe('probing', () => {
  const config = configOf(['a', 'b'])

  it('asks in the other dialect after a 404, and tells what answered', () => {
    const { urls, last, outcomes } = walk(config, [
      notFound(),
      openApi(rows(0, 1), { page_count: 1, next_page: null }),
    ])
    expect(outcomes[0]?.kind).toBe('again')
    expect(urls[1]).toBe('/api/v1/call-logs?campaign_id=a&page=0&limit=200')
    expect(last).toMatchObject({
      kind: 'page',
      learned: { dialect: 'openapi' },
      next: { campaignId: 'b', dialect: 'openapi' },
    })
  })

  it('knows a server without either path by its equal refusals', () => {
    expect(walk(config, [notFound(), notFound()]).last).toMatchObject({
      kind: 'failed',
      error: { code: 'not_this_vendor' },
      next: null,
    })
    const html = responseOf(404, { kind: 'html' })
    expect(walk(config, [html, html]).last).toMatchObject({
      kind: 'failed',
      error: { code: 'not_this_vendor' },
    })
  })

  it('knows an unknown campaign by its own refusal, and goes on with the next one, open again', () => {
    const { last } = walk(config, [notFound('Campaign not found'), notFound()])
    expect(last).toMatchObject({
      kind: 'failed',
      campaignId: 'a',
      error: { code: 'wrong_campaign', message: expect.stringContaining('does not know campaign a (404)') },
      next: { campaignId: 'b', dialect: 'page', isProbe: true },
    })
  })

  it('also follows a 422 that takes the path for a campaign', () => {
    const odd = responseOf(422, {
      json: { detail: [{ loc: ['path', 'campaign_id'], msg: 'not a UUID', type: 'uuid_parsing' }] },
    })
    expect(walk(config, [odd]).last).toMatchObject({ kind: 'again', next: { dialect: 'openapi' } })
  })

  it('is over with the first page that came: a 404 for a promised page is no other dialect', () => {
    const { last } = walk(config, [page(rows(0, 100), { total: 150 }), notFound()])
    expect(last).toMatchObject({
      kind: 'failed',
      error: { code: 'vendor_error', message: expect.stringContaining('no page 2 (404) after 100 of 150') },
    })
  })

  it('is not done with a dialect that was chosen', () => {
    const chosen = configOf(['a', 'b'], { dialect: 'page' })
    expect(walk(chosen, [notFound('Campaign not found')]).last).toMatchObject({
      kind: 'failed',
      error: { code: 'wrong_campaign' },
      next: { campaignId: 'b' },
    })
  })
})

describe('refusals', () => {
  const config = configOf(['c'], { dialect: 'page' })
  test.each<[string, VendorResponse, object]>([
    ['401', responseOf(401, { kind: 'text' }), { code: 'wrong_key' }],
    [
      '403',
      responseOf(403, { json: { message: 'No' } }),
      { code: 'wrong_key', message: expect.stringContaining('"No"') },
    ],
    [
      '429',
      responseOf(429, { kind: 'empty' }, { 'retry-after': '7' }),
      { code: 'rate_limited', details: { transient: true, retryAfterMs: 7000 } },
    ],
    [
      '500',
      responseOf(500, { kind: 'html' }),
      { code: 'vendor_error', details: { transient: true, status: 500 } },
    ],
    ['204', responseOf(204, { kind: 'empty' }), { code: 'not_this_vendor' }],
    ['HTML', responseOf(200, { kind: 'html' }), { code: 'not_this_vendor' }],
    [
      'broken JSON',
      responseOf(200, { kind: 'broken' }),
      { code: 'vendor_error', details: { transient: true } },
    ],
    ['another shape', responseOf(200, { json: { hello: 'world' } }), { code: 'not_this_vendor' }],
    ['a list of something', responseOf(200, { json: [1, 2] }), { code: 'not_this_vendor' }],
    [
      'a 422 about the campaign',
      responseOf(422, { json: { detail: [{ loc: ['query', 'campaign_id'], msg: 'bad', type: 'x' }] } }),
      { code: 'wrong_campaign' },
    ],
    [
      'a 422 about something else',
      responseOf(422, { json: { detail: [{ loc: ['query', 'page_size'], msg: 'too big', type: 'x' }] } }),
      { code: 'vendor_error', message: expect.stringContaining('"query.page_size: too big"') },
    ],
  ])('%s says what it is', (_, response, error) => {
    expect(walk(config, [response]).last).toMatchObject({ kind: 'failed', error })
  })
})

it('asks a day around what a sync wants, whatever the hour', () => {
  const position = prosper.firstPage(configOf(['c']), {}, { fromMs: 5 * DAY + 1, toMs: null })
  expect(position).toMatchObject({ fromDate: '1970-01-05', toDate: null })
})
