import type { WriteDb } from '../open'

/** What was purged, when and by whom: no word of what it was. By the ids, a sync knows what must not come back. */
export function retention(db: WriteDb): void {
  db.exec(`
    CREATE TABLE purges (
      id                  INTEGER PRIMARY KEY,
      begun_at_ms         INTEGER NOT NULL,
      ended_at_ms         INTEGER,
      outcome             TEXT CHECK (outcome IN ('done', 'cancelled')), -- null: goes on, at the next start if need be
      by_whom             TEXT NOT NULL CHECK (by_whom IN ('person', 'command', 'rule')),
      user_name           TEXT NOT NULL,
      before_ms           INTEGER NOT NULL,    -- calls that began before then
      annotations         TEXT NOT NULL CHECK (annotations IN ('keep', 'remove')),
      exported_to         TEXT,
      exported_rows       INTEGER,
      calls               INTEGER NOT NULL DEFAULT 0,
      recordings          INTEGER NOT NULL DEFAULT 0,
      recording_bytes     INTEGER NOT NULL DEFAULT 0,
      not_overwritten     INTEGER NOT NULL DEFAULT 0,
      annotations_removed INTEGER NOT NULL DEFAULT 0,
      set_aside           INTEGER NOT NULL DEFAULT 0,
      wiped_at_ms         INTEGER              -- files, logs and copies hold nothing of it any more
    ) STRICT;
    CREATE INDEX purges_to_go_on ON purges (id) WHERE wiped_at_ms IS NULL;

    -- A call's own id, which is a hash of the vendor's; of a record that was set aside without one, its hash.
    CREATE TABLE purged (
      id       TEXT PRIMARY KEY,
      purge_id INTEGER NOT NULL REFERENCES purges (id)
    ) STRICT, WITHOUT ROWID;
  `)
}
