import type { Atom } from './atoms'
import { BANDS, bandDb, type ChannelFeatures, COARSE } from './features'
import { quantile } from './smooth'
import { SOUND_CLASSES } from './sound-classes'
import { PRIOR } from './sound-prior'

/** Level, change of level, voicing, and the coarse shape of the spectrum. */
export const SOUND_DIMENSIONS = 9
const CEPSTRA = 6

/** The speech of a call as points, one each coarse frame of each atom. */
export interface SoundPoints {
  readonly count: number
  readonly data: Float32Array
  /** For each atom its first point; one more entry for the end. */
  readonly first: Int32Array
}

const COSINES = Float64Array.from({ length: (CEPSTRA + 1) * BANDS }, (_, i) =>
  Math.cos((Math.PI / BANDS) * Math.floor(i / BANDS) * ((i % BANDS) + 0.5)),
)

/** Points of all atoms, standardised over the call (per channel of a stereo call). */
export function soundPoints(channels: readonly ChannelFeatures[], atoms: readonly Atom[]): SoundPoints {
  const first = new Int32Array(atoms.length + 1)
  let count = 0
  for (const [k, { start, end }] of atoms.entries()) {
    first[k] = count
    count += Math.max(0, Math.ceil(end / COARSE) - Math.ceil(start / COARSE))
  }
  first[atoms.length] = count
  const data = new Float32Array(count * SOUND_DIMENSIONS)
  for (const [c, channel] of channels.entries()) {
    const mine: number[] = []
    for (const [k, atom] of atoms.entries()) {
      if (channels.length > 1 && atom.channel !== c) continue
      let p = first[k] ?? 0
      for (let f = Math.ceil(atom.start / COARSE); f * COARSE < atom.end; f += 1, p += 1) {
        describe(channel, f, data, p * SOUND_DIMENSIONS)
        mine.push(p)
      }
    }
    standardise(data, mine)
  }
  return { count, data, first }
}

function describe(channel: ChannelFeatures, coarse: number, data: Float32Array, at: number): void {
  const t = coarse * COARSE
  const { levelDb, bands, frames } = channel
  data[at] = levelDb[t] ?? -100
  data[at + 1] = (levelDb[Math.min(frames - 1, t + 3)] ?? -100) - (levelDb[Math.max(0, t - 3)] ?? -100)
  data[at + 2] = channel.voicing[coarse] ?? 0
  for (let q = 1; q <= CEPSTRA; q += 1) {
    let sum = 0
    for (let b = 0; b < BANDS; b += 1)
      sum += (COSINES[q * BANDS + b] ?? 0) * bandDb(bands[t * BANDS + b] ?? 0)
    data[at + 2 + q] = sum
  }
}

/** Median and spread between quantiles: a few clicks must not shift everything. */
function standardise(data: Float32Array, points: readonly number[]): void {
  for (let d = 0; d < SOUND_DIMENSIONS; d += 1) {
    const values = points.map((p) => data[p * SOUND_DIMENSIONS + d] ?? 0)
    const middle = quantile(values, 0.5)
    const spread = (quantile(values, 0.9) - quantile(values, 0.1)) / 2.56 + 1e-3
    for (const p of points)
      data[p * SOUND_DIMENSIONS + d] = Math.max(
        -4,
        Math.min(4, ((data[p * SOUND_DIMENSIONS + d] ?? 0) - middle) / spread),
      )
  }
}

/** How a call's sounds are: per class and dimension. */
export interface SoundModels {
  readonly mean: Float64Array
  readonly variance: Float64Array
  readonly logWeight: Float64Array
}

export const priorModels = (): SoundModels => PRIOR

/** Points that count as much as the prior. */
const RELEVANCE = 40

/** The prior's means, moved to what the points show; `classes`: per point its class, or 255. */
export function adaptModels(points: SoundPoints, classes: Uint8Array): SoundModels {
  const counts = new Float64Array(SOUND_CLASSES)
  const sums = new Float64Array(SOUND_CLASSES * SOUND_DIMENSIONS)
  for (let p = 0; p < points.count; p += 1) {
    const which = classes[p] ?? 255
    if (which >= SOUND_CLASSES) continue
    counts[which] = (counts[which] ?? 0) + 1
    for (let d = 0; d < SOUND_DIMENSIONS; d += 1) {
      const c = which * SOUND_DIMENSIONS + d
      sums[c] = (sums[c] ?? 0) + (points.data[p * SOUND_DIMENSIONS + d] ?? 0)
    }
  }
  return {
    ...PRIOR,
    mean: PRIOR.mean.map((value, c) => {
      const count = counts[Math.floor(c / SOUND_DIMENSIONS)] ?? 0
      return ((sums[c] ?? 0) + RELEVANCE * value) / (count + RELEVANCE)
    }),
  }
}

