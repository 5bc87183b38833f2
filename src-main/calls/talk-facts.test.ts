import { join } from 'node:path'
import { Speaker, TalkFacts } from '@contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listenTo } from '../recordings/alignment/align-recording'
import { detectSpeech } from '../recordings/speech'
import { joined, type Stretch, shared } from './stretches'
import { DEAD_AIR_MS, talkFacts, talkFactsInSec } from './talk-facts'
import { type SpeechEvidence, type SpokenTurnTimes, utterances, whoSpeaks } from './who-speaks'

const NOTHING: SpeechEvidence = { speech: [], agentChannel: null, turns: [], durationMs: null }

/** Two channels, the agent's first; seconds. */
const stereo = (agent: number[], caller: number[], agentChannel: 0 | 1 | null = 0) =>
  talkFacts({ ...NOTHING, speech: [agent, caller].map((all) => all.map((sec) => sec * 1000)), agentChannel })
const turn = (
  speaker: Speaker,
  startSec: number | null,
  endSec: number | null,
  timing: SpokenTurnTimes['timing'] = 'vendor',
  confidence: number | null = null,
): SpokenTurnTimes => ({
  speaker,
  startMs: startSec === null ? null : startSec * 1000,
  endMs: endSec === null ? null : endSec * 1000,
  timing,
  confidence,
})
const mono = (sound: number[], turns: SpokenTurnTimes[]) =>
  talkFacts({ ...NOTHING, speech: [sound.map((sec) => sec * 1000)], turns })

describe('of two channels', () => {
  test('the agent’s share is of what both speak; silence is of the time from the first word to the last', () => {
    const facts = stereo([5, 9], [10, 12, 13, 15])
    expect(facts).toMatchObject({ basis: 'channels', agentShare: 0.5, longestSilenceMs: 1000 })
    expect(facts?.silenceShare).toBeCloseTo(0.2)
    expect(stereo([10, 12, 13, 15], [5, 9], 1)?.agentShare).toBe(0.5)
    expect(stereo([0, 9], [10, 11], 1)?.agentShare).toBe(0.1)
  })

  test('silences of more than three seconds are dead air, those before the first word and after the last are not', () => {
    const facts = stereo([10, 12, 20, 21], [15, 16])
    expect(facts?.deadAir).toEqual([{ startMs: 16_000, endMs: 20_000 }])
    expect(facts?.longestSilenceMs).toBe(4000)
    expect(stereo([0, 1, 4, 5], [])?.deadAir).toEqual([])
    expect(stereo([0, 1, 4.001, 5], [])?.deadAir).toHaveLength(1)
  })

  test('a click is no word, and ends no silence', () => {
    expect(stereo([0, 1, 9, 10], [4, 4.1])?.deadAir).toEqual([{ startMs: 1000, endMs: 9000 }])
  })

  test('a monologue goes on over pauses and over a listener’s "yes", and ends with an answer', () => {
    expect(stereo([0, 10, 12, 20], [5, 5.5])?.longestMonologue).toEqual({
      speaker: 'agent',
      startMs: 0,
      endMs: 20_000,
    })
    expect(stereo([0, 10, 12, 20], [10.5, 11.5])?.longestMonologue).toMatchObject({
      startMs: 0,
      endMs: 10_000,
    })
    expect(stereo([0, 10, 13.5, 20], [])?.longestMonologue).toMatchObject({ startMs: 0, endMs: 10_000 })
    expect(stereo([0, 1], [2, 5])?.longestMonologue).toMatchObject({ speaker: 'caller' })
  })

  describe('the agent interrupts', () => {
    test('who begins while the caller speaks, and then has the word', () => {
      expect(stereo([3, 6], [0, 4])?.interruptions).toEqual([{ startMs: 3000, endMs: 4000 }])
    })
    test('who is covered by the louder voice for a moment', () => {
      expect(stereo([3, 6], [0, 3.1, 3.5, 4])?.interruptions).toEqual([{ startMs: 3000, endMs: 4000 }])
    })
    test.each([
      ['the agent says "mm-hm" and the caller goes on', [3, 3.6], [0, 8]],
      ['the agent says "mm-hm" at the end', [3.5, 4.3], [0, 4]],
      ['the agent says "of course" at the end', [3.7, 4.6], [0, 4]],
      ['the caller goes on after a breath', [3, 6], [0, 4, 4.3, 6]],
      ['the caller speaks on for long', [3, 9], [0, 8]],
      ['they change without a pause', [3.9, 6], [0, 4]],
      ['both begin at once', [0.2, 6], [0, 2]],
      ['the caller interrupts', [0, 4], [3, 6]],
    ])('not where %s', (_, agent, caller) => {
      expect(stereo(agent, caller)?.interruptions).toEqual([])
    })
  })

  test('latency is the silence between the caller’s end and the agent’s start, where nobody speaks between', () => {
    expect(stereo([2, 3, 6, 7, 20, 21], [0, 1, 4, 5.5])?.agentLatency).toEqual({
      medianMs: 750,
      p90Ms: 1000,
      answers: 2,
    })
    // The caller goes on; the agent speaks already; the agent never speaks.
    expect(stereo([10, 11], [0, 1, 2, 9])?.agentLatency).toMatchObject({ answers: 1, medianMs: 1000 })
    expect(stereo([0, 4], [2, 3])?.agentLatency).toBeNull()
    expect(stereo([], [2, 3])?.agentLatency).toBeNull()
  })

  test('without knowing which is the agent’s, only silences are told', () => {
    expect(stereo([0, 2], [6, 8], null)).toMatchObject({
      basis: 'sound',
      agentShare: null,
      longestMonologue: null,
      deadAir: [{ startMs: 2000, endMs: 6000 }],
      silenceShare: 0.5,
      interruptions: null,
      agentLatency: null,
    })
  })
})

