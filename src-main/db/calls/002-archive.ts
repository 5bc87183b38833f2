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
      kind           TEXT NOT NULL CHECK (kind IN ('calls', 'audio')),
      bytes          INTEGER NOT NULL,
      modified_at_ms INTEGER NOT NULL,
      read_at_ms     INTEGER NOT NULL,
      calls          INTEGER NOT NULL,         -- how many it held; of audio: whether its call is there
      is_settled     INTEGER NOT NULL,         -- 0: to be looked at again, changed or not
      problem        TEXT,                     -- why (a part of) it was not taken; null: all of it was
      PRIMARY KEY (connection_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX folder_files_in_time ON folder_files (connection_id, modified_at_ms);
    CREATE INDEX folder_files_with_problem ON folder_files (connection_id, modified_at_ms) WHERE problem IS NOT NULL;
    CREATE INDEX folder_audio_waiting ON folder_files (connection_id, path) WHERE kind = 'audio' AND calls = 0;

    ALTER TABLE campaigns ADD COLUMN name TEXT; -- the vendor's, where its list of campaigns was asked for

    ALTER TABLE sync_runs ADD COLUMN trigger TEXT NOT NULL DEFAULT 'person';
    CREATE INDEX sync_runs_of_webhooks ON sync_runs (connection_id, id) WHERE trigger = 'webhook';

    ALTER TABLE recordings ADD COLUMN kept_offline_at_ms INTEGER; -- a person wants it to stay
    -- When it was last played, shown or asked for; for others when their call was. The least makes room first.
    ALTER TABLE recordings ADD COLUMN recency_ms INTEGER;
    ALTER TABLE recordings ADD COLUMN removed_at_ms INTEGER;      -- by the quota
    ALTER TABLE recordings ADD COLUMN validator TEXT;             -- JSON, what an unfinished download is a part of
    ALTER TABLE recordings ADD COLUMN loudness_lufs REAL;         -- of all of it; null: silence, or not decoded yet
    ALTER TABLE recordings ADD COLUMN log_in_host TEXT;           -- that wanted a log-in when it failed
    UPDATE recordings SET recency_ms = (SELECT c.started_at_ms FROM calls c WHERE c.pk = call_pk) WHERE file IS NOT NULL;
    CREATE INDEX recordings_by_recency ON recordings (recency_ms, call_pk)
      WHERE file IS NOT NULL AND kept_offline_at_ms IS NULL;
    -- With file they cover adding up: without, SQLite reads each row to see it.
    CREATE INDEX recordings_stored ON recordings (bytes, file) WHERE file IS NOT NULL;
    CREATE INDEX recordings_kept ON recordings (call_pk, bytes, file, kept_offline_at_ms)
      WHERE kept_offline_at_ms IS NOT NULL;
    CREATE INDEX recordings_wanted ON recordings (call_pk) WHERE kept_offline_at_ms IS NOT NULL AND file IS NULL;
    CREATE INDEX recordings_by_log_in ON recordings (log_in_host) WHERE log_in_host IS NOT NULL;
    CREATE INDEX calls_with_waiting_recording ON calls (connection_id, search_key) WHERE recording_state = 'waiting';

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
      last_port       INTEGER,                 -- of those that were free, the last; tried first
      has_hmac        INTEGER NOT NULL DEFAULT 0, -- the key itself is in the keychain, and so is the path
      hmac_header     TEXT NOT NULL DEFAULT 'x-signature',
      accepted        INTEGER NOT NULL DEFAULT 0,
      refused         INTEGER NOT NULL DEFAULT 0,
      last_at_ms      INTEGER,
      problem         TEXT                     -- of the last refused or failed delivery
    ) STRICT, WITHOUT ROWID;

    -- What a call means to a reviewer, by which it is known whether it changed since somebody looked. Null: nothing was
    -- written to it since it was first stored.
    ALTER TABLE calls ADD COLUMN meaning_hash TEXT;
    ALTER TABLE calls ADD COLUMN changed_at_ms INTEGER; -- when its meaning last changed
    CREATE INDEX calls_rewritten ON calls (id, meaning_hash, search_key) WHERE meaning_hash IS NOT NULL;
  `)
}