/** Per point and class: how much better (natural logarithm) the class explains it than speech at large. */
export function classScores(points: SoundPoints, { mean, variance, logWeight }: SoundModels): Float32Array {
  const result = new Float32Array(points.count * SOUND_CLASSES)
  const constant = Float64Array.from({ length: SOUND_CLASSES }, (_, k) => {
    let sum = 0
    for (let d = 0; d < SOUND_DIMENSIONS; d += 1)
      sum -= 0.5 * Math.log(variance[k * SOUND_DIMENSIONS + d] ?? 1)
    return sum
  })
  const values = new Float64Array(SOUND_CLASSES)
  for (let p = 0; p < points.count; p += 1) {
    let most = Number.NEGATIVE_INFINITY
    for (let k = 0; k < SOUND_CLASSES; k += 1) {
      let value = constant[k] ?? 0
      for (let d = 0; d < SOUND_DIMENSIONS; d += 1) {
        const off = (points.data[p * SOUND_DIMENSIONS + d] ?? 0) - (mean[k * SOUND_DIMENSIONS + d] ?? 0)
        value -= (0.5 * off * off) / (variance[k * SOUND_DIMENSIONS + d] ?? 1)
      }
      values[k] = value
      most = Math.max(most, value + (logWeight[k] ?? 0))
    }
    let all = 0
    for (let k = 0; k < SOUND_CLASSES; k += 1) all += Math.exp((values[k] ?? 0) + (logWeight[k] ?? 0) - most)
    const background = most + Math.log(all)
    for (let k = 0; k < SOUND_CLASSES; k += 1)
      result[p * SOUND_CLASSES + k] = Math.max(-3, Math.min(3, (values[k] ?? 0) - background))
  }
  return result
}

const NEVER = -1e9
/** A sound that is written but not heard. */
const SILENT = 1.2
/** How far from an even pace the text may be: so many sounds, and that part of what is past. */
const SLACK_SOUNDS = 8
const SLACK_SHARE = 0.3

/**
 * The best way of saying `classes` from point `from` on at about `pointsPerSound`: for each point after it, the score when the text ends
 * there (or ended before: what follows counts 0).
 *
 * @param trace when given, gets per point the sound it belongs to on the best way to `limit`
 */
export function matchText(
  scores: Float32Array,
  classes: Uint8Array,
  from: number,
  limit: number,
  pointsPerSound: number,
  trace: Uint8Array | null = null,
): Float32Array {
  const sounds = classes.length
  const length = Math.max(0, limit - from)
  const ended = new Float32Array(length + 1).fill(NEVER)
  // Two places before the first sound, from which it and the second can be reached.
  let now = new Float32Array(sounds + 2).fill(NEVER)
  let next = new Float32Array(sounds + 2).fill(NEVER)
  const back = trace === null ? null : new Uint8Array(length * sounds)
  let best = NEVER
  let previousLow = 0
  for (let t = 0; t < length; t += 1) {
    const pace = t / pointsPerSound
    const low = Math.max(0, Math.floor(pace * (1 - SLACK_SHARE) - SLACK_SOUNDS))
    const high = Math.min(sounds - 1, Math.ceil(pace * (1 + SLACK_SHARE) + SLACK_SOUNDS))
    now[1] = t === 0 ? 0 : NEVER
    const row = (from + t) * SOUND_CLASSES
    // What this row leaves out must not be left over from the one before the last.
    for (let s = previousLow; s < low; s += 1) next[s + 2] = NEVER
    for (let s = low; s <= high; s += 1) {
      let value = now[s + 2] ?? 0
      let step = 0
      const one = now[s + 1] ?? 0
      if (one > value) {
        value = one
        step = 1
      }
      const two = (now[s] ?? 0) - SILENT
      if (two > value) {
        value = two
        step = 2
      }
      next[s + 2] = value + (scores[row + (classes[s] ?? 0)] ?? 0)
      if (back !== null) back[t * sounds + s] = step
    }
    next[1] = NEVER
    previousLow = low
    ;[now, next] = [next, now]
    if (high >= sounds - 2) best = Math.max(best, now[sounds + 1] ?? 0, (now[sounds] ?? NEVER) - SILENT)
    ended[t + 1] = best
    if (low >= sounds - 1) {
      ended.fill(best, t + 1)
      if (trace === null) break
    }
  }
  if (trace !== null && back !== null) {
    let s = sounds - 1
    for (let t = length - 1; t >= 0 && s >= 0; t -= 1) {
      trace[from + t] = classes[s] ?? 255
      s -= back[t * sounds + s] ?? 0
    }
  }
  return ended
}