describe('of one channel', () => {
  const SOUND = [0.2, 3, 4, 6, 7, 10]

  test('the vendor’s starts tell whose the sound is; what overlaps can’t be heard', () => {
    const turns = [turn('agent', 0, 4), turn('caller', 4, 7), turn('agent', 7, 11)]
    expect(mono(SOUND, turns)).toMatchObject({
      basis: 'times',
      agentShare: 5.8 / 7.8,
      interruptions: null,
      agentLatency: { medianMs: 1000, answers: 1 },
    })
  })

  test('a start that is a little off is where its sound begins', () => {
    const turns = [turn('agent', 0, 4.3), turn('caller', 4.3, 7.3), turn('agent', 7.3, 11, 'manual')]
    expect(mono(SOUND, turns)?.agentLatency).toEqual({ medianMs: 1000, p90Ms: 1000, answers: 1 })
  })

  test('times found in the sound tell shares and monologues, and neither interruptions nor latency', () => {
    const turns = [turn('caller', 0.2, 3, 'estimated', 0.9), turn('agent', 4, 10, 'estimated', 0.8)]
    expect(mono(SOUND, turns)).toMatchObject({
      basis: 'aligned',
      agentShare: 5 / 7.8,
      longestMonologue: { speaker: 'agent', startMs: 4000, endMs: 10_000 },
      interruptions: null,
      agentLatency: null,
    })
  })

  test('times guessed by the length of texts tell nothing', () => {
    const turns = [turn('agent', 0, 5, 'estimated', 0), turn('caller', 5, 10, 'vendor')]
    expect(mono(SOUND, turns)).toMatchObject({ basis: 'sound', agentShare: null, longestMonologue: null })
  })

  test('what somebody else says is no silence and nobody’s share', () => {
    const turns = [turn('agent', 0, 4), turn('other', 4, 7), turn('agent', 7, 11)]
    expect(mono(SOUND, turns)).toMatchObject({ agentShare: 1, longestSilenceMs: 1000 })
    expect(mono(SOUND, turns)?.longestMonologue).toMatchObject({ startMs: 7000 })
  })
})

