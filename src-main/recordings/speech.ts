import { BANDS, bandValue, type ChannelFeatures, COARSE } from './alignment/features'
import { floorOf, quantile, smoothed } from './alignment/smooth'

/** Frames from `start` up to, not including, `end` (10 ms each) in which somebody speaks. */
export interface SpeechSegment {
  readonly start: number
  readonly end: number
}

/** Bands, the ones that stand out most, whose level over their own floor counts. */
const LOUD_BANDS = 10
const MOST_DB = 45
/** What noise alone swells by, dB: nothing less is told from it. */
const LEAST_DB = 6
/**
 * Similarity of peak spectra 120 ms apart: speech mostly lies below, tones and music above. Where between depends on the
 * call: noise hides steadiness, and some voices have more of it. So it is a step over what is usual in the call.
 */
const LEAST_TONAL = 0.45
const MOST_TONAL = 0.58
const TONAL_STEP = 0.23
const TONAL_WIDTH = 0.03
/** What one channel lets through of the other, at least. */
const LEAK_DB = -17

/**
 * Voice activity: where somebody speaks in a channel. Energy over the noise floor of each mel band, with thresholds
 * that adapt to the recording; what is steady in its spectral peaks for a second (music, ringing, hold tones) is no
 * speech. `other`: the second channel, whose voice may leak into this one.
 */
export function detectSpeech(channel: ChannelFeatures, other: ChannelFeatures | null): SpeechSegment[] {
  if (channel.frames === 0) return []
  const active = activeFrames(channel, other)
  const speech = withoutTones(channel, runs(active, 7, 5), channel.frames)
  return speech
}

function activeFrames(channel: ChannelFeatures, other: ChannelFeatures | null): Uint8Array {
  const { frames } = channel
  const loudness = standingOut(channel)
  const level = smoothed(loudness, 3)
  const most = quantile(level, 0.97)
  const top = quantile(level, 0.95)
  const floor = floorOf(loudness, 0)
  const own = ownFrames(channel, other)
  const active = new Uint8Array(frames)
  const weak = new Uint8Array(frames)
  for (let t = 0; t < frames; t += 1) {
    const base = Math.max(floor[t] ?? 0, most - 62)
    const value = level[t] ?? 0
    const mine = own === null || own[t] === 1
    // Nothing over 22 dB is needed to be heard.
    if (mine && value > base + clamp(0.35 * (top - base), LEAST_DB, 22)) active[t] = 1
    if (mine && value > base + clamp(0.22 * (top - base), LEAST_DB - 1, 13)) weak[t] = 1
  }
  grow(active, weak, 12)
  return active
}

/** Lets what is active reach over weaker frames beside it, at most `reach` frames. */
function grow(active: Uint8Array, weak: Uint8Array, reach: number): void {
  const { length } = active
  const spread = (from: number, to: number, by: number): void => {
    let left = 0
    for (let t = from; t !== to; t += by) {
      if (active[t] === 1) left = reach
      else if (left > 0 && weak[t] === 1) {
        active[t] = 2
        left -= 1
      } else left = 0
    }
  }
  spread(0, length, 1)
  spread(length - 1, -1, -1)
}

/** Mean level of the loudest bands over each one's floor, dB, 0 to MOST_DB, per frame. */
function standingOut({ frames, bands }: ChannelFeatures): Float32Array {
  const over = new Uint8Array(frames * BANDS)
  const band = new Float32Array(frames)
  const sample: number[] = []
  for (let i = 0; i < bands.length; i += Math.max(1, Math.floor(bands.length / 200_000)))
    sample.push(bands[i] ?? 0)
  const most = quantile(sample, 0.97)
  for (let b = 0; b < BANDS; b += 1) {
    for (let t = 0; t < frames; t += 1) band[t] = bands[t * BANDS + b] ?? 0
    const floor = floorOf(band, bandValue(-85))
    const calm = smoothed(band, 3)
    for (let t = 0; t < frames; t += 1) {
      const least = Math.max((floor[t] ?? 0) + 3, most - 120)
      // Half decibels, twice as fine as the bands themselves are not needed.
      over[t * BANDS + b] = clamp((calm[t] ?? 0) - least, 0, 2 * MOST_DB) * 2
    }
  }
  const result = new Float32Array(frames)
  const loudest = new Uint8Array(LOUD_BANDS)
  for (let t = 0; t < frames; t += 1) {
    loudest.fill(0)
    for (let i = t * BANDS; i < (t + 1) * BANDS; i += 1) {
      const value = over[i] ?? 0
      if (value <= (loudest[0] ?? 0)) continue
      // In order, the least first: it is pushed out.
      let n = 1
      for (; n < LOUD_BANDS && (loudest[n] ?? 0) < value; n += 1) loudest[n - 1] = loudest[n] ?? 0
      loudest[n - 1] = value
    }
    let sum = 0
    for (let n = 0; n < LOUD_BANDS; n += 1) sum += loudest[n] ?? 0
    result[t] = sum / LOUD_BANDS / 4
  }
  return result
}

