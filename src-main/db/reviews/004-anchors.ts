import type { WriteDb } from '../open'

/** When turns begin, by a person's word, and the agent's channel by a person's choice. */
export function anchors(db: WriteDb): void {
  db.exec(`
    CREATE TABLE turn_anchors (
      id             TEXT PRIMARY KEY,         -- UUID, made by who set it
      call_id        TEXT NOT NULL,
      vendor         TEXT NOT NULL,
      connection_id  TEXT NOT NULL,
      connection     TEXT NOT NULL,            -- its name when this was set
      external_id    TEXT NOT NULL,
      turn_index     INTEGER NOT NULL,
      turn_speaker   TEXT NOT NULL,
      turn_text      TEXT NOT NULL,
      context_before TEXT NOT NULL,            -- what was said around it, to find it again
      context_after  TEXT NOT NULL,
      start_ms       INTEGER NOT NULL,
      reviewer       TEXT NOT NULL,
      set_at_ms      INTEGER NOT NULL,
      removed_at_ms  INTEGER,                  -- kept for undo
      replaced_by    TEXT                      -- the anchor for which it was removed
    ) STRICT;
    CREATE INDEX turn_anchors_by_call ON turn_anchors (call_id) WHERE removed_at_ms IS NULL;
    CREATE INDEX turn_anchors_replaced ON turn_anchors (replaced_by) WHERE replaced_by IS NOT NULL;

    CREATE TABLE agent_channels (
      call_id       TEXT PRIMARY KEY,
      vendor        TEXT NOT NULL,
      connection_id TEXT NOT NULL,
      connection    TEXT NOT NULL,
      external_id   TEXT NOT NULL,
      channel       INTEGER CHECK (channel IN (0, 1)), -- null: as the sound tells, again
      reviewer      TEXT NOT NULL,
      chosen_at_ms  INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `)
}
