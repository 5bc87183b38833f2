import { type CallRow, RecordingState, Vendor } from '@contract'
import { CHANGED_COLUMN } from '../reviews/looks'

/** Columns of a list's row, for `FROM calls c JOIN connections n ON n.id = c.connection_id` with `reviews` attached. */
export const CALL_ROW_COLUMNS = `
  c.pk, c.id, c.search_key, c.vendor, c.connection_id, n.name AS connection_name, c.campaign_id, c.external_id,
  c.started_at_ms, c.started_at_source, c.duration_ms, c.status, c.sentiment, c.goal_achieved, c.from_number,
  c.to_number, c.party, c.summary, c.vendor_score, c.turn_count, c.recording_state,
  (SELECT count(*) FROM reviews.annotations a WHERE a.call_id = c.id AND a.deleted_at_ms IS NULL) AS annotation_count,
  (SELECT max(r.reviewed_at_ms) FROM reviews.reviews r WHERE r.call_id = c.id) AS reviewed_at_ms,
  (SELECT r.reviewer FROM reviews.reviews r WHERE r.call_id = c.id ORDER BY r.reviewed_at_ms DESC LIMIT 1) AS reviewed_by,
  ${CHANGED_COLUMN} AS is_changed`

export interface CallRowRecord {
  pk: number
  id: string
  search_key: number | null
  vendor: string
  connection_id: string
  connection_name: string
  campaign_id: string | null
  external_id: string
  started_at_ms: number
  started_at_source: 'vendor' | 'first_seen'
  duration_ms: number | null
  status: string | null
  sentiment: string | null
  goal_achieved: string | null
  from_number: string | null
  to_number: string | null
  party: string | null
  summary: string | null
  vendor_score: number | null
  turn_count: number
  recording_state: string
  annotation_count: number
  reviewed_at_ms: number | null
  reviewed_by: string | null
  is_changed: number
}

/** A database row as the contract has it. */
export function callRowOf(row: CallRowRecord): CallRow {
  return {
    id: row.id,
    vendor: Vendor.parse(row.vendor),
    connectionId: row.connection_id,
    connectionName: row.connection_name,
    campaignId: row.campaign_id,
    externalId: row.external_id,
    startedAt: instantOf(row.started_at_ms),
    startedAtSource: row.started_at_source,
    durationSec: secondsOf(row.duration_ms),
    status: row.status,
    sentiment: row.sentiment,
    goalAchieved: row.goal_achieved,
    from: row.from_number,
    to: row.to_number,
    party: row.party,
    summary: row.summary,
    vendorScore: row.vendor_score,
    turnCount: row.turn_count,
    recordingState: RecordingState.parse(row.recording_state),
    annotationCount: row.annotation_count,
    reviewedAt: row.reviewed_at_ms === null ? null : instantOf(row.reviewed_at_ms),
    reviewedBy: row.reviewed_by,
    changedSinceReview: row.is_changed === 1,
  }
}

export const instantOf = (ms: number): string => new Date(ms).toISOString()
export const secondsOf = (ms: number | null): number | null => (ms === null ? null : ms / 1000)
