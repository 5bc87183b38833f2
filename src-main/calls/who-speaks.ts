import type { Speaker, TalkBasis, TimingSource } from '@contract'
import { partitionPoint } from '@contract'
import { joined, type Stretch, shared } from './stretches'

/** What is known of when somebody speaks in a call. */
export interface SpeechEvidence {
  /** For each channel [startMs, endMs, startMs, …] where somebody speaks; no channels: nobody listened yet. */
  speech: readonly ArrayLike<number>[]
  /** Of two channels, the agent's; null: not known. */
  agentChannel: 0 | 1 | null
  /** Those that somebody speaks; unspoken ones ("---") left out. Starts never decrease. */
  turns: readonly SpokenTurnTimes[]
  /** Of the recording, else of the call as the vendor says; null: not known. */
  durationMs: number | null
}

export interface SpokenTurnTimes {
  speaker: Speaker
  startMs: number | null
  endMs: number | null
  timing: TimingSource | null
  /** Of an estimated time: 0 where it is a guess by the length of texts alone; null: the time is no estimate. */
  confidence: number | null
}

export interface WhoSpeaks {
  basis: TalkBasis
  /** Utterances of anybody. */
  anybody: readonly Stretch[]
  /** Utterances by speaker; null: who speaks is not known. */
  parties: Readonly<Record<Speaker, readonly Stretch[]>> | null
  /** Whether both can be heard at once; in one channel two voices are one sound. */
  canOverlap: boolean
  /** Whether the time from one's end to the other's start was heard or told, not estimated. */
  canTimeAnswers: boolean
}

/**
 * A pause shorter than this is a part of the utterance: closures of stops last up to 180 ms (Heldner & Edlund,
 * "Pauses, gaps and overlaps in conversations", Journal of Phonetics 38, 2010).
 */
export const UTTERANCE_PAUSE_MS = 200
/** What is shorter is a click or a breath, and no word. */
export const LEAST_UTTERANCE_MS = 150
/** So far a given start may be from where the sound begins; vendors round, and hands are slow. */
const SNAP_MS = 500

/** Stretches of speech as utterances: in order, apart by a pause at least, none so short that it is no word. */
export const utterances = (speech: readonly Stretch[]): Stretch[] =>
  joined(speech, UTTERANCE_PAUSE_MS).filter(({ startMs, endMs }) => endMs - startMs >= LEAST_UTTERANCE_MS)

/**
 * Who speaks when, from the best evidence there is: the channels of a stereo recording; the one channel, shared by the
 * times of turns that the vendor told or a person set; the same by times found in the sound; the sound without speakers.
 * Without a recording: the vendor's times alone, where it tells ends too. Never from times guessed by the length of
 * texts. Null: nothing is known, or nobody speaks.
 */
export function whoSpeaks(evidence: SpeechEvidence): WhoSpeaks | null {
  const { speech, agentChannel, turns } = evidence
  const channels = speech.map((pairs) => joined(stretchesOf(pairs)))
  const found = channels.length === 0 ? fromTurns(evidence) : fromSound(channels, agentChannel, turns)
  return found !== null && found.anybody.length > 0 ? found : null
}

function fromSound(
  channels: readonly Stretch[][],
  agentChannel: 0 | 1 | null,
  turns: readonly SpokenTurnTimes[],
): WhoSpeaks {
  const anybody = utterances(channels.flat())
  const agent = agentChannel === null ? undefined : channels[agentChannel]
  const caller = agentChannel === null ? undefined : channels[1 - agentChannel]
  if (agent && caller) {
    const parties = { agent: utterances(agent), caller: utterances(caller), other: [] }
    return { basis: 'channels', anybody, parties, canOverlap: true, canTimeAnswers: true }
  }
  const alone: WhoSpeaks = {
    basis: 'sound',
    anybody,
    parties: null,
    canOverlap: false,
    canTimeAnswers: false,
  }
  // Two channels of which nobody knows whose they are: turns would be a worse answer than the channels will be.
  if (channels.length > 1 || turns.length === 0) return alone
  const isGiven = turns.every(({ timing }) => timing === 'vendor' || timing === 'manual')
  const isFound = turns.every(({ timing, confidence }) => timing !== null && confidence !== 0)
  if (!isGiven && !isFound) return alone
  const sound = joined(channels.flat())
  const spans = isGiven ? spansByStarts(turns, sound) : spansByTimes(turns)
  const by = (speaker: Speaker) => utterances(shared(sound, joined(spans[speaker])))
  return {
    basis: isGiven ? 'times' : 'aligned',
    anybody,
    parties: { agent: by('agent'), caller: by('caller'), other: by('other') },
    canOverlap: false,
    canTimeAnswers: isGiven,
  }
}

type Spans = Record<Speaker, Stretch[]>

/** Each turn from where its sound begins up to the next: an end that was only derived says nothing. */
function spansByStarts(turns: readonly SpokenTurnTimes[], sound: readonly Stretch[]): Spans {
  const starts = turns.map(({ startMs }) => snapped(startMs ?? 0, sound))
  const spans: Spans = { agent: [], caller: [], other: [] }
  for (const [i, { speaker }] of turns.entries())
    spans[speaker].push({ startMs: starts[i] ?? 0, endMs: starts[i + 1] ?? Number.MAX_SAFE_INTEGER })
  return spans
}

function spansByTimes(turns: readonly SpokenTurnTimes[]): Spans {
  const spans: Spans = { agent: [], caller: [], other: [] }
  for (const { speaker, startMs, endMs } of turns)
    if (startMs !== null && endMs !== null) spans[speaker].push({ startMs, endMs })
  return spans
}

/** The nearest beginning of sound, where one is near. Keeps the order of what it is given. */
function snapped(ms: number, sound: readonly Stretch[]): number {
  const behind = partitionPoint(sound.length, (at) => (sound[at]?.startMs ?? 0) < ms)
  const after = sound[behind]?.startMs ?? Number.POSITIVE_INFINITY
  const before = sound[behind - 1]?.startMs ?? Number.NEGATIVE_INFINITY
  const nearest = after - ms <= ms - before ? after : before
  return Math.abs(nearest - ms) <= SNAP_MS ? nearest : ms
}

/** Where there is no recording: turns of which the vendor told start and end. */
function fromTurns({ turns, durationMs }: SpeechEvidence): WhoSpeaks | null {
  const isTold = turns.every(
    ({ timing, startMs, endMs }, i) =>
      timing === 'vendor' &&
      startMs !== null &&
      endMs !== null &&
      // An end where the next turn or nothing begins was derived, not told.
      endMs !== (turns[i + 1]?.startMs ?? durationMs),
  )
  if (!isTold) return null
  const { agent, caller, other } = spansByTimes(turns)
  return {
    basis: 'times',
    anybody: utterances([...agent, ...caller, ...other]),
    parties: { agent: utterances(agent), caller: utterances(caller), other: utterances(other) },
    canOverlap: true,
    canTimeAnswers: true,
  }
}

function stretchesOf(pairs: ArrayLike<number>): Stretch[] {
  const stretches: Stretch[] = []
  for (let i = 0; i + 1 < pairs.length; i += 2)
    stretches.push({ startMs: pairs[i] ?? 0, endMs: pairs[i + 1] ?? 0 })
  return stretches
}
