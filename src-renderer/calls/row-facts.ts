import type { CallRow } from '@contract'
import { t } from '../app/words'

export type SentimentTone = 'good' | 'bad' | 'neutral'

/** How a vendor's word for the mood is coloured; unknown words stay neutral. The word itself is always said. */
export function sentimentTone(sentiment: string | null): SentimentTone | null {
  if (sentiment === null || sentiment.trim() === '') return null
  const word = sentiment.trim().toLowerCase()
  if (['positive', 'very positive', 'good', 'happy', 'satisfied'].includes(word)) return 'good'
  if (['negative', 'very negative', 'bad', 'angry', 'frustrated', 'unhappy'].includes(word)) return 'bad'
  return 'neutral'
}

export const vendorName = (vendor: CallRow['vendor']): string => t(`calls.vendor.${vendor}`)

/** What a call is called in lists: the other party's number, else the vendor's id. */
export function callTitle(call: Pick<CallRow, 'party' | 'externalId'>): string {
  return call.party?.trim() || call.externalId
}

/** Where a call is from, in one line: connection (which people name themselves) and campaign. */
export function callSource(call: Pick<CallRow, 'connectionName' | 'campaignId'>): string {
  return call.campaignId && call.campaignId !== call.connectionName
    ? `${call.connectionName} · ${call.campaignId}`
    : call.connectionName
}

/** What a call was about, in one line: the vendor's summary, else how it ended and how much was said. */
export function callGist(call: Pick<CallRow, 'summary' | 'status' | 'turnCount'>): string {
  const summary = call.summary?.trim()
  if (summary) return summary
  const said = call.turnCount > 0 ? t('calls.row.turns', { count: call.turnCount }) : t('calls.row.noText')
  const status = call.status?.trim()
  return status ? `${status} · ${said}` : said
}
