import type { WriteDb } from '../open'

/**
 * A call's turns in one row instead of one each: storing a call writes one row of it (calls/transcripts.ts says how). The
 * indexes of single values of calls give way to one of their combinations. The search index is made anew at the next start.
 */
export function transcripts(db: WriteDb): void {
  db.exec(`
    CREATE TABLE transcripts (
      call_pk INTEGER PRIMARY KEY REFERENCES calls (pk) ON DELETE CASCADE,
      turns   TEXT NOT NULL                    -- JSON, as calls/transcripts.ts packs them
    ) STRICT;
    INSERT INTO transcripts (call_pk, turns)
      SELECT call_pk, json_group_array(json_array(speaker, text, start_ms, end_ms, redirect, raw_role, raw_text) ORDER BY idx)
      FROM turns GROUP BY call_pk;
    DROP VIEW IF EXISTS search_text;           -- reads the table; made again with the index
    DROP TABLE turns;
    CREATE VIEW turns AS
      SELECT t.call_pk, j.key AS idx, j.value ->> 0 AS speaker, j.value ->> 1 AS text, j.value ->> 2 AS start_ms,
        j.value ->> 3 AS end_ms, j.value ->> 4 AS redirect, j.value ->> 5 AS raw_role,
        coalesce(j.value ->> 6, j.value ->> 1) AS raw_text
      FROM transcripts t CROSS JOIN json_each(t.turns) j;

    DROP INDEX calls_by_campaign;
    DROP INDEX calls_by_status;
    DROP INDEX calls_by_sentiment;
    DROP INDEX calls_by_external_id;
    CREATE INDEX calls_by_facet ON calls (facet_id);
  `)
}
