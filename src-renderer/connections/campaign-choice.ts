import type { Connection, FoundCampaign } from '@contract'

/** From this many on, a box to filter the list is offered. */
export const FILTER_FROM = 11

/** What a campaign is called: its name where one is known, else its id. */
export const campaignTitle = ({ campaignId, name }: Pick<FoundCampaign, 'campaignId' | 'name'>): string =>
  name?.trim() || campaignId

/** Those with all the words in name, id, direction or status. */
export function filterCampaigns(campaigns: readonly FoundCampaign[], typed: string): FoundCampaign[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return campaigns.filter((one) => {
    const text = [one.name, one.campaignId, one.direction, one.status].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** A connection's campaigns in the order of its settings, with the names that are known. */
export function namedCampaigns({
  campaignIds,
  campaigns,
}: Pick<Connection, 'campaignIds' | 'campaigns'>): { campaignId: string; name: string | null }[] {
  const names = new Map(campaigns.map((one) => [one.campaignId, one.name]))
  return campaignIds.map((campaignId) => ({ campaignId, name: names.get(campaignId)?.trim() || null }))
}
