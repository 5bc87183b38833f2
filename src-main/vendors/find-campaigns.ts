import {
  type EarmarkError,
  type FoundCampaign,
  type FoundCampaigns,
  type Secrets,
  toFailure,
} from '@contract'
import { type HttpOptions, openHttp } from './http'
import type { CampaignsApi, VendorApi, VendorConfig } from './vendor'

/** More are not offered: nobody chooses from a list of thousands. */
const MAX_CAMPAIGNS = 1000

/**
 * Asks the vendor which campaigns there are, one request a list, keeps nothing. What some lists give is answered even
 * where others fail; the message says both. Never throws.
 */
export async function findCampaigns(
  api: VendorApi & { campaigns: CampaignsApi },
  config: VendorConfig,
  secrets: Secrets,
  options: HttpOptions & { signal?: AbortSignal } = {},
): Promise<FoundCampaigns> {
  const found = new Map<string, FoundCampaign>()
  const failures: { what: string; message: string }[] = []
  let answered = 0
  const http = openHttp(options)
  try {
    for (const list of api.campaigns.lists) {
      // A refused key is refused for every list.
      if (list.isOptional && answered === 0) continue
      try {
        const response = await http.fetchJson({
          ...api.campaigns.request(config, list),
          secretHeaders: api.secretHeaders(config, secrets),
          connectTimeoutMs: 8000,
          idleTimeoutMs: 20_000,
          totalTimeoutMs: 60_000,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        })
        const outcome = api.campaigns.read(config, list, response)
        if (outcome.kind === 'failed') throw outcome.error
        answered += 1
        for (const campaign of outcome.campaigns)
          if (!found.has(campaign.campaignId)) found.set(campaign.campaignId, campaign)
      } catch (thrown) {
        if (list.isOptional) continue
        failures.push({ what: list.what, message: toFailure(thrown).message })
        if (isHopeless(toFailure(thrown).code)) break
      }
    }
  } finally {
    http.close()
  }
  const campaigns = [...found.values()].slice(0, MAX_CAMPAIGNS)
  return { ok: answered > 0, campaigns, message: inWords(api.name, answered > 0, found.size, failures) }
}

/** The next list would fail in the same way. */
const isHopeless = (code: EarmarkError['code']): boolean =>
  ['wrong_key', 'unreachable', 'certificate', 'loopback_only', 'redirected_away', 'cancelled'].includes(code)

function inWords(
  name: string,
  isAnswered: boolean,
  count: number,
  failures: readonly { what: string; message: string }[],
): string {
  const failed = failures.map(({ message }) => message)
  // The same trouble with each list is told once.
  if (!isAnswered) return failed[0] ?? `${name} has no list of campaigns.`
  const result =
    count === 0
      ? `${name} lists no campaigns for these secrets. Enter the campaign IDs by hand.`
      : `${name} lists ${count === 1 ? '1 campaign' : `${count} campaigns`}.`
  const cut = count > MAX_CAMPAIGNS ? [`The first ${MAX_CAMPAIGNS} are shown; enter others by hand.`] : []
  const missing = failures.map(({ what, message }) => `Without ${what}: ${message}`)
  return [result, ...cut, ...missing].join(' ')
}
