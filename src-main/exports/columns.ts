import type { CallRow } from '@contract'
import type { ShownPlace } from '../annotations/place'
import type { AnnotationRecord } from '../annotations/queries'
import type { Cell } from './csv'

/** Rises when a column changes its meaning. Columns are only ever added, at the end. */
export const SCHEMA_VERSION = 1

const instant = (ms: number | null): Cell => (ms === null ? null : new Date(ms).toISOString())
const seconds = (ms: number | null): Cell => (ms === null ? null : ms / 1000)

/** What a row of the annotations' export is made of: the record, and where its place is now. */
export interface AnnotationRow {
  record: AnnotationRecord
  /** The connection's name of now, as the calls' export has it; without the call, its name then. */
  connection: string
  shown: ShownPlace
}

/** The annotations' columns, in order. Append only. */
export const ANNOTATION_CSV: readonly (readonly [string, (row: AnnotationRow) => Cell])[] = [
  ['schema_version', () => SCHEMA_VERSION],
  ['annotation_id', ({ record }) => record.id],
  ['parent_id', ({ record }) => record.parent_id],
  ['vendor', ({ record }) => record.vendor],
  ['connection', ({ connection }) => connection],
  ['campaign_id', ({ record }) => record.campaign_id],
  ['call_id', ({ record }) => record.external_id],
  // Empty where the vendor gives no date: when we first saw a call is not when it was made.
  ['call_started_at', ({ record }) => instant(record.call_started_at_ms)],
  ['turn_index', ({ shown }) => shown.turn_index],
  ['turn_speaker', ({ shown }) => shown.turn_speaker],
  ['turn_text', ({ shown }) => shown.turn_text],
  ['quote', ({ record }) => record.quote],
  ['quote_start', ({ shown }) => shown.quote_start],
  ['quote_end', ({ shown }) => shown.quote_end],
  ['start_s', ({ shown }) => seconds(shown.start_ms)],
  ['end_s', ({ shown }) => seconds(shown.end_ms)],
  ['timing_source', ({ shown }) => shown.timing_source],
  ['label', ({ record }) => record.label],
  ['severity', ({ record }) => record.severity],
  ['comment', ({ record }) => record.comment],
  ['reviewer', ({ record }) => record.reviewer],
  ['created_at', ({ record }) => instant(record.created_at_ms)],
  ['updated_at', ({ record }) => instant(record.updated_at_ms)],
  ['status', ({ shown }) => shown.status],
]

/** What a row of the calls' export is made of. */
export interface CallCsvRow {
  call: CallRow
  /** Of its annotations, each once. */
  labels: readonly string[]
}

/** The calls' columns, in order. Append only. */
export const CALL_CSV: readonly (readonly [string, (row: CallCsvRow) => Cell])[] = [
  ['schema_version', () => SCHEMA_VERSION],
  ['vendor', ({ call }) => call.vendor],
  ['connection', ({ call }) => call.connectionName],
  ['campaign_id', ({ call }) => call.campaignId],
  ['call_id', ({ call }) => call.externalId],
  ['started_at', ({ call }) => (call.startedAtSource === 'vendor' ? call.startedAt : null)],
  ['duration_s', ({ call }) => call.durationSec],
  ['status', ({ call }) => call.status],
  ['sentiment', ({ call }) => call.sentiment],
  ['goal_achieved', ({ call }) => call.goalAchieved],
  ['from', ({ call }) => call.from],
  ['to', ({ call }) => call.to],
  ['summary', ({ call }) => call.summary],
  ['vendor_score', ({ call }) => call.vendorScore],
  ['turn_count', ({ call }) => call.turnCount],
  ['recording_state', ({ call }) => call.recordingState],
  ['annotation_count', ({ call }) => call.annotationCount],
  ['labels', ({ labels }) => labels.join('; ')],
  ['reviewed_by', ({ call }) => call.reviewedBy],
  ['reviewed_at', ({ call }) => call.reviewedAt],
]
