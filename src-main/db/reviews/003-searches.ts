import type { WriteDb } from '../open'

/** Searches that were given a name, and those that were used lately. */
export function searches(db: WriteDb): void {
  db.exec(`
    CREATE TABLE saved_searches (
      id            TEXT PRIMARY KEY,          -- UUID, made by who saved it
      name          TEXT NOT NULL,
      query         TEXT NOT NULL,
      sort          TEXT NOT NULL,
      is_pinned     INTEGER NOT NULL,
      position      INTEGER NOT NULL,          -- in the reader's own order, from 0
      created_at_ms INTEGER NOT NULL,
      deleted_at_ms INTEGER                    -- kept for undo
    ) STRICT;
    CREATE UNIQUE INDEX saved_searches_by_name ON saved_searches (name COLLATE NOCASE) WHERE deleted_at_ms IS NULL;
    CREATE INDEX saved_searches_in_order ON saved_searches (position, id) WHERE deleted_at_ms IS NULL;

    CREATE TABLE recent_searches (
      query      TEXT PRIMARY KEY,
      used_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `)
}