/** Where a channel holds its own voice rather than what leaks in from the other; null without another. */
function ownFrames(channel: ChannelFeatures, other: ChannelFeatures | null): Uint8Array | null {
  if (!other) return null
  const calm = smoothed(other.levelDb, 5)
  const limit = leakDb(channel, other)
  return Uint8Array.from(channel.levelDb, (level, t) => (level > (calm[t] ?? -100) + limit ? 1 : 0))
}

/**
 * How much louder than the other channel, in dB, a frame must be to be this one's own voice: a little over what leaks
 * in while the other side alone speaks.
 */
function leakDb(channel: ChannelFeatures, other: ChannelFeatures): number {
  const loud = quantile(other.levelDb, 0.8)
  const differences: number[] = []
  for (let t = 0; t < channel.frames; t += 1) {
    const there = other.levelDb[t] ?? -100
    const here = channel.levelDb[t] ?? -100
    if (there > loud - 6 && here < there - 3) differences.push(here - there)
  }
  if (differences.length < 100) return LEAK_DB
  return clamp(quantile(differences, 0.5) + 6, LEAK_DB, -2)
}

/** Joins what is less than `gap` frames apart and drops what is then shorter than `least`. */
export function runs(active: Uint8Array, gap: number, least: number): SpeechSegment[] {
  const result: { start: number; end: number }[] = []
  let start = -1
  for (let t = 0; t <= active.length; t += 1) {
    const on = t < active.length && active[t] !== 0
    if (on && start < 0) start = t
    if (on || start < 0) continue
    const last = result.at(-1)
    if (last && start - last.end < gap) last.end = t
    else result.push({ start, end: t })
    start = -1
  }
  return result.filter((segment) => segment.end - segment.start >= least)
}

/** The segments without what is music, ringing or tones for about a second or more. */
function withoutTones(
  channel: ChannelFeatures,
  segments: readonly SpeechSegment[],
  frames: number,
): SpeechSegment[] {
  const inside = new Float32Array(frames)
  const steady = new Float32Array(frames)
  for (const { start, end } of segments)
    for (let t = start; t < end; t += 1) {
      inside[t] = 1
      steady[t] = (channel.steadiness[Math.floor(t / COARSE)] ?? 0) / 255
    }
  const share = smoothed(inside, 81)
  const similarity = smoothed(steady, 81).map((sum, t) => sum / ((share[t] ?? 0) + 1e-6))
  const usual = quantile(
    similarity.filter((_, t) => inside[t] === 1),
    0.4,
  )
  const limit = clamp(usual + TONAL_STEP, LEAST_TONAL, MOST_TONAL)
  const tonal = similarity.map(
    (value, t) => (inside[t] ?? 0) / (1 + Math.exp(-(value - limit) / TONAL_WIDTH)),
  )
  const spoken = smoothed(inside, 151)
  const toned = smoothed(tonal, 151)
  return segments.flatMap(({ start, end }) => {
    const voice = new Uint8Array(end - start)
    for (let t = start; t < end; t += 1)
      voice[t - start] = (toned[t] ?? 0) / ((spoken[t] ?? 0) + 0.05) > 0.6 ? 0 : 1
    if (!voice.includes(0)) return [{ start, end }]
    return runs(voice, 12, 12).map((run) => ({ start: start + run.start, end: start + run.end }))
  })
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))
