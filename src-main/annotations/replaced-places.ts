import { Speaker, TimingSource } from '@contract'
import { z } from 'zod'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { PlaceColumns } from './place'
import type { AnnotationRecord } from './queries'

const Text = z.string().nullable()
const Count = z.number().int().nullable()

/** `replaced_places.place`. */
const StoredPlace = z.object({
  kind: z.enum(['call', 'turn', 'quote', 'time']),
  turn_index: Count,
  turn_speaker: Speaker.nullable(),
  turn_text: Text,
  quote: Text,
  quote_start: Count,
  quote_end: Count,
  context_before: Text,
  context_after: Text,
  start_ms: Count,
  end_ms: Count,
  timing_source: TimingSource.nullable(),
}) satisfies z.ZodType<PlaceColumns>

/** Keeps the place that an annotation is about to lose. In the caller's transaction. */
export function keepReplacedPlace(db: WriteDb, record: AnnotationRecord, nowMs: number): void {
  prepared(db, 'INSERT INTO replaced_places (annotation_id, place, replaced_at_ms) VALUES (?, ?, ?)').run(
    record.id,
    JSON.stringify(StoredPlace.parse(record)),
    nowMs,
  )
}

/** The place that was replaced last, which is forgotten by that; null when there is none. In the caller's transaction. */
export function takeReplacedPlace(db: WriteDb, annotationId: string): PlaceColumns | null {
  const row = prepared<{ place: string }>(
    db,
    `DELETE FROM replaced_places WHERE id = (
       SELECT max(id) FROM replaced_places WHERE annotation_id = ?) RETURNING place`,
  ).get(annotationId)
  return row ? StoredPlace.parse(JSON.parse(row.place)) : null
}
