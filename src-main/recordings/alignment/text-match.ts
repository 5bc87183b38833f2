import type { Atom } from './atoms'
import { BANDS, bandDb, type ChannelFeatures, COARSE } from './features'
import { SOUND_CLASSES } from './sound-classes'
import { PRIOR } from './sound-prior'

const CEPSTRA = 12
const DELTAS = 4
/** Level, change of level, voicing, the shape of the spectrum, and how its coarse part changes. */
export const SOUND_DIMENSIONS = 3 + CEPSTRA + DELTAS

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

/** Points of the atoms on channel `which`, standardised over them; atoms of another channel have none. */
export function soundPoints(channel: ChannelFeatures, which: number, atoms: readonly Atom[]): SoundPoints {
  const first = new Int32Array(atoms.length + 1)
  let count = 0
  for (const [k, atom] of atoms.entries()) {
    first[k] = count
    if (atom.channel === which) count += Math.ceil(atom.end / COARSE) - Math.ceil(atom.start / COARSE)
  }
  first[atoms.length] = count
  const data = new Float32Array(count * SOUND_DIMENSIONS)
  let p = 0
  for (const { start, end, channel: on } of atoms)
    if (on === which)
      for (let f = Math.ceil(start / COARSE); f * COARSE < end; f += 1, p += 1)
        describe(channel, f, data, p * SOUND_DIMENSIONS)
  standardise(data, count)
  return { count, data, first }
}

function describe(channel: ChannelFeatures, coarse: number, data: Float32Array, at: number): void {
  const t = coarse * COARSE
  const { levelDb, bands, frames } = channel
  data[at] = levelDb[t] ?? -100
  data[at + 1] = (levelDb[Math.min(frames - 1, t + 3)] ?? -100) - (levelDb[Math.max(0, t - 3)] ?? -100)
  data[at + 2] = channel.voicing[coarse] ?? 0
  for (let q = 1; q <= CEPSTRA; q += 1) data[at + 2 + q] = cepstrum(bands, t, q)
  const before = Math.max(0, t - 3)
  const behind = Math.min(frames - 1, t + 3)
  for (let q = 1; q <= DELTAS; q += 1)
    data[at + 2 + CEPSTRA + q] = cepstrum(bands, behind, q) - cepstrum(bands, before, q)
}

function cepstrum(bands: Uint8Array, t: number, q: number): number {
  let sum = 0
  for (let b = 0; b < BANDS; b += 1) sum += (COSINES[q * BANDS + b] ?? 0) * bandDb(bands[t * BANDS + b] ?? 0)
  return sum
}

/** So many points tell what is usual. */
const MEASURED = 4000

