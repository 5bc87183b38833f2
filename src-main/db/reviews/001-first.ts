import type { WriteDb } from '../open'

/** What people wrote, with all that an export of it needs: it never needs calls.db. */
export function first(db: WriteDb): void {
  db.exec(`
    CREATE TABLE annotations (
      id                 TEXT PRIMARY KEY,     -- UUID, made by who wrote it
      parent_id          TEXT,
      call_id            TEXT NOT NULL,
      vendor             TEXT NOT NULL,
      connection_id      TEXT NOT NULL,
      connection         TEXT NOT NULL,        -- its name when this was written
      campaign_id        TEXT,
      external_id        TEXT NOT NULL,
      call_started_at_ms INTEGER,
      kind               TEXT NOT NULL CHECK (kind IN ('call', 'turn', 'quote', 'time')),
      turn_index         INTEGER,
      turn_speaker       TEXT,
      turn_text          TEXT,
      quote              TEXT,
      quote_start        INTEGER,
      quote_end          INTEGER,
      quote_before       TEXT,                 -- what stands around the quote, to find it again
      quote_after        TEXT,
      start_ms           INTEGER,
      end_ms             INTEGER,
      timing_source      TEXT CHECK (timing_source IN ('vendor', 'estimated', 'manual')),
      label              TEXT NOT NULL,
      severity           TEXT CHECK (severity IN ('minor', 'major', 'critical')),
      comment            TEXT NOT NULL,
      reviewer           TEXT NOT NULL,
      created_at_ms      INTEGER NOT NULL,
      updated_at_ms      INTEGER NOT NULL,
      status             TEXT NOT NULL CHECK (status IN ('anchored', 'moved', 'orphaned')),
      deleted_at_ms      INTEGER               -- kept for undo, never exported
    ) STRICT;
    CREATE INDEX annotations_by_call ON annotations (call_id) WHERE deleted_at_ms IS NULL;
    CREATE INDEX annotations_by_label ON annotations (label, call_id) WHERE deleted_at_ms IS NULL;
    CREATE INDEX annotations_by_reviewer ON annotations (reviewer, call_id) WHERE deleted_at_ms IS NULL;
    CREATE INDEX annotations_by_age ON annotations (created_at_ms, id) WHERE deleted_at_ms IS NULL;

    CREATE TABLE reviews (
      call_id        TEXT NOT NULL,
      reviewer       TEXT NOT NULL,
      vendor         TEXT NOT NULL,
      connection     TEXT NOT NULL,
      external_id    TEXT NOT NULL,
      reviewed_at_ms INTEGER NOT NULL,
      PRIMARY KEY (call_id, reviewer)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reviews_by_reviewer ON reviews (reviewer, call_id);

    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `)
}
