import { DEAD_AIR_SEC, MOST_TALK_PLACES, type TalkBasis, type TalkFacts } from '@contract'
import { between, joined, lengthMs, type Stretch, totalMs } from './stretches'
import { type SpeechEvidence, type WhoSpeaks, whoSpeaks } from './who-speaks'

/** What is told of how two people talked; milliseconds from the recording's start, shares 0 to 1. */
export interface TalkFactsMs {
  basis: TalkBasis
  /** The agent's part of what the two speak; null: who speaks is not known, or neither does. */
  agentShare: number | null
  /** The longest stretch in which one speaks and the other does not get the word; null as above. */
  longestMonologue: (Stretch & { speaker: 'agent' | 'caller' }) | null
  /** Silences over `DEAD_AIR_MS` between the first word and the last, in order. */
  deadAir: Stretch[]
  /** The longest silence between the first word and the last, however short; 0 where there is none. */
  longestSilenceMs: number
  /** The part of the time from the first word to the last in which nobody speaks. */
  silenceShare: number
  /** Where the agent took the word from the caller: from the agent's start to the caller's stop. Null: can't be told. */
  interruptions: Stretch[] | null
  /** From the caller's end to the agent's start, where silence lies between. Null: can't be told, or never. */
  agentLatency: { medianMs: number; p90Ms: number; answers: number } | null
}

/** A silence that is longer than this is dead air. */
export const DEAD_AIR_MS = DEAD_AIR_SEC * 1000

/** The caller had the word: when both begin at the same moment, nobody interrupts. */
const LEAST_BEFORE_MS = 300
/** An overlap that is shorter is an ordinary change of speakers. */
const LEAST_OVERLAP_MS = 250
/** A caller who speaks on for longer did not stop for it. */
const MOST_OVERLAP_MS = 3000
/** An agent who says less said "mm-hm". */
const LEAST_BARGE_MS = 1000
/** So long the agent then speaks alone; a caller who is silent for less goes on. */
const LEAST_ALONE_MS = 500
/** How far a listener's "yes" may reach into the speaker's pause without taking the word. */
const BACKCHANNEL_MS = 200

type Parties = NonNullable<WhoSpeaks['parties']>

/** The facts of a call; null: nothing is known, or nobody speaks. */
export function talkFacts(evidence: SpeechEvidence): TalkFactsMs | null {
  const who = whoSpeaks(evidence)
  return who && factsOf(who)
}

function factsOf({ basis, anybody, parties, canOverlap, canTimeAnswers }: WhoSpeaks): TalkFactsMs {
  const silences = between(anybody)
  const spanMs = (anybody.at(-1)?.endMs ?? 0) - (anybody[0]?.startMs ?? 0)
  return {
    basis,
    agentShare: parties && agentShare(parties),
    longestMonologue: parties && longestMonologue(parties),
    deadAir: silences.filter((silence) => lengthMs(silence) > DEAD_AIR_MS),
    longestSilenceMs: silences.reduce((longest, silence) => Math.max(longest, lengthMs(silence)), 0),
    silenceShare: spanMs === 0 ? 0 : totalMs(silences) / spanMs,
    interruptions: parties && canOverlap ? interruptionsBy(parties.agent, parties.caller) : null,
    agentLatency: parties && canTimeAnswers ? latency(answerTimes(parties)) : null,
  }
}

function agentShare({ agent, caller }: Parties): number | null {
  const agentMs = totalMs(agent)
  const bothMs = agentMs + totalMs(caller)
  return bothMs === 0 ? null : agentMs / bothMs
}

function longestMonologue({ agent, caller, other }: Parties): TalkFactsMs['longestMonologue'] {
  const all = [
    ...monologues(agent, joined([...caller, ...other])).map((one) => ({ ...one, speaker: 'agent' as const })),
    ...monologues(caller, joined([...agent, ...other])).map((one) => ({
      ...one,
      speaker: 'caller' as const,
    })),
  ]
  return all.reduce<TalkFactsMs['longestMonologue']>(
    (longest, one) => (longest === null || lengthMs(one) > lengthMs(longest) ? one : longest),
    null,
  )
}

/**
 * One's utterances, put together over pauses in which the other does not speak and that are no dead air. What the other
 * says into an utterance leaves the word with its speaker (a within-speaker overlap: Heldner & Edlund 2010).
 */
function monologues(own: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const result: { startMs: number; endMs: number }[] = []
  let next = 0
  for (const { startMs, endMs } of own) {
    const last = result.at(-1)
    while (next < others.length && (others[next]?.endMs ?? 0) <= (last?.endMs ?? 0)) next += 1
    let saidMs = 0
    for (let i = next; i < others.length; i += 1) {
      const other = others[i]
      if (!other || !last || other.startMs >= startMs) break
      saidMs += Math.min(other.endMs, startMs) - Math.max(other.startMs, last.endMs)
    }
    if (last && startMs - last.endMs <= DEAD_AIR_MS && saidMs <= BACKCHANNEL_MS) last.endMs = endMs
    else result.push({ startMs, endMs })
  }
  return result
}

