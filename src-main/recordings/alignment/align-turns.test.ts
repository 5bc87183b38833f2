import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { listenTo } from './align-recording'
import { alignTurns } from './align-turns'
import { FeatureAccumulator, type SoundFeatures } from './features'
import type { TurnToAlign } from './turns'

const RATE = 8000

function heard(channels: readonly Float32Array[]): SoundFeatures {
  const features = new FeatureAccumulator()
  features.add(channels, RATE)
  return features.finish()
}

const filled = (sec: number, at: (i: number) => number): Float32Array =>
  Float32Array.from({ length: Math.round(sec * RATE) }, (_, i) => at(i))

/** Buzzing that swells and fades like syllables, from `from` to `until` s. */
const voice = (hz: number, from: number, until: number) => (i: number) => {
  const sec = i / RATE
  if (sec < from || sec > until) return 0
  const pitch = hz * (1 + 0.15 * Math.sin(sec * 3) + 0.05 * Math.sin(sec * 11))
  const phase = (sec * pitch) % 1
  return 0.3 * (phase - 0.5) * Math.abs(Math.sin(sec * 13)) + 0.001 * Math.sin(i * i)
}

let noiseState = 1
const noise = () => {
  noiseState = (noiseState * 16_807) % 2_147_483_647
  return 0.1 * (noiseState / 2_147_483_647 - 0.5)
}

const SOUNDS: Record<string, SoundFeatures> = {
  nothing: new FeatureAccumulator().finish(),
  'one sample': heard([new Float32Array(1)]),
  silence: heard([new Float32Array(10 * RATE)]),
  noise: heard([filled(10, noise)]),
  'not numbers': heard([
    new Float32Array(RATE).fill(Number.NaN),
    new Float32Array(RATE).fill(Number.POSITIVE_INFINITY),
  ]),
  'a voice': heard([filled(20, (i) => voice(120, 1, 8)(i) + voice(210, 9, 16)(i))]),
  'two voices on two channels': heard([filled(20, voice(120, 1, 8)), filled(20, voice(210, 9, 16))]),
}

function checkPromises(sound: SoundFeatures, turns: readonly TurnToAlign[]): void {
  const aligned = alignTurns(sound, turns)
  expect(aligned.turns).toHaveLength(turns.length)
  const room = sound.durationSec > 0 ? sound.durationSec : turns.length / 1000
  let previous = -1
  for (const [i, { index, startSec, endSec, confidence }] of aligned.turns.entries()) {
    expect(index).toBe(i)
    expect(startSec).toBeGreaterThan(previous)
    expect(startSec).toBeGreaterThanOrEqual(0)
    expect(startSec).toBeLessThanOrEqual(room)
    expect(endSec).toBeGreaterThanOrEqual(startSec)
    expect(endSec).toBeLessThanOrEqual(room)
    expect(confidence).toBeGreaterThanOrEqual(0)
    expect(confidence).toBeLessThanOrEqual(1)
    previous = startSec
  }
}

describe('aligned turns', () => {
  const turn = fc.record({
    speaker: fc.constantFrom('agent', 'user', 'system', ''),
    text: fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '---',
        '',
        'Hello, how can I help you?',
        'नमस्ते',
        '你好，请问',
        'At 11:30 on 408-971-8523.',
        'x'.repeat(20_000),
      ),
    ),
    startSec: fc.oneof(fc.constant(null), fc.double(), fc.double({ min: 0, max: 20 })),
    anchorSec: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.double() }),
  })

  test.each(Object.keys(SOUNDS))(
    'start in strict order within the recording, whatever the transcript: %s',
    (name) => {
      const sound = SOUNDS[name]
      if (!sound) throw new Error(name)
      fc.assert(
        fc.property(fc.array(turn, { maxLength: 12 }), (turns) => checkPromises(sound, turns)),
        { numRuns: 8 },
      )
    },
    60_000,
  )

  test('start in order too when there are far more than there is speech', () => {
    const turns = Array.from({ length: 800 }, (_, i) => ({
      speaker: i % 2 ? 'agent' : 'user',
      text: `turn ${i}`,
    }))
    for (const name of ['nothing', 'a voice'])
      checkPromises(SOUNDS[name] ?? new FeatureAccumulator().finish(), turns)
  }, 60_000)

  test('a person’s anchor holds exactly, and its neighbours keep out of its way', () => {
    const sound = SOUNDS['a voice']
    if (!sound) throw new Error('no sound')
    const texts = ['Hello there', 'Yes, who is it', 'It is me', 'Good bye then']
    const turns = texts.map((text, i) => ({
      speaker: i % 2 ? 'user' : 'agent',
      text,
      anchorSec: i === 2 ? 9.37 : null,
    }))
    const { turns: aligned } = alignTurns(sound, turns)
    expect(aligned[2]?.startSec).toBe(9.37)
    expect(aligned[1]?.startSec).toBeLessThan(9.37)
    expect(aligned[3]?.startSec).toBeGreaterThan(9.37)
  })

  test('an anchor before where the turn before it was found holds too', () => {
    const sound = SOUNDS['a voice']
    if (!sound) throw new Error('no sound')
    const texts = [
      'Hello there, who is speaking please',
      'Yes',
      'It is me, as it is every single time',
      'Good bye',
    ]
    const turns = texts.map((text, i) => ({
      speaker: i % 2 ? 'user' : 'agent',
      text,
      anchorSec: i === 3 ? 1.2 : null,
    }))
    expect(alignTurns(sound, turns).turns[3]?.startSec).toBe(1.2)
  })

  test('a vendor’s times decide between places that sound alike, and one that can’t be is not believed', () => {
    const sound = SOUNDS['a voice']
    if (!sound) throw new Error('no sound')
    const turns = [
      { speaker: 'agent', text: 'Hello there, this is the surgery, how can I help you today', startSec: 1 },
      { speaker: 'user', text: 'Hello, I should like to come on Monday, if I may, please', startSec: 500 },
    ]
    const [first, second] = alignTurns(sound, turns).turns
    expect(first?.startSec).toBeCloseTo(1, 0)
    expect(second?.startSec).toBeCloseTo(9, 0)
  })

  test('the agent’s channel is the one whose speech comes when it is the agent’s turn', () => {
    const sound = SOUNDS['two voices on two channels']
    if (!sound) throw new Error('no sound')
    const { agentChannel, turns } = alignTurns(sound, [
      {
        speaker: 'user',
        text: 'Hello, this is about the appointment that I have with you on Monday, I think',
      },
      { speaker: 'agent', text: 'Hello, let me look whether I can find it here, it will not take me long' },
    ])
    expect(agentChannel).toBe(1)
    expect(turns.map(({ startSec }) => Math.round(startSec))).toEqual([1, 9])
  })

  test('two channels with the same sound are one', () => {
    const mono = filled(5, voice(120, 1, 4))
    expect(heard([mono, mono.map((s) => 0.5 * s)]).channels).toHaveLength(1)
    expect(heard([mono, filled(5, voice(200, 2, 3))]).channels).toHaveLength(2)
  })
})

