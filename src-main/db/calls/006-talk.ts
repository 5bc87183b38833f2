import type { WriteDb } from '../open'

/**
 * What search asks of how people talked (calls/talk-facts.ts). Derived: written again whenever who speaks when is known
 * differently; null where it is not known. The index that search walks holds them too: measured, a filter on one is as
 * quick there as one on the score, and ten times slower in a table of its own.
 */
export function talk(db: WriteDb): void {
  db.exec(`
    ALTER TABLE calls ADD COLUMN agent_talk_permille INTEGER;  -- of what agent and caller speak
    ALTER TABLE calls ADD COLUMN silence_permille INTEGER;     -- of the time from the first word to the last
    ALTER TABLE calls ADD COLUMN longest_silence_ms INTEGER;
    ALTER TABLE calls ADD COLUMN longest_monologue_ms INTEGER;
    ALTER TABLE calls ADD COLUMN agent_interruptions INTEGER;
    ALTER TABLE calls ADD COLUMN agent_latency_ms INTEGER;     -- the median
    DROP INDEX calls_in_time;
    CREATE INDEX calls_in_time ON calls (search_key, started_at_ms, duration_ms, vendor_score, recording_state, facet_id,
      agent_talk_permille, silence_permille, longest_silence_ms, longest_monologue_ms, agent_interruptions,
      agent_latency_ms);
  `)
}
