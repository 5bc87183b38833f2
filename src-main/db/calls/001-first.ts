import type { WriteDb } from '../open'

/** What came from vendors. Raw records, revisions and first-seen dates can't be had again. */
export function first(db: WriteDb): void {
  db.exec(`
    CREATE TABLE connections (
      id            TEXT PRIMARY KEY,
      kind          TEXT NOT NULL CHECK (kind IN ('api', 'imported')),
      vendor        TEXT NOT NULL,
      name          TEXT NOT NULL,
      base_url      TEXT NOT NULL,
      campaign_ids  TEXT NOT NULL,            -- JSON array of strings
      settings      TEXT NOT NULL,            -- JSON, ConnectionSettings
      keeps_secrets INTEGER NOT NULL,         -- whether the keychain has entries for it
      state         TEXT NOT NULL DEFAULT '{}', -- JSON, where the sync stands; owned by sync/
      created_at_ms INTEGER NOT NULL,
      removed_at_ms INTEGER                   -- removed: its calls stay, so its row stays
    ) STRICT;
    CREATE UNIQUE INDEX connections_by_name ON connections (name COLLATE NOCASE) WHERE removed_at_ms IS NULL;

    CREATE TABLE campaigns (
      connection_id TEXT NOT NULL REFERENCES connections (id),
      campaign_id   TEXT NOT NULL,
      info          TEXT NOT NULL,            -- JSON, what the vendor says beside the calls
      seen_at_ms    INTEGER NOT NULL,
      PRIMARY KEY (connection_id, campaign_id)
    ) STRICT, WITHOUT ROWID;

    -- Combinations of what calls are counted by; '' where a call has none. Grows with the combinations alone.
    CREATE TABLE facets (
      id            INTEGER PRIMARY KEY,
      connection_id TEXT NOT NULL,
      campaign_id   TEXT NOT NULL,
      status        TEXT NOT NULL,
      sentiment     TEXT NOT NULL,
      UNIQUE (connection_id, campaign_id, status, sentiment)
    ) STRICT;

    CREATE TABLE calls (
      pk                INTEGER PRIMARY KEY,   -- joins inside this file only
      id                TEXT NOT NULL UNIQUE,  -- the call's own id, calls/identity.ts
      search_key        INTEGER UNIQUE,        -- rowid in the index, in time order; owned by search/
      connection_id     TEXT NOT NULL REFERENCES connections (id),
      vendor            TEXT NOT NULL,
      external_id       TEXT NOT NULL,
      campaign_id       TEXT,
      started_at_ms     INTEGER NOT NULL,
      started_at_source TEXT NOT NULL CHECK (started_at_source IN ('vendor', 'first_seen')),
      ended_at_ms       INTEGER,
      duration_ms       INTEGER,
      status            TEXT,
      sentiment         TEXT,
      goal_achieved     TEXT,
      from_number       TEXT,
      to_number         TEXT,
      party             TEXT,
      summary           TEXT,
      vendor_score      REAL,
      turn_count        INTEGER NOT NULL,
      completeness      TEXT NOT NULL CHECK (completeness IN ('summary', 'detail')),
      is_final          INTEGER NOT NULL,
      fields            TEXT NOT NULL,         -- JSON object
      summary_hash      TEXT,                  -- of the latest summary's raw record; null: none seen
      detail_hash       TEXT,                  -- of the latest detail's raw record; null: none seen
      content_hash      TEXT NOT NULL,         -- of what was last written to this row and its turns
      listed            TEXT,                  -- JSON, what the latest summary told: fills what a detail leaves out
      recording_state   TEXT NOT NULL DEFAULT 'none',
      facet_id          INTEGER,               -- in facets: of connection, campaign, status and sentiment
      first_seen_at_ms  INTEGER NOT NULL,
      updated_at_ms     INTEGER NOT NULL,
      gone_since_ms     INTEGER,               -- the vendor no longer lists it
      UNIQUE (connection_id, external_id)
    ) STRICT;
    CREATE INDEX calls_by_external_id ON calls (external_id);
    CREATE INDEX calls_by_connection ON calls (connection_id, search_key);
    CREATE INDEX calls_by_campaign ON calls (campaign_id, search_key);
    CREATE INDEX calls_by_status ON calls (status, search_key);
    CREATE INDEX calls_by_sentiment ON calls (sentiment, search_key);
    CREATE INDEX calls_by_recording ON calls (recording_state, search_key);
    -- Walked and probed by search in time order: holds all that filters and facets ask of a call.
    CREATE INDEX calls_in_time ON calls (search_key, started_at_ms, duration_ms, vendor_score, recording_state,
      facet_id);
    CREATE INDEX calls_unfinished ON calls (connection_id, pk) WHERE is_final = 0 OR completeness = 'summary';

    CREATE TABLE turns (
      call_pk  INTEGER NOT NULL REFERENCES calls (pk) ON DELETE CASCADE,
      idx      INTEGER NOT NULL,
      speaker  TEXT NOT NULL CHECK (speaker IN ('agent', 'caller', 'other')),
      raw_role TEXT,
      text     TEXT NOT NULL,                  -- as shown
      raw_text TEXT,                           -- null: the same as text
      redirect TEXT,
      start_ms INTEGER,
      end_ms   INTEGER,
      PRIMARY KEY (call_pk, idx)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE revisions (
      id         INTEGER PRIMARY KEY,
      call_pk    INTEGER NOT NULL REFERENCES calls (pk),
      kind       TEXT NOT NULL CHECK (kind IN ('summary', 'detail')),
      hash       TEXT NOT NULL,                -- SHA-256 of raw with sorted keys
      raw        TEXT NOT NULL,
      seen_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX revisions_by_call ON revisions (call_pk, kind, id);

    CREATE TABLE quarantine (
      id               INTEGER PRIMARY KEY,
      connection_id    TEXT NOT NULL REFERENCES connections (id),
      external_id      TEXT,
      reason           TEXT NOT NULL,
      raw              TEXT NOT NULL,
      hash             TEXT NOT NULL,
      first_seen_at_ms INTEGER NOT NULL,
      last_seen_at_ms  INTEGER NOT NULL,
      UNIQUE (connection_id, hash)
    ) STRICT;

    -- What the listing under way has shown, so that a resumed one still knows; empty between listings.
    CREATE TABLE listing_seen (
      connection_id TEXT NOT NULL REFERENCES connections (id),
      campaign_id   TEXT NOT NULL,             -- '' for a whole organisation
      external_id   TEXT NOT NULL,             -- for unreadable records '?' and their hash
      pass          INTEGER NOT NULL,          -- the latest pass over the campaign that showed it
      PRIMARY KEY (connection_id, campaign_id, external_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sync_runs (
      id                    INTEGER PRIMARY KEY,
      connection_id         TEXT NOT NULL REFERENCES connections (id),
      started_at_ms         INTEGER NOT NULL,
      finished_at_ms        INTEGER,
      outcome               TEXT CHECK (outcome IN ('done', 'cancelled', 'failed', 'interrupted')),
      listed                INTEGER NOT NULL DEFAULT 0,
      added                 INTEGER NOT NULL DEFAULT 0,
      updated               INTEGER NOT NULL DEFAULT 0,
      unchanged             INTEGER NOT NULL DEFAULT 0,
      quarantined           INTEGER NOT NULL DEFAULT 0,
      recordings_downloaded INTEGER NOT NULL DEFAULT 0,
      recordings_failed     INTEGER NOT NULL DEFAULT 0,
      problem               TEXT
    ) STRICT;
    CREATE INDEX sync_runs_by_connection ON sync_runs (connection_id, id);

    CREATE TABLE recordings (
      call_pk       INTEGER PRIMARY KEY REFERENCES calls (pk) ON DELETE CASCADE,
      urls          TEXT NOT NULL,             -- JSON array, best first
      file          TEXT,                      -- below the workspace's recordings folder, with /
      format        TEXT,
      bytes         INTEGER,
      sha256        TEXT,
      duration_ms   INTEGER,                   -- the audio's own
      channels      INTEGER,
      problem       TEXT,
      attempts      INTEGER NOT NULL DEFAULT 0, -- failed downloads since the URLs last changed
      fetched_at_ms INTEGER
    ) STRICT;

    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `)
}
