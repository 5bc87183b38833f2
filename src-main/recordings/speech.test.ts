import { describe, expect, test } from 'vitest'
import { type ChannelFeatures, FeatureAccumulator } from './alignment/features'
import { detectSpeech, runs } from './speech'

const RATE = 8000

let state = 7
const noise = (level: number): number => {
  state = (state * 16_807) % 2_147_483_647
  return level * (state / 1_073_741_823.5 - 1)
}

/** Like a voice: its pitch glides, its syllables swell and fade, five a second. */
const voice = (sec: number): number => {
  const phase = 150 * sec + 14 * Math.sin(sec * 2.9) + 3.5 * Math.sin(sec * 7.3)
  return 0.4 * ((phase % 1) - 0.5) * Math.abs(Math.sin(Math.PI * 5 * sec))
}

const tone = (hz: number, sec: number): number => 0.2 * Math.sin(2 * Math.PI * hz * sec)

/** 440 and 480 Hz, two seconds on and four off, as telephones ring. */
const ringing = (sec: number): number => (sec % 6 < 2 ? tone(440, sec) + tone(480, sec) : 0)

/** Chords of half a second. */
const music = (sec: number): number => {
  const root = [262, 330, 349, 392][Math.floor(sec * 2) % 4] ?? 262
  return tone(root, sec) + tone(root * 1.25, sec) + tone(root * 1.5, sec)
}

function heard(lengthSec: number, ...channels: ((sec: number) => number)[]): readonly ChannelFeatures[] {
  const features = new FeatureAccumulator()
  features.add(
    channels.map((at) =>
      Float32Array.from({ length: lengthSec * RATE }, (_, i) => at(i / RATE) + noise(0.002)),
    ),
    RATE,
  )
  return features.finish().channels
}

/** Seconds of what is taken for speech, within [from, until). */
function speechSec(
  channel: ChannelFeatures | undefined,
  other: ChannelFeatures | undefined,
  from: number,
  until: number,
): number {
  if (!channel) throw new Error('no channel')
  return detectSpeech(channel, other ?? null).reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end / 100, until) - Math.max(start / 100, from)),
    0,
  )
}

const within = (from: number, until: number, sound: (sec: number) => number) => (sec: number) =>
  sec >= from && sec < until ? sound(sec) : 0

describe('speech', () => {
  test('is found where somebody speaks, to a tenth of a second', () => {
    const [channel] = heard(12, within(4, 8, voice))
    if (!channel) throw new Error('no channel')
    const found = detectSpeech(channel, null)
    expect((found[0]?.start ?? 0) / 100).toBeCloseTo(4, 0.7)
    expect((found.at(-1)?.end ?? 0) / 100).toBeCloseTo(8, 0.7)
    expect(speechSec(channel, undefined, 4, 8)).toBeGreaterThan(3)
    expect(speechSec(channel, undefined, 0, 3.9) + speechSec(channel, undefined, 8.1, 12)).toBe(0)
  })

  test.each([
    ['ringing', ringing],
    ['music on hold', music],
    ['a hold tone', (sec: number) => tone(425, sec)],
  ])('%s is none, beside a voice that is', (_, sound) => {
    const [channel] = heard(30, (sec) => within(0, 12, sound)(sec) + within(15, 27, voice)(sec))
    expect(speechSec(channel, undefined, 0, 12.5)).toBeLessThan(1)
    expect(speechSec(channel, undefined, 15, 27)).toBeGreaterThan(8)
  })

  test('is not found in silence or in nothing', () => {
    const [silent] = heard(5, () => 0)
    expect(speechSec(silent, undefined, 0, 5)).toBe(0)
    const nothing = { ...silent, frames: 0 } as ChannelFeatures
    expect(detectSpeech(nothing, null)).toEqual([])
  })

  test('that leaks in from the other channel is not this one’s', () => {
    const [left, right] = heard(
      20,
      (sec) => within(1, 8, voice)(sec) + 0.05 * within(11, 18, voice)(sec * 1.01),
      within(11, 18, (sec) => voice(sec * 1.01)),
    )
    expect(speechSec(left, right, 1, 8)).toBeGreaterThan(5)
    expect(speechSec(left, right, 10, 20)).toBeLessThan(0.5)
    expect(speechSec(right, left, 11, 18)).toBeGreaterThan(5)
  })

  test('in runs: short gaps are closed, then short rests dropped', () => {
    const frames = Uint8Array.from('0110111100000000010000011', Number)
    expect(runs(frames, 3, 2)).toEqual([
      { start: 1, end: 8 },
      { start: 23, end: 25 },
    ])
  })
})
