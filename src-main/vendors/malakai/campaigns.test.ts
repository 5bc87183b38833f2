import { describe, expect, it, test } from 'vitest'
import { configOf, responseOf } from '../testing'
import type { VendorResponse } from '../vendor'
import { campaigns } from './campaigns'

const config = configOf([], {}, 'https://api.example.com')
const [outbound, inbound, workflows] = campaigns.lists
if (!outbound || !inbound || !workflows) throw new Error('Three lists are asked for.')
const read = (response: VendorResponse) => campaigns.read(config, inbound, response)
const found = (json: unknown) => {
  const outcome = read(responseOf(200, { json }))
  if (outcome.kind !== 'found') throw outcome.error
  return outcome.campaigns
}
const one = { campaignId: 'c1', name: 'Sales', direction: 'inbound', calls: null, status: null }

it('the published lists are asked for, and the one of workflows that may be missing', () => {
  expect(campaigns.lists.map((list) => [campaigns.request(config, list).url, list.isOptional])).toEqual([
    ['https://api.example.com/campaigns/outbound', false],
    ['https://api.example.com/campaigns/inbound', false],
    ['https://api.example.com/workflows', true],
  ])
})

describe('a list is found', () => {
  const row = { id: 'c1', name: 'Sales' }
  test.each<[string, unknown]>([
    ['in data', { responseCode: 2000, data: [row] }],
    ['in data.campaigns', { responseCode: '2000', data: { campaigns: [row] } }],
    ['in campaigns', { responseCode: 2000, campaigns: [row] }],
    ['in data.rows', { responseCode: 2000, data: { rows: [row], count: 1 } }],
    ['in rows', { responseCode: 2000, message: 'ok', rows: [row] }],
    ['in data.data', { responseCode: 2000, data: { data: [row] } }],
    ['by direction', { responseCode: 2000, data: { inbound: [row] } }],
  ])('%s', (_, json) => {
    expect(found(json)).toEqual([one])
  })

  test.each<[string, unknown]>([
    ['an empty list', { responseCode: 2000, data: [] }],
    ['null where a list is promised', { responseCode: 2000, data: null }],
    ['null inside', { responseCode: 2000, data: { campaigns: null } }],
  ])('%s is no campaigns, and no failure', (_, json) => {
    expect(found(json)).toEqual([])
  })
})

describe('a campaign', () => {
  test.each<[unknown, object]>([
    [{ _id: 'c1', title: 'Sales' }, one],
    [{ _id: { $oid: 'c1' }, campaign_name: 'Sales' }, one],
    [{ campaign_id: 'c1', name: ' Sales ' }, one],
    [{ uuid: 'c1', name: 'Sales' }, one],
    [
      { id: 17, name: '' },
      { ...one, campaignId: '17', name: null },
    ],
    ['c1', { ...one, name: null }],
    [
      { id: 'c1', name: 'Sales', status: 'active', total_calls: '12' },
      { ...one, status: 'active', calls: 12 },
    ],
    [
      { id: 'c1', name: 'Sales', type: 'Outbound' },
      { ...one, direction: 'outbound' },
    ],
    [{ id: 'c1', name: 'Sales', calls: [1, 2] }, one],
  ])('%j is read', (row, expected) => {
    expect(found({ responseCode: 2000, data: [row] })).toEqual([expected])
  })

  it('without an id, or with none that could be asked for, is left out', () => {
    const rows = [
      null,
      {},
      { name: 'x' },
      { id: '' },
      { id: 'x'.repeat(201) },
      [],
      { id: 'c1', name: 'Sales' },
    ]
    expect(found({ responseCode: 2000, data: rows })).toEqual([one])
  })
})

describe('success stands in the body', () => {
  test.each<[string, VendorResponse, object]>([
    ['2000 with HTTP 500', responseOf(500, { json: { responseCode: 2000, data: [] } }), { kind: 'found' }],
    [
      '4010',
      responseOf(200, { json: { responseCode: 4010, message: 'Unathorized' } }),
      { kind: 'failed', error: { code: 'wrong_key', message: expect.stringContaining('Unathorized') } },
    ],
    [
      '4290',
      responseOf(200, { json: { responseCode: 4290 } }),
      { kind: 'failed', error: { code: 'rate_limited' } },
    ],
    [
      'another',
      responseOf(200, { json: { responseCode: 3111, message: 'Plan exeeded' } }),
      { kind: 'failed', error: { code: 'vendor_error', message: expect.stringContaining('Plan exeeded') } },
    ],
    [
      'no code',
      responseOf(200, { json: { data: [] } }),
      { kind: 'failed', error: { code: 'not_this_vendor' } },
    ],
    [
      'no list',
      responseOf(200, { json: { responseCode: 2000, data: { total: 3 } } }),
      { kind: 'failed', error: { code: 'not_this_vendor' } },
    ],
    ['HTML', responseOf(200, { kind: 'html' }), { kind: 'failed', error: { code: 'not_this_vendor' } }],
    ['HTTP 401', responseOf(401, { kind: 'text' }), { kind: 'failed', error: { code: 'wrong_key' } }],
  ])('%s', (_, response, outcome) => {
    expect(read(response)).toMatchObject(outcome)
  })
})

test.each([
  ['https://api.example.com', 'https://api.example.com/api/api'],
  ['https://api.example.com/api/api/', 'https://api.example.com too'],
])('where there is nothing below %s (404), the other published address is named', (baseUrl, other) => {
  const outcome = campaigns.read(configOf([], {}, baseUrl), outbound, responseOf(404, { kind: 'html' }))
  expect(outcome).toMatchObject({
    kind: 'failed',
    error: { code: 'not_this_vendor', message: expect.stringContaining(other) },
  })
})
