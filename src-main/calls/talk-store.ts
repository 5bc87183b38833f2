import type { CallId } from '@contract'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { lengthMs } from './stretches'
import type { TalkFactsMs } from './talk-facts'

/** What search asks of how people talked, as the columns of `calls` have it; null where it is not known. */
export interface TalkColumns {
  agent_talk_permille: number | null
  silence_permille: number | null
  longest_silence_ms: number | null
  longest_monologue_ms: number | null
  agent_interruptions: number | null
  agent_latency_ms: number | null
}

/** The columns of facts; of none: all null. */
export function talkColumns(facts: TalkFactsMs | null): TalkColumns {
  const permille = (share: number | null | undefined): number | null =>
    share === null || share === undefined ? null : Math.round(share * 1000)
  const monologue = facts?.longestMonologue
  return {
    agent_talk_permille: permille(facts?.agentShare),
    silence_permille: permille(facts?.silenceShare),
    longest_silence_ms: facts?.longestSilenceMs ?? null,
    longest_monologue_ms: monologue ? lengthMs(monologue) : null,
    agent_interruptions: facts?.interruptions?.length ?? null,
    agent_latency_ms: facts?.agentLatency ? Math.round(facts.agentLatency.medianMs) : null,
  }
}

/** Writes what search is to find a call by; whether that is anything else than before. */
export function storeTalkColumns(db: WriteDb, callId: CallId, columns: TalkColumns): boolean {
  // A row that stays the same is not written: calls are wide.
  const { changes } = prepared(
    db,
    `UPDATE calls SET agent_talk_permille = @agent_talk_permille, silence_permille = @silence_permille,
       longest_silence_ms = @longest_silence_ms, longest_monologue_ms = @longest_monologue_ms,
       agent_interruptions = @agent_interruptions, agent_latency_ms = @agent_latency_ms
     WHERE id = @callId AND (agent_talk_permille IS NOT @agent_talk_permille OR silence_permille IS NOT @silence_permille
       OR longest_silence_ms IS NOT @longest_silence_ms OR longest_monologue_ms IS NOT @longest_monologue_ms
       OR agent_interruptions IS NOT @agent_interruptions OR agent_latency_ms IS NOT @agent_latency_ms)`,
  ).run({ ...columns, callId })
  return changes > 0
}
