import type { Atom } from './atoms'
import { BANDS, bandDb, type ChannelFeatures, COARSE } from './features'
import { SOUND_CLASSES } from './sound-classes'

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

/**
 * Scores are compared as whole numbers of so many a nat: of these the larger is found without a branch, which the processor would guess
 * wrong at every other sound.
 */
const STEPS = 4096
/** What is longer is not looked at, and no sum of scores of MOST_SCORE at most exceeds 32 bits. */
const MOST_POINTS = 1 << 15
const MOST_SCORE = 4
const NEVER = -(2 ** 29)
/** A sound that is written but not heard. */
const SILENT = Math.round(1.2 * STEPS)
/** How far from an even pace the text may be: so many sounds, and that part of what is past. */
const SLACK_SOUNDS = 8
const SLACK_SHARE = 0.3
/** Words that are said before the text's, at most so many points, or that the text has and nobody says. */
const MOST_LEAD = 150
const LEAD = 5 * STEPS
const UNSAID = 5 * STEPS
const UNSAID_SHARE = 0.3
/** Ways that are so much worse than the best so far are given up. */
const HOPELESS = 60 * STEPS

/** Scores, natural logarithms, as `matchText` reads them. */
export function inSteps(scores: Float32Array): Int16Array {
  const steps = new Int16Array(scores.length)
  for (let n = 0; n < scores.length; n += 1)
    steps[n] = Math.round(STEPS * Math.max(-MOST_SCORE, Math.min(MOST_SCORE, scores[n] ?? 0)))
  return steps
}

/** The larger of two whole numbers that differ by less than 2^31. */
const larger = (a: number, b: number): number => {
  const more = (a - b) | 0
  return (a - (more & (more >> 31))) | 0
}

/** Two rows of `matchText`, made once. */
const rows = { now: new Int32Array(1024), next: new Int32Array(1024) }

/**
 * The best way of saying `classes` from point `from` on at about `pointsPerSound`: for each point after it, the score (natural logarithm)
 * when the text ends there (or ended before: what follows counts 0).
 *
 * @param scores per point and class, `inSteps`
 */
export function matchText(
  scores: Int16Array,
  classes: Uint8Array,
  from: number,
  limit: number,
  pointsPerSound: number,
): Float32Array {
  const sounds = classes.length
  const length = Math.max(0, Math.min(limit - from, MOST_POINTS))
  const ended = new Float32Array(length + 1).fill(NEVER / STEPS)
  // Two places before the first sound, from which it and the second can be reached, and two behind the last.
  if (rows.now.length < sounds + 5) {
    rows.now = new Int32Array(2 * sounds + 5)
    rows.next = new Int32Array(2 * sounds + 5)
  }
  let { now, next } = rows
  const unsaid = Math.ceil(UNSAID_SHARE * sounds)
  now.fill(NEVER, 0, sounds + 5).fill(-UNSAID, 2, unsaid + 3)
  next.fill(NEVER, 0, sounds + 5)
  let best = NEVER
  /** The sounds that may still be going on: two further may be reached from them. */
  let first = 0
  let last = unsaid - 2
  const slower = (1 - SLACK_SHARE) / pointsPerSound
  const faster = (1 + SLACK_SHARE) / pointsPerSound
  for (let t = 0; t < length; t += 1) {
    const low = Math.max(first, Math.floor((t - MOST_LEAD) * slower - SLACK_SOUNDS))
    const high = Math.min(sounds - 1, last + 2, Math.ceil(t * faster + SLACK_SOUNDS) + unsaid)
    if (low > high) {
      ended.fill(best / STEPS, t + 1)
      break
    }
    now[1] = t === 0 ? 0 : t <= MOST_LEAD ? -LEAD : NEVER
    const row = (from + t) * SOUND_CLASSES
    let two = now[low] ?? 0
    let one = now[low + 1] ?? 0
    let most = NEVER
    let s = low
    // Two sounds at a time, as neighbours need the same.
    for (; s < high; s += 2) {
      const same = now[s + 2] ?? 0
      const after = now[s + 3] ?? 0
      const value = larger(larger(one, same), two - SILENT) + (scores[row + (classes[s] ?? 0)] ?? 0)
      const second = larger(larger(same, after), one - SILENT) + (scores[row + (classes[s + 1] ?? 0)] ?? 0)
      next[s + 2] = value
      next[s + 3] = second
      most = larger(most, larger(value, second))
      two = same
      one = after
    }
    if (s === high) {
      const value =
        larger(larger(one, now[s + 2] ?? 0), two - SILENT) + (scores[row + (classes[s] ?? 0)] ?? 0)
      next[s + 2] = value
      most = larger(most, value)
    }
    // The text may end with its last sound, with a silent one, or with words that nobody says.
    let cut = NEVER
    for (s = Math.max(low, sounds - unsaid - 1); s <= high; s += 1) cut = larger(cut, next[s + 2] ?? 0)
    best = larger(best, cut - UNSAID)
    if (low <= sounds - 2 && high >= sounds - 2) best = larger(best, (next[sounds] ?? 0) - SILENT)
    if (high === sounds - 1) best = larger(best, next[sounds + 1] ?? 0)
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
    ended[t + 1] = best / STEPS
  }
  return ended
}
