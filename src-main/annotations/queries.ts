import { type CallId, EarmarkError, type Severity, type Speaker, type TimingSource } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

/** An annotation as `reviews.db` keeps it: with all that an export of it needs. */
export interface AnnotationRecord {
  id: string
  draft_hash: string
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
  context_before: string | null
  context_after: string | null
  start_ms: number | null
  end_ms: number | null
  timing_source: TimingSource | null
  label: string
  severity: Severity | null
  comment: string
  reviewer: string
  created_at_ms: number
  updated_at_ms: number
  deleted_at_ms: number | null
}

const ANNOTATION_COLUMNS = [
  'id',
  'draft_hash',
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
  'context_before',
  'context_after',
  'start_ms',
  'end_ms',
  'timing_source',
  'label',
  'severity',
  'comment',
  'reviewer',
  'created_at_ms',
  'updated_at_ms',
  'deleted_at_ms',
] as const satisfies readonly (keyof AnnotationRecord)[]

const ALL = ANNOTATION_COLUMNS.join(', ')
const VALUES = ANNOTATION_COLUMNS.map((name) => `@${name}`).join(', ')
const CHANGES = ANNOTATION_COLUMNS.filter((name) => name !== 'id')
  .map((name) => `${name} = @${name}`)
  .join(', ')

/** Keeps a new annotation; leaves what is there when the id is taken. */
export function insertAnnotation(db: WriteDb, record: AnnotationRecord): void {
  prepared(db, `INSERT INTO annotations (${ALL}) VALUES (${VALUES}) ON CONFLICT (id) DO NOTHING`).run(record)
}

/** The annotation, deleted ones included. Raises `not_found`. */
export function getAnnotation(db: ReadDb, id: string): AnnotationRecord {
  const record = findAnnotation(db, id)
  if (!record)
    throw new EarmarkError(
      'not_found',
      'This annotation is not in the workspace (any more). Open the call again.',
      { id },
    )
  return record
}

/** The annotation, deleted ones included; null when there is none of that id. */
export const findAnnotation = (db: ReadDb, id: string): AnnotationRecord | null =>
  prepared<AnnotationRecord>(db, `SELECT ${ALL} FROM annotations WHERE id = ?`).get(id) ?? null

/** Writes every column of the record again. */
export function updateAnnotation(db: WriteDb, record: AnnotationRecord): AnnotationRecord {
  prepared(db, `UPDATE annotations SET ${CHANGES} WHERE id = @id`).run(record)
  return record
}

/** A call's annotations, in the order of the export. */
export const annotationsOfCall = (db: ReadDb, callId: CallId): AnnotationRecord[] =>
  prepared<AnnotationRecord>(
    db,
    `SELECT ${ALL} FROM annotations WHERE call_id = ? AND deleted_at_ms IS NULL
     ORDER BY place_order, created_at_ms, id`,
  ).all(callId)

/** Where an annotation stands in the order of the export. */
export interface OrderKey {
  call_order: number
  call_id: CallId
  place_order: string
  created_at_ms: number
  id: string
}

const ORDER = 'call_order, call_id, place_order, created_at_ms, id'

/**
 * A page of all annotations, as keys: by the call's start (calls without one last), then by place, then by when they
 * were written. `after`: the last of the page before; null: from the beginning.
 */
export const orderedAnnotations = (db: ReadDb, after: OrderKey | null, limit: number): OrderKey[] =>
  prepared<OrderKey>(db, ORDERED).all({
    ...(after ?? {
      call_order: -Number.MAX_SAFE_INTEGER,
      call_id: '',
      place_order: '',
      created_at_ms: 0,
      id: '',
    }),
    limit,
  })

/** With a test of its plan: a page is read from the index and sorts nothing. */
export const ORDERED = `
  SELECT ${ORDER} FROM annotations WHERE deleted_at_ms IS NULL
    AND (${ORDER}) > (@call_order, @call_id, @place_order, @created_at_ms, @id)
  ORDER BY ${ORDER} LIMIT @limit`

export const countAnnotations = (db: ReadDb): number =>
  prepared<number>(db, 'SELECT count(*) FROM annotations WHERE deleted_at_ms IS NULL').pluck().get() ?? 0

/** Labels in use, most used first. */
export const labelsInUse = (db: ReadDb): { name: string; count: number }[] =>
  prepared<{ name: string; count: number }>(
    db,
    `SELECT label AS name, count(*) AS count FROM annotations WHERE deleted_at_ms IS NULL
     GROUP BY label ORDER BY count DESC, label LIMIT 500`,
  ).all()
