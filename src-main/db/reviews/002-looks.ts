import type { WriteDb } from '../open'

/** What each reviewer saw last of a call, and the places that annotations had before they were placed by hand. */
export function looks(db: WriteDb): void {
  db.exec(`
    CREATE TABLE looks (
      call_id      TEXT NOT NULL,
      reviewer     TEXT NOT NULL,
      kind         TEXT NOT NULL CHECK (kind IN ('review', 'annotation', 'changes')),
      looked_at_ms INTEGER NOT NULL,
      meaning_hash TEXT,                       -- of what was seen; null: before this was kept, so the time has to do
      summary_hash TEXT,                       -- of the vendor's list row and detail that it came from
      detail_hash  TEXT,
      PRIMARY KEY (call_id, reviewer)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO looks (call_id, reviewer, kind, looked_at_ms)
      SELECT call_id, reviewer, 'review', reviewed_at_ms FROM reviews;
    INSERT INTO looks (call_id, reviewer, kind, looked_at_ms)
      SELECT call_id, reviewer, 'annotation', max(updated_at_ms) FROM annotations
      WHERE deleted_at_ms IS NULL GROUP BY call_id, reviewer
      ON CONFLICT (call_id, reviewer) DO NOTHING;

    CREATE TABLE replaced_places (
      id             INTEGER PRIMARY KEY,
      annotation_id  TEXT NOT NULL,
      place          TEXT NOT NULL,            -- JSON, the annotation's columns of its place
      replaced_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX replaced_places_by_annotation ON replaced_places (annotation_id, id);
  `)
}
