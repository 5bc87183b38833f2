import type { FoundCampaign } from '@contract'
import { describe, expect, it } from 'vitest'
import { campaignTitle, filterCampaigns, namedCampaigns } from './campaign-choice'

const found = (campaignId: string, name: string | null): FoundCampaign => ({
  campaignId,
  name,
  direction: 'inbound',
  calls: null,
  status: null,
})

describe('found campaigns', () => {
  it('are called by their names, and by their ids without one', () => {
    expect(campaignTitle(found('66b1', 'Renewals'))).toBe('Renewals')
    expect(campaignTitle(found('66b1', ' '))).toBe('66b1')
  })

  it('are filtered by all words, in names and ids', () => {
    const all = [found('66b1', 'Renewals north'), found('77c2', 'Renewals south'), found('88d3', null)]
    expect(filterCampaigns(all, 'SOUTH renew').map((one) => one.campaignId)).toEqual(['77c2'])
    expect(filterCampaigns(all, '88D').map((one) => one.campaignId)).toEqual(['88d3'])
    expect(filterCampaigns(all, ' ')).toHaveLength(3)
  })

  it('give a connection’s ids their names, in its own order', () => {
    const info = { info: {}, seenAt: '2026-01-01T00:00:00Z' }
    const connection = { campaignIds: ['b', 'a'], campaigns: [{ campaignId: 'a', name: 'A', ...info }] }
    expect(namedCampaigns(connection)).toEqual([
      { campaignId: 'b', name: null },
      { campaignId: 'a', name: 'A' },
    ])
  })
})
