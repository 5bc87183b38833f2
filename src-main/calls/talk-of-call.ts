import type { CallDetail, TalkFacts } from '@contract'
import { spokenLength } from './spoken-length'
import { talkFacts, talkFactsInSec } from './talk-facts'
import type { SpeechEvidence } from './who-speaks'

/** What is known of a call as it is shown, of what the facts are made. */
export type TalkSources = Pick<CallDetail, 'turns' | 'speech' | 'durationSec'> & {
  alignment: Pick<CallDetail['alignment'], 'agentChannel'>
  recording: Pick<CallDetail['recording'], 'durationSec'>
}

/** The evidence of who speaks when in a call: what was heard, and the times of the turns that somebody speaks. */
export function speechEvidence({
  turns,
  speech,
  alignment,
  recording,
  durationSec,
}: TalkSources): SpeechEvidence {
  return {
    speech,
    agentChannel: alignment.agentChannel,
    turns: turns
      .filter(({ text }) => spokenLength(text) > 0)
      .map(({ speaker, startSec, endSec, timing, confidence }) => ({
        speaker,
        startMs: inMs(startSec),
        endMs: inMs(endSec),
        timing,
        confidence,
      })),
    durationMs: inMs(recording.durationSec ?? durationSec),
  }
}

/** How the two of a call talked, as the screen shows it; null: nothing is known, or nobody speaks. */
export function talkOfCall(call: TalkSources): TalkFacts | null {
  const facts = talkFacts(speechEvidence(call))
  return facts && talkFactsInSec(facts)
}

const inMs = (sec: number | null): number | null => (sec === null ? null : Math.round(sec * 1000))
