import { z } from 'zod'

/**
 * What facts of how people talked are computed from. `channels`: the speech in each channel. `times`: one channel, or
 * none, and the times of turns that the vendor told or a person set. `aligned`: one channel, and times of turns found
 * in the sound. `sound`: speech alone, by whomever.
 */
export const TalkBasis = z.enum(['channels', 'times', 'aligned', 'sound'])
export type TalkBasis = z.infer<typeof TalkBasis>

/** A silence longer than this, in seconds, is dead air. */
export const DEAD_AIR_SEC = 3
/** Of lists in the facts; the numbers beside them count all. */
export const MOST_TALK_PLACES = 100

const Share = z.number().min(0).max(1)
const Place = z.object({ startSec: z.number(), endSec: z.number() })

/** How the two talked, as far as it can be told; seconds from the recording's start. calls/talk-facts.ts says how. */
export const TalkFacts = z.object({
  basis: TalkBasis,
  /** The agent's part of what agent and caller speak; null: who speaks is not known. */
  agentShare: Share.nullable(),
  /** Of either; null: who speaks is not known. */
  longestMonologue: Place.extend({ speaker: z.enum(['agent', 'caller']) }).nullable(),
  /** Silences of more than three seconds between the first word and the last, in order: the first hundred. */
  deadAir: z.array(Place).max(MOST_TALK_PLACES),
  deadAirCount: z.number().int(),
  deadAirSec: z.number(),
  /** Between the first word and the last, however short. */
  longestSilenceSec: z.number(),
  /** The part of the time from the first word to the last in which nobody speaks. */
  silenceShare: Share,
  /** By the agent, of the caller: the first hundred. Null: can't be told. */
  interruptions: z.array(Place).max(MOST_TALK_PLACES).nullable(),
  interruptionCount: z.number().int().nullable(),
  /** From the caller's end to the agent's start. Null: can't be told, or the agent never answers. */
  agentLatency: z.object({ medianSec: z.number(), p90Sec: z.number(), answers: z.number().int() }).nullable(),
})
export type TalkFacts = z.infer<typeof TalkFacts>