/** Median and spread between quantiles: a few clicks must not shift everything. */
function standardise(data: Float32Array, count: number): void {
  const step = Math.max(1, Math.floor(count / MEASURED))
  for (let d = 0; d < SOUND_DIMENSIONS; d += 1) {
    const values = Float32Array.from(
      { length: Math.ceil(count / step) },
      (_, n) => data[n * step * SOUND_DIMENSIONS + d] ?? 0,
    ).sort()
    const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? 0
    const middle = at(0.5)
    const spread = (at(0.9) - at(0.1)) / 2.56 + 1e-3
    for (let p = 0; p < count; p += 1)
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

/**
 * What was believed of the sounds before, its means moved to what the points show.
 *
 * @param classes per point its class, or 255
 * @param relevance points that count as much as what was believed (Gauvain and Lee, 1994)
 */
export function adaptModels(
  points: SoundPoints,
  classes: Uint8Array,
  before: SoundModels,
  relevance: number,
): SoundModels {
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
    ...before,
    mean: before.mean.map((value, c) => {
      const count = counts[Math.floor(c / SOUND_DIMENSIONS)] ?? 0
      return ((sums[c] ?? 0) + relevance * value) / (count + relevance)
    }),
  }
}

/** Per point and class: how much better (natural logarithm) the class explains it than speech at large. */
export function classScores(points: SoundPoints, { mean, variance, logWeight }: SoundModels): Float32Array {
  const result = new Float32Array(points.count * SOUND_CLASSES)
  const narrowness = variance.map((value) => 0.5 / value)
  const constant = new Float64Array(SOUND_CLASSES)
  for (let c = 0; c < variance.length; c += 1) {
    const k = Math.floor(c / SOUND_DIMENSIONS)
    constant[k] = (constant[k] ?? 0) - 0.5 * Math.log(variance[c] ?? 1)
  }
  const values = new Float64Array(SOUND_CLASSES)
  const point = new Float64Array(SOUND_DIMENSIONS)
  for (let p = 0; p < points.count; p += 1) {
    for (let d = 0; d < SOUND_DIMENSIONS; d += 1) point[d] = points.data[p * SOUND_DIMENSIONS + d] ?? 0
    let most = Number.NEGATIVE_INFINITY
    for (let k = 0, c = 0; k < SOUND_CLASSES; k += 1) {
      let value = constant[k] ?? 0
      for (let d = 0; d < SOUND_DIMENSIONS; d += 1, c += 1) {
        const off = (point[d] ?? 0) - (mean[c] ?? 0)
        value -= off * off * (narrowness[c] ?? 0)
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
/** Words that are said before the text's, at most so many points, or that the text has and nobody says. */
const MOST_LEAD = 75
const LEAD = 5
const UNSAID = 5
const UNSAID_SHARE = 0.3
/** Ways that are so much worse than the best so far are given up. */
const HOPELESS = 60

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
  // Two places before the first sound, from which it and the second can be reached, and two behind the last.
  let now = new Float32Array(sounds + 5).fill(NEVER)
  let next = new Float32Array(sounds + 5).fill(NEVER)
  const back = trace === null ? null : new Uint8Array(length * sounds)
  const unsaid = Math.ceil(UNSAID_SHARE * sounds)
  let best = NEVER
  let bestAt = -1
  let bestSound = 0
  /** The sounds that may still be going on. */
  let first = 0
  let last = unsaid
  const slower = (1 - SLACK_SHARE) / pointsPerSound
  const faster = (1 + SLACK_SHARE) / pointsPerSound
  for (let t = 0; t < length; t += 1) {
    const low = Math.max(first, Math.floor((t - MOST_LEAD) * slower - SLACK_SOUNDS))
    const high = Math.min(sounds - 1, last + 2, Math.ceil(t * faster + SLACK_SOUNDS) + unsaid)
    if (low > high) {
      ended.fill(best, t + 1)
      break
    }
    now[1] = t === 0 ? 0 : t <= MOST_LEAD ? -LEAD : NEVER
    const row = (from + t) * SOUND_CLASSES
    let two = now[low] ?? 0
    let one = now[low + 1] ?? 0
    let most = NEVER
    for (let s = low; s <= high; s += 1) {
      const same = now[s + 2] ?? 0
      const skipped = two - SILENT
      let value = one > same ? one : same
      if (skipped > value) value = skipped
      if (back !== null) back[t * sounds + s] = value === same ? 0 : value === one ? 1 : 2
      if (t === 0 && s <= unsaid && value < -UNSAID) {
        value = -UNSAID
        if (back !== null) back[s] = 3
      }
      value += scores[row + (classes[s] ?? 0)] ?? 0
      next[s + 2] = value
      if (value > most) most = value
      two = one
      one = same
    }
    for (let s = Math.max(low, sounds - unsaid - 1); s <= high; s += 1) {
      const value = next[s + 2] ?? 0
      const whole = s === sounds - 1 ? value : s === sounds - 2 ? value - SILENT : value - UNSAID
      if (whole > best) {
        best = whole
        bestAt = t
        bestSound = s
      }
    }
    // What lags hopelessly behind the best is given up.
    first = low
    last = high
    while (first < last && (next[first + 2] ?? 0) < most - HOPELESS) first += 1
    while (last > first && (next[last + 2] ?? 0) < most - HOPELESS) last -= 1
    next[first] = NEVER
    next[first + 1] = NEVER
    next[last + 3] = NEVER
    next[last + 4] = NEVER
    ;[now, next] = [next, now]
    ended[t + 1] = best
  }
  if (trace !== null && back !== null) {
    let s = bestSound
    for (let t = bestAt; t >= 0 && s >= 0; t -= 1) {
      trace[from + t] = classes[s] ?? 255
      const step = back[t * sounds + s] ?? 0
      if (step === 3) break
      s -= step
    }
  }
  return ended
}