/**
 * Where one takes the word from the other: a between-speaker overlap (Heldner & Edlund, "Pauses, gaps and overlaps in
 * conversations", Journal of Phonetics 38, 2010: one speaks alone, then both, then the other alone) that is neither the
 * short overlap of an ordinary change of speakers nor a listener's "mm-hm" (Gravano & Hirschberg, "A corpus-based study
 * of interruptions in spoken dialogue", Interspeech 2012). Whether the sentence was complete, sound alone does not tell.
 */
function interruptionsBy(own: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = []
  let at = 0
  for (const mine of own) {
    while (at < others.length && (others[at]?.endMs ?? 0) <= mine.startMs) at += 1
    const theirs = others[at]
    if (!theirs) break
    const endMs = endBeforeSilence(others, at)
    const overlapMs = endMs - mine.startMs
    if (
      mine.startMs - theirs.startMs >= LEAST_BEFORE_MS &&
      overlapMs >= LEAST_OVERLAP_MS &&
      overlapMs <= MOST_OVERLAP_MS &&
      lengthMs(mine) >= LEAST_BARGE_MS &&
      mine.endMs - endMs >= LEAST_ALONE_MS
    )
      found.push({ startMs: mine.startMs, endMs })
  }
  return found
}

/** When somebody who is talking stops. Shorter pauses are for breath, or are where a louder voice covers the own one. */
function endBeforeSilence(utterances: readonly Stretch[], at: number): number {
  let endMs = utterances[at]?.endMs ?? 0
  for (
    let next = at + 1;
    (utterances[next]?.startMs ?? Number.POSITIVE_INFINITY) - endMs < LEAST_ALONE_MS;
    next += 1
  )
    endMs = utterances[next]?.endMs ?? endMs
  return endMs
}

/** How long silence lasts from the caller's end to the agent's start ("gaps"), where nobody speaks between. */
function answerTimes({ agent, caller, other }: Parties): number[] {
  const times: number[] = []
  let next = 0
  let nextOther = 0
  for (const [i, { endMs }] of caller.entries()) {
    while (next < agent.length && (agent[next]?.endMs ?? 0) <= endMs) next += 1
    while (nextOther < other.length && (other[nextOther]?.endMs ?? 0) <= endMs) nextOther += 1
    const answer = agent[next]
    if (!answer) break
    const rival = Math.min(
      caller[i + 1]?.startMs ?? Number.POSITIVE_INFINITY,
      other[nextOther]?.startMs ?? Number.POSITIVE_INFINITY,
    )
    // One who speaks already, answers nothing.
    if (answer.startMs >= endMs && answer.startMs <= rival) times.push(answer.startMs - endMs)
  }
  return times
}

/** The middle, and the time that nine in ten do not exceed (nearest rank). */
function latency(times: readonly number[]): TalkFactsMs['agentLatency'] {
  const inOrder = [...times].sort((a, b) => a - b)
  const at = (place: number): number => inOrder[place] ?? 0
  const count = inOrder.length
  if (count === 0) return null
  return {
    medianMs: (at((count - 1) >> 1) + at(count >> 1)) / 2,
    p90Ms: at(Math.ceil(count * 0.9) - 1),
    answers: count,
  }
}

/** The facts as the contract has them. */
export function talkFactsInSec(facts: TalkFactsMs): TalkFacts {
  const { basis, agentShare, silenceShare, longestMonologue, deadAir, interruptions, agentLatency } = facts
  return {
    basis,
    agentShare,
    longestMonologue: longestMonologue && {
      ...inSec(longestMonologue),
      speaker: longestMonologue.speaker,
    },
    deadAir: deadAir.slice(0, MOST_TALK_PLACES).map(inSec),
    deadAirCount: deadAir.length,
    deadAirSec: totalMs(deadAir) / 1000,
    longestSilenceSec: facts.longestSilenceMs / 1000,
    silenceShare,
    interruptions: interruptions?.slice(0, MOST_TALK_PLACES).map(inSec) ?? null,
    interruptionCount: interruptions?.length ?? null,
    agentLatency: agentLatency && {
      medianSec: agentLatency.medianMs / 1000,
      p90Sec: agentLatency.p90Ms / 1000,
      answers: agentLatency.answers,
    },
  }
}

const inSec = ({ startMs, endMs }: Stretch) => ({ startSec: startMs / 1000, endSec: endMs / 1000 })
