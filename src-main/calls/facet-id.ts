import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** What calls are counted by beside the list. */
export interface FacetValues {
  connectionId: string
  campaignId: string | null
  status: string | null
  sentiment: string | null
}

/**
 * The number of a combination of values, for `calls.facet_id`; a new combination gets one. Counting numbers is four
 * times as fast as counting four texts. Inside the caller's transaction.
 */
export function facetIdOf(db: WriteDb, { connectionId, campaignId, status, sentiment }: FacetValues): number {
  const values = [connectionId, campaignId ?? '', status ?? '', sentiment ?? '']
  const known = prepared<number>(
    db,
    'SELECT id FROM facets WHERE connection_id = ? AND campaign_id = ? AND status = ? AND sentiment = ?',
  )
    .pluck()
    .get(values)
  return (
    known ??
    Number(
      prepared(
        db,
        'INSERT INTO facets (connection_id, campaign_id, status, sentiment) VALUES (?, ?, ?, ?)',
      ).run(values).lastInsertRowid,
    )
  )
}