describe('without a recording', () => {
  test('the vendor’s starts and ends tell everything', () => {
    const turns = [turn('caller', 0, 4), turn('agent', 3, 6), turn('caller', 10, 11), turn('agent', 12, 13)]
    expect(talkFacts({ ...NOTHING, turns, durationMs: 20_000 })).toMatchObject({
      basis: 'times',
      agentShare: 4 / 9,
      deadAir: [{ startMs: 6000, endMs: 10_000 }],
      interruptions: [{ startMs: 3000, endMs: 4000 }],
      agentLatency: { medianMs: 1000, answers: 1 },
    })
  })

  test('an end that is where the next turn begins was told by nobody', () => {
    expect(talkFacts({ ...NOTHING, turns: [turn('caller', 0, 4), turn('agent', 4, 6)] })).toBeNull()
    expect(talkFacts({ ...NOTHING, turns: [turn('caller', 0, 20)], durationMs: 20_000 })).toBeNull()
  })

  test('guesses, and no turns at all, tell nothing', () => {
    expect(talkFacts({ ...NOTHING, turns: [turn('agent', 0, 4, 'estimated', 0)] })).toBeNull()
    expect(talkFacts(NOTHING)).toBeNull()
    expect(talkFacts({ ...NOTHING, speech: [[], []], agentChannel: 0 })).toBeNull()
  })
})

/** Evidence of any kind, the impossible included. */
const times = fc.array(fc.tuple(fc.nat(60_000), fc.nat(9000)), { maxLength: 30 })
const speechOf = (all: [number, number][]): number[] =>
  joined(all.map(([startMs, length]) => ({ startMs, endMs: startMs + length }))).flatMap((one) => [
    one.startMs,
    one.endMs,
  ])