const ROOT = join(import.meta.dirname, '..', '..', '..')
interface Known {
  agentChannel: 0 | 1 | null
  turns: { startSec: number | null; endSec: number | null }[]
}

/** All kinds of files, most of them mono, where voices have to be told apart. */
const LISTENED = /^(1e84|31004|31007|31102|48f6|50f9|d86b|31005|31103|9a41|f7b3)/

describe('the sample’s recordings, whose truth is known', () => {
  const truth: Record<string, Known> = JSON.parse(
    readFileSync(join(ROOT, 'scripts/sample/truth.json'), 'utf8'),
  )
  const folder = join(ROOT, 'resources/sample/recordings')
  const results: { id: string; known: Known; found: ReturnType<typeof alignTurns> }[] = []

  beforeAll(async () => {
    const texts = await sampleTexts()
    for (const file of readdirSync(folder).filter((name) => LISTENED.test(name))) {
      const id = file.replace(/\.\w+$/, '')
      const known = truth[id]
      const turns = texts.get(id)
      // The captured stubs have hardly a turn.
      if (!known || !turns || turns.length !== known.turns.length || turns.length < 6) continue
      const sound = await listenTo(join(folder, file))
      results.push({ id, known, found: alignTurns(sound, turns) })
    }
  }, 120_000)

  const errors = (): { error: number; confidence: number }[] =>
    results
      .flatMap(({ known, found }) =>
        known.turns.flatMap(({ startSec }, i) => {
          const turn = found.turns[i]
          if (startSec === null || !turn) return []
          return [{ error: Math.abs(turn.startSec - startSec), confidence: turn.confidence }]
        }),
      )
      .sort((a, b) => a.error - b.error)

  test('nineteen of twenty turns start within 0.1 s of the truth, all but one in forty within 0.5 s', () => {
    expect(results).toHaveLength(11)
    const sorted = errors()
    expect(sorted[Math.floor(sorted.length * 0.5)]?.error).toBeLessThan(0.015)
    expect(sorted[Math.floor(sorted.length * 0.95)]?.error).toBeLessThan(0.1)
    expect(sorted.filter(({ error }) => error > 0.5).length).toBeLessThanOrEqual(sorted.length / 40)
  })

  test('the turns that are wrong by a second are among the doubtful third', () => {
    const sorted = errors()
    const limit = sorted.map(({ confidence }) => confidence).sort((a, b) => a - b)[
      Math.floor(sorted.length / 3)
    ]
    for (const { error, confidence } of sorted)
      if (error > 1) expect(confidence).toBeLessThanOrEqual(limit ?? 0)
  })

  test('the agent is found on its channel', () => {
    for (const { id, known, found } of results)
      expect([id, found.agentChannel]).toEqual([id, known.agentChannel])
  })
})

/** What the sample's calls say, by id. */
async function sampleTexts(): Promise<Map<string, TurnToAlign[]>> {
  const path = join(ROOT, 'scripts/sample/dialogues.mjs')
  const { dialogues } = await import(/* @vite-ignore */ path)
  return new Map(
    dialogues.map(
      ({
        id,
        turns,
      }: {
        id: string | number
        turns: { who?: string; text?: string; hidden?: boolean }[]
      }) => [
        String(id),
        turns.flatMap(({ who, text, hidden }) =>
          text === undefined || hidden ? [] : [{ speaker: who === 'agent' ? 'agent' : 'user', text }],
        ),
      ],
    ),
  )
}
