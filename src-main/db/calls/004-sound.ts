import type { WriteDb } from '../open'

/** What was heard in recordings: where somebody speaks, and when each turn was said. Can be dropped and made again. */
export function sound(db: WriteDb): void {
  db.exec(`
    CREATE TABLE alignments (
      call_pk       INTEGER PRIMARY KEY REFERENCES calls (pk),
      method        INTEGER NOT NULL,          -- timing/alignments.ts says which is the present one
      -- What it was made of, by which it is known to be out of date.
      recording     TEXT NOT NULL,             -- its SHA-256
      transcript    TEXT NOT NULL,             -- hash of the turns' speakers and texts
      given         TEXT NOT NULL,             -- hash of what was told: vendor's times, anchors, the agent's channel
      content_hash  TEXT NOT NULL,             -- the call's, when all this was last compared
      agent_channel INTEGER,
      problem       TEXT,                      -- why nothing could be heard; null: it could
      made_at_ms    INTEGER NOT NULL,
      speech        BLOB NOT NULL,             -- empty where nobody needed to listen
      turns         BLOB NOT NULL
    ) STRICT;
  `)
}