const evidence: fc.Arbitrary<SpeechEvidence> = fc.record({
  speech: fc.array(times.map(speechOf), { maxLength: 2 }),
  agentChannel: fc.constantFrom(0 as const, 1 as const, null),
  turns: fc
    .array(
      fc.record({
        speaker: fc.constantFrom(...Speaker.options),
        startMs: fc.nat(60_000),
        lengthMs: fc.integer({ min: -500, max: 9000 }),
        isFound: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    .chain((all) =>
      fc.constantFrom('vendor', 'manual', 'estimated').map((timing) =>
        all
          .sort((a, b) => a.startMs - b.startMs)
          .map(
            ({ speaker, startMs, lengthMs, isFound }): SpokenTurnTimes => ({
              speaker,
              startMs,
              endMs: startMs + lengthMs,
              timing: timing as 'vendor' | 'manual' | 'estimated',
              confidence: timing === 'estimated' ? (isFound ? 0.7 : 0) : null,
            }),
          ),
      ),
    ),
  durationMs: fc.option(fc.nat(90_000)),
})
const overlapMs = (some: readonly Stretch[], others: readonly Stretch[]): number =>
  shared(joined(some), joined(others)).reduce((sum, one) => sum + one.endMs - one.startMs, 0)

test('of anything, the facts are possible ones', () => {
  let known = 0
  fc.assert(
    fc.property(evidence, (given) => {
      const facts = talkFacts(given)
      const who = whoSpeaks(given)
      if (facts === null || who === null) {
        expect(facts).toBe(who)
        return
      }
      known += 1
      TalkFacts.parse(talkFactsInSec(facts))
      const first = who.anybody[0]?.startMs ?? 0
      const last = who.anybody.at(-1)?.endMs ?? 0
      expect(overlapMs(facts.deadAir, who.anybody)).toBe(0)
      for (const { startMs, endMs } of facts.deadAir) {
        expect(endMs - startMs).toBeGreaterThan(DEAD_AIR_MS)
        expect(startMs).toBeGreaterThan(first)
        expect(endMs).toBeLessThan(last)
      }
      expect(facts.deadAir.length > 0).toBe(facts.longestSilenceMs > DEAD_AIR_MS)
      const monologue = facts.longestMonologue
      if (monologue && who.parties) {
        const own = who.parties[monologue.speaker]
        expect(own.some(({ startMs }) => startMs === monologue.startMs)).toBe(true)
        expect(own.some(({ endMs }) => endMs === monologue.endMs)).toBe(true)
        // Nobody talks for longer at a stretch than in the longest monologue.
        for (const one of [...who.parties.agent, ...who.parties.caller])
          expect(one.endMs - one.startMs).toBeLessThanOrEqual(monologue.endMs - monologue.startMs)
      }
      if (!who.canOverlap) expect(facts.interruptions).toBeNull()
      if (!who.canTimeAnswers) expect(facts.agentLatency).toBeNull()
      for (const one of facts.interruptions ?? []) {
        const length = one.endMs - one.startMs
        expect(overlapMs([one], who.parties?.agent ?? [])).toBe(length)
        expect(overlapMs([one], joined(who.parties?.caller ?? [], 500))).toBe(length)
      }
      if (facts.agentLatency) {
        const { medianMs, p90Ms, answers } = facts.agentLatency
        expect(medianMs).toBeGreaterThanOrEqual(0)
        expect(p90Ms).toBeGreaterThanOrEqual(Math.floor(medianMs))
        expect(answers).toBeLessThanOrEqual(who.parties?.caller.length ?? 0)
      }
      expect(utterances(who.anybody)).toEqual(who.anybody)
    }),
    { numRuns: 600 },
  )
  expect(known).toBeGreaterThan(100)
})

test('swapped channels swap whose the share is, and leave silences as they are', () => {
  fc.assert(
    fc.property(times.map(speechOf), times.map(speechOf), (one, two) => {
      const left = talkFacts({ ...NOTHING, speech: [one, two], agentChannel: 0 })
      const right = talkFacts({ ...NOTHING, speech: [one, two], agentChannel: 1 })
      if (left === null || right === null) {
        expect(left).toBe(right)
        return
      }
      if (left.agentShare !== null) expect(left.agentShare + (right.agentShare ?? 0)).toBeCloseTo(1)
      expect(left.deadAir).toEqual(right.deadAir)
      expect(left.silenceShare).toBe(right.silenceShare)
    }),
  )
})

test('of a real conversation: what was put into it is found', async () => {
  // The agent breaks in at 29.1 and 71.4 s and is silent for 3.1 s from 44.0 s on (scripts/sample/truth.json).
  const sample = '9a41f7e2-3d58-4c06-b7e9-58c2d10a6f34.mp3'
  const file = join(import.meta.dirname, '../../resources/sample/recordings', sample)
  const [left, right] = (await listenTo(file)).channels
  if (!left || !right) throw new Error('This recording has two channels.')
  const speech = [detectSpeech(left, right), detectSpeech(right, left)].map((segments) =>
    segments.flatMap(({ start, end }) => [start * 10, end * 10]),
  )
  const facts = talkFacts({ ...NOTHING, speech, agentChannel: 1 })
  const tenths = (stretches: readonly Stretch[] | null | undefined) =>
    stretches?.map(({ startMs }) => Math.round(startMs / 100) / 10)
  expect(tenths(facts?.interruptions)).toEqual([expect.closeTo(29.1, 0), expect.closeTo(71.4, 0)])
  expect(tenths(facts?.deadAir)).toEqual([expect.closeTo(44, 0)])
  expect(facts?.agentLatency?.medianMs).toBeGreaterThan(900)
  expect(facts?.agentLatency?.medianMs).toBeLessThan(1020)
  expect(facts?.agentShare).toBeCloseTo(0.48, 1)
})
