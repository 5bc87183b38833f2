import type { WriteDb } from '../open'

/** Folder connections, recordings that are kept or removed, hosts with log-ins of their own, webhooks. */
export function archive(db: WriteDb): void {
  // Another kind of connection: SQLite can't change a CHECK, so the table is made again (foreign keys are off meanwhile).
  db.exec(`
    CREATE TABLE connections_new (
      id            TEXT PRIMARY KEY,
      kind          TEXT NOT NULL CHECK (kind IN ('api', 'imported', 'folder')),
      vendor        TEXT NOT NULL,
      name          TEXT NOT NULL,
      base_url      TEXT NOT NULL,
      folder        TEXT,                      -- absolute; of kind 'folder' only
      campaign_ids  TEXT NOT NULL,             -- JSON array of strings
      settings      TEXT NOT NULL,             -- JSON, ConnectionSettings
      keeps_secrets INTEGER NOT NULL,          -- whether the keychain has entries for it
      state         TEXT NOT NULL DEFAULT '{}', -- JSON, where the sync stands; owned by sync/
      created_at_ms INTEGER NOT NULL,
      removed_at_ms INTEGER,                   -- removed: its calls stay, so its row stays
      CHECK ((kind = 'folder') = (folder IS NOT NULL))
    ) STRICT;
    INSERT INTO connections_new (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, state,
        created_at_ms, removed_at_ms)
      SELECT id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, state, created_at_ms,
        removed_at_ms FROM connections;
    DROP TABLE connections;
    ALTER TABLE connections_new RENAME TO connections;
    CREATE UNIQUE INDEX connections_by_name ON connections (name COLLATE NOCASE) WHERE removed_at_ms IS NULL;

    -- Files of folder connections, so that what did not change is not read again.
    CREATE TABLE folder_files (
      connection_id  TEXT NOT NULL REFERENCES connections (id),
      path           TEXT NOT NULL,            -- below the folder, with /
      bytes          INTEGER NOT NULL,
      modified_at_ms INTEGER NOT NULL,
      read_at_ms     INTEGER NOT NULL,
      calls          INTEGER NOT NULL,         -- how many it held
      problem        TEXT,                     -- why it could not be read; null: it could
      PRIMARY KEY (connection_id, path)
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE sync_runs ADD COLUMN trigger TEXT NOT NULL DEFAULT 'person';

    -- What a removed recording's room was needed for is forgotten; what was removed, and when, is not.
    ALTER TABLE recordings ADD COLUMN kept_offline_at_ms INTEGER; -- a person wants it to stay
    ALTER TABLE recordings ADD COLUMN used_at_ms INTEGER;         -- last played or shown
    ALTER TABLE recordings ADD COLUMN removed_at_ms INTEGER;      -- by the quota
    ALTER TABLE recordings ADD COLUMN validator TEXT;             -- ETag or Last-Modified of an unfinished download
    -- Least recently used first.
    CREATE INDEX recordings_by_use ON recordings (coalesce(used_at_ms, fetched_at_ms), call_pk)
      WHERE file IS NOT NULL AND kept_offline_at_ms IS NULL;

    -- Recording hosts that want a log-in; the secret is in the keychain.
    CREATE TABLE recording_hosts (
      host        TEXT PRIMARY KEY,            -- with its port where it is not the usual one
      scheme      TEXT NOT NULL CHECK (scheme IN ('basic', 'bearer')),
      username    TEXT NOT NULL,               -- '' for bearer
      added_at_ms INTEGER NOT NULL,
      used_at_ms  INTEGER,
      problem     TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE webhooks (
      connection_id   TEXT PRIMARY KEY REFERENCES connections (id),
      is_enabled      INTEGER NOT NULL,
      port            INTEGER,                 -- null: any that is free
      has_hmac        INTEGER NOT NULL DEFAULT 0,
      accepted        INTEGER NOT NULL DEFAULT 0,
      refused         INTEGER NOT NULL DEFAULT 0,
      last_at_ms      INTEGER,
      problem         TEXT                     -- of the last refused or failed delivery
    ) STRICT, WITHOUT ROWID;
  `)
}
