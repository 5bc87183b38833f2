import type { WriteDb } from '../open'

/** What people wrote, with all that an export of it needs: it never needs calls.db. */
export function first(db: WriteDb): void {
  db.exec(`
    CREATE TABLE annotations (
      id                 TEXT PRIMARY KEY,     -- UUID, made by who wrote it
      draft_hash         TEXT NOT NULL,        -- of what was sent to make it, to know the same again
      parent_id          TEXT,
      call_id            TEXT NOT NULL,
      vendor             TEXT NOT NULL,
      connection_id      TEXT NOT NULL,
      connection         TEXT NOT NULL,        -- its name when this was written
      campaign_id        TEXT,
      external_id        TEXT NOT NULL,
      call_started_at_ms INTEGER,              -- null: the vendor does not tell
      kind               TEXT NOT NULL CHECK (kind IN ('call', 'turn', 'quote', 'time')),
      turn_index         INTEGER,
      turn_speaker       TEXT,
      turn_text          TEXT,
      quote              TEXT,
      quote_start        INTEGER,
      quote_end          INTEGER,
      context_before     TEXT,                 -- what was said around it, to find it again
      context_after      TEXT,
      start_ms           INTEGER,
      end_ms             INTEGER,
      timing_source      TEXT CHECK (timing_source IN ('vendor', 'estimated', 'manual')),
      label              TEXT NOT NULL,
      severity           TEXT CHECK (severity IN ('minor', 'major', 'critical')),
      comment            TEXT NOT NULL,
      reviewer           TEXT NOT NULL,
      created_at_ms      INTEGER NOT NULL,
      updated_at_ms      INTEGER NOT NULL,
      deleted_at_ms      INTEGER,              -- kept for undo, never exported
      -- The order of the export: calls without a start last; in a call the whole call first, then by time, turn, quote.
      call_order         INTEGER GENERATED ALWAYS AS (coalesce(call_started_at_ms, 9007199254740991)) VIRTUAL,
      place_order        TEXT GENERATED ALWAYS AS (iif(kind = 'call', '', printf('%012d %010d %010d',
                           coalesce(start_ms, 999999999999), coalesce(turn_index, 9999999999), coalesce(quote_start, 0)))) VIRTUAL
    ) STRICT;
    CREATE INDEX annotations_by_call ON annotations (call_id) WHERE deleted_at_ms IS NULL;
    -- With deleted_at_ms it covers counting: without, SQLite reads each row to see it.
    CREATE INDEX annotations_by_label ON annotations (label, call_id, deleted_at_ms) WHERE deleted_at_ms IS NULL;
    CREATE INDEX annotations_by_reviewer ON annotations (reviewer, call_id) WHERE deleted_at_ms IS NULL;
    CREATE INDEX annotations_in_order ON annotations (call_order, call_id, place_order, created_at_ms, id)
      WHERE deleted_at_ms IS NULL;

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
