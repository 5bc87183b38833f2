import {
  type AnchorStatus,
  type CallId,
  EarmarkError,
  type Severity,
  type Speaker,
  type TimingSource,
} from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** An annotation as `reviews.db` keeps it: with all that an export of it needs. */
export interface AnnotationRecord {
  id: string
  parent_id: string | null
  call_id: CallId
  vendor: string
  connection_id: string
  connection: string
  campaign_id: string | null
  external_id: string
  call_started_at_ms: number | null
  kind: 'call' | 'turn' | 'quote' | 'time'
  turn_index: number | null
  turn_speaker: Speaker | null
  turn_text: string | null
  quote: string | null
  quote_start: number | null
  quote_end: number | null
  quote_before: string | null
  quote_after: string | null
  start_ms: number | null
  end_ms: number | null
  timing_source: TimingSource | null
  label: string
  severity: Severity | null
  comment: string
  reviewer: string
  created_at_ms: number
  updated_at_ms: number
  status: AnchorStatus
  deleted_at_ms: number | null
}

export const ANNOTATION_COLUMNS = [
  'id',
  'parent_id',
  'call_id',
  'vendor',
  'connection_id',
  'connection',
  'campaign_id',
  'external_id',
  'call_started_at_ms',
  'kind',
  'turn_index',
  'turn_speaker',
  'turn_text',
  'quote',
  'quote_start',
  'quote_end',
  'quote_before',
  'quote_after',
  'start_ms',
  'end_ms',
  'timing_source',
  'label',
  'severity',
  'comment',
  'reviewer',
  'created_at_ms',
  'updated_at_ms',
  'status',
  'deleted_at_ms',
] as const satisfies readonly (keyof AnnotationRecord)[]

const ALL = ANNOTATION_COLUMNS.join(', ')
const VALUES = ANNOTATION_COLUMNS.map((name) => `@${name}`).join(', ')
const CHANGES = ANNOTATION_COLUMNS.filter((name) => name !== 'id')
  .map((name) => `${name} = @${name}`)
  .join(', ')

/** Keeps a new annotation; on disk when it returns. Returns the one that is there when the id is taken. */
export function insertAnnotation(db: WriteDb, record: AnnotationRecord): AnnotationRecord {
  const inserted = prepared<AnnotationRecord>(
    db,
    `INSERT INTO annotations (${ALL}) VALUES (${VALUES}) ON CONFLICT (id) DO NOTHING RETURNING ${ALL}`,
  ).get(record)
  return inserted ?? getAnnotation(db, record.id)
}

/** The annotation, deleted ones included. Raises `not_found`. */
export function getAnnotation(db: ReadDb, id: string): AnnotationRecord {
  const record = findAnnotation(db, id)
  if (!record)
    throw new EarmarkError(
      'not_found',
      'This annotation is not in the workspace (any more). Open the call again.',
      {
        id,
      },
    )
  return record
}

/** The annotation, deleted ones included; null when there is none of that id. */
export const findAnnotation = (db: ReadDb, id: string): AnnotationRecord | null =>
  prepared<AnnotationRecord>(db, `SELECT ${ALL} FROM annotations WHERE id = ?`).get(id) ?? null

/** Writes every column of the record again; on disk when it returns. */
export function updateAnnotation(db: WriteDb, record: AnnotationRecord): void {
  prepared(db, `UPDATE annotations SET ${CHANGES} WHERE id = @id`).run(record)
}

/** A call's annotations: the whole call first, then by place in time and turn, then by when they were written. */
export const annotationsOfCall = (db: ReadDb, callId: CallId): AnnotationRecord[] =>
  prepared<AnnotationRecord>(
    db,
    `SELECT ${ALL} FROM annotations WHERE call_id = ? AND deleted_at_ms IS NULL
     ORDER BY kind <> 'call', start_ms, turn_index, quote_start, created_at_ms, id`,
  ).all(callId)

/** Labels in use, most used first. */
export const labelsInUse = (db: ReadDb): { name: string; count: number }[] =>
  prepared<{ name: string; count: number }>(
    db,
    `SELECT label AS name, count(*) AS count FROM annotations WHERE deleted_at_ms IS NULL
     GROUP BY label ORDER BY count DESC, label LIMIT 500`,
  ).all()
