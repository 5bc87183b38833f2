import type { SpeechSegment } from '../speech'
import type { Atom } from './atoms'
import { BANDS, bandDb, type ChannelFeatures, COARSE } from './features'
import { type Fit, fitPath, type Material } from './fit'
import { Background, fitMixture, type Mixture, type Points } from './mixture'
import type { Path } from './path'
import { quantile } from './smooth'
import { VOICES } from './turns'

/** Cepstral coefficients, and the pitch. */
const CEPSTRA = 13
const DIMENSIONS = CEPSTRA + 1
const COMPONENTS = 16
/** The pitch tells more than a coefficient. */
const PITCH_WEIGHT = 1.5
const VOICED = 128
/** Frames more than that under the loudest speech tell of the room rather than of the voice. */
const QUIET_DB = 28
/** What a coarse frame tells of who speaks at most, and how much of it is believed: neighbours repeat each other. */
const FRAME_LIMIT = 4
const FRAME_TRUST = 0.16
const LEAST_POINTS = 15
const ROUNDS = 8
/** Points from which the background is made; more change nothing. */
const BACKGROUND_POINTS = 6000

/** A number generator that is the same every time: an alignment must not change from run to run. */
function sameRandom(): () => number {
  let state = 0x2545f491
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** The speech of a mono call as points, one for each coarse frame that tells of the voice. */
interface VoicePoints {
  readonly points: Points
  /** For each atom: its first point; one more entry for the end. */
  readonly first: Int32Array
}

function voicePoints(channel: ChannelFeatures, atoms: readonly Atom[]): VoicePoints {
  const coarse: number[] = []
  const levels: number[] = []
  const first = new Int32Array(atoms.length + 1)
  for (const { start, end } of atoms)
    for (let c = Math.ceil(start / COARSE); c * COARSE < end; c += 1)
      levels.push(channel.levelDb[c * COARSE] ?? -100)
  const least = quantile(levels, 0.9) - QUIET_DB
  for (const [k, { start, end }] of atoms.entries()) {
    first[k] = coarse.length
    for (let c = Math.ceil(start / COARSE); c * COARSE < end; c += 1)
      if ((channel.levelDb[c * COARSE] ?? -100) > least) coarse.push(c)
  }
  first[atoms.length] = coarse.length
  const data = new Float32Array(coarse.length * DIMENSIONS)
  const pitches = coarse.flatMap((c) =>
    (channel.voicing[c] ?? 0) > VOICED ? [channel.logPitch[c] ?? 0] : [],
  )
  const usual = quantile(pitches, 0.5)
  for (const [p, c] of coarse.entries()) {
    for (let q = 1; q <= CEPSTRA; q += 1) {
      let sum = 0
      for (let b = 0; b < BANDS; b += 1)
        sum += (COSINES[q * BANDS + b] ?? 0) * bandDb(channel.bands[c * COARSE * BANDS + b] ?? 0)
      data[p * DIMENSIONS + q - 1] = sum
    }
    data[p * DIMENSIONS + CEPSTRA] = (channel.voicing[c] ?? 0) > VOICED ? (channel.logPitch[c] ?? 0) : usual
  }
  standardise(data, coarse.length)
  return { points: { dimensions: DIMENSIONS, count: coarse.length, data }, first }
}

const COSINES = Float64Array.from({ length: (CEPSTRA + 1) * BANDS }, (_, i) =>
  Math.cos((Math.PI / BANDS) * Math.floor(i / BANDS) * ((i % BANDS) + 0.5)),
)

function standardise(data: Float32Array, count: number): void {
  for (let d = 0; d < DIMENSIONS; d += 1) {
    let sum = 0
    let squares = 0
    for (let p = 0; p < count; p += 1) {
      const value = data[p * DIMENSIONS + d] ?? 0
      sum += value
      squares += value * value
    }
    const mean = sum / Math.max(1, count)
    const weight =
      (d === CEPSTRA ? PITCH_WEIGHT : 1) /
      (Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean)) + 1e-6)
    for (let p = 0; p < count; p += 1)
      data[p * DIMENSIONS + d] = ((data[p * DIMENSIONS + d] ?? 0) - mean) * weight
  }
}

/** A solution found from one start, with what it believes of the voices. */
export interface VoiceFit extends Fit {
  readonly evidence: readonly Float64Array[]
}

export interface VoiceFits {
  /** Cheapest first; at least one. */
  readonly solutions: readonly VoiceFit[]
  /** What the voices tell when they are as a path has them; null when that path gives one of them hardly any speech. */
  readonly evidenceOn: (path: Path) => Float64Array[] | null
}

/**
 * Who speaks in a mono call, found together with the alignment: two voices, adapted from a background of all speech, in turn
 * with the cheapest path under them; from several starts. `plain`: the fit without voices.
 */
export function fitVoices(
  channel: ChannelFeatures,
  segments: readonly SpeechSegment[],
  material: Material,
  plain: Fit,
): VoiceFits {
  const { atoms, turns } = material
  const none = noEvidence(atoms.length)
  const unvoiced: VoiceFit = { ...plain, evidence: none }
  const two = [0, 1].every((voice) => turns.some((turn) => turn.voice === voice))
  const voiced = voicePoints(channel, atoms)
  if (!two || turns.length < 3 || voiced.points.count < 8 * COMPONENTS)
    return { solutions: [unvoiced], evidenceOn: () => null }

  const random = sameRandom()
  const background = new Background(
    fitMixture(sampled(voiced.points, BACKGROUND_POINTS), COMPONENTS, random),
    voiced.points,
  )
  const listener = { background, voiced, material }
  const beginnings: { voices: Mixture[] | null; rates: readonly number[] }[] = [
    { voices: voicesOnPath(listener, plain.path), rates: plain.rates },
    // One voice is faster than the other, or both are faster than they seem, where much is said that is not written.
    ...[
      [1.25, 0.8],
      [0.8, 1.25],
      [0.8, 0.8],
    ].map(([agent = 1, user = 1]) => {
      const rates = plain.rates.map((rate, v) => rate * (v === 0 ? agent : v === 1 ? user : 1))
      const tilted = fitPath(material, none, rates, 2)
      return { voices: voicesOnPath(listener, tilted.path), rates: agent === user ? rates : plain.rates }
    }),
    ...clusterings(voiced, segments, atoms, random).flatMap((second) =>
      [0, 1].map((flip) => ({
        voices: [0, 1].map((voice) =>
          background.adapt(second.map((cluster) => (cluster === (voice ^ flip) ? 1 : 0))),
        ),
        rates: plain.rates,
      })),
    ),
  ]
  const found: VoiceFit[] = []
  for (const { voices, rates } of beginnings) {
    let best: VoiceFit | null = null
    let now = voices
    let speeds = rates
    let last: Path | null = null
    for (let round = 0; round < ROUNDS && now !== null; round += 1) {
      const evidence = evidenceOf(listener, now)
      const next = fitPath(material, evidence, speeds, 3)
      if (best === null || next.cost < best.cost) best = { ...next, evidence }
      if (last !== null && samePath(last, next.path)) break
      last = next.path
      speeds = next.rates
      now = voicesOnPath(listener, next.path)
    }
    if (best !== null) found.push(best)
  }
  return {
    solutions: found.length === 0 ? [unvoiced] : found.sort((a, b) => a.cost - b.cost),
    evidenceOn: (path) => {
      const voices = voicesOnPath(listener, path)
      return voices && evidenceOf(listener, voices)
    },
  }
}

export const noEvidence = (atoms: number): Float64Array[] => VOICES.map(() => new Float64Array(atoms + 1))

export const samePath = (a: Path, b: Path): boolean =>
  a.from.every((from, i) => from === b.from[i]) && a.until.every((until, i) => until === b.until[i])

interface Listener {
  readonly background: Background
  readonly voiced: VoicePoints
  readonly material: Material
}

/** The agent's and the user's voice, as the path has it; null when one hardly speaks. */
function voicesOnPath({ background, voiced, material }: Listener, path: Path): Mixture[] | null {
  const voices: Mixture[] = []
  for (const voice of [0, 1]) {
    const weights = new Float32Array(voiced.points.count)
    let count = 0
    for (const [i, turn] of material.turns.entries()) {
      if (turn.voice !== voice) continue
      const from = voiced.first[path.from[i] ?? 0] ?? 0
      const until = voiced.first[path.until[i] ?? 0] ?? 0
      weights.fill(1, from, until)
      count += until - from
    }
    if (count < LEAST_POINTS) return null
    voices.push(background.adapt(weights))
  }
  return voices
}

/** Per voice, summed over atoms: half the logarithm of how much better it suits than the other one. */
function evidenceOf(
  { background, voiced, material }: Listener,
  [agent, user]: readonly Mixture[],
): Float64Array[] {
  const result = noEvidence(material.atoms.length)
  if (!agent || !user) return result
  const first = background.scores(agent, FRAME_LIMIT)
  const second = background.scores(user, FRAME_LIMIT)
  const [forAgent, forUser] = result
  for (let k = 0; k < material.atoms.length; k += 1) {
    let sum = 0
    for (let p = voiced.first[k] ?? 0; p < (voiced.first[k + 1] ?? 0); p += 1)
      sum += (first[p] ?? 0) - (second[p] ?? 0)
    const gain = (FRAME_TRUST * sum) / 2
    if (forAgent) forAgent[k + 1] = (forAgent[k] ?? 0) + gain
    if (forUser) forUser[k + 1] = (forUser[k] ?? 0) - gain
  }
  return result
}

function sampled(points: Points, most: number): Points {
  if (points.count <= most) return points
  const { dimensions } = points
  const data = new Float32Array(most * dimensions)
  for (let p = 0; p < most; p += 1) {
    const from = Math.floor((p * points.count) / most) * dimensions
    data.set(points.data.subarray(from, from + dimensions), p * dimensions)
  }
  return { dimensions, count: most, data }
}

/** Segments in two groups, by all that is heard, by the spectrum, by the pitch: per point its group, or -1. */
function clusterings(
  { points, first }: VoicePoints,
  segments: readonly SpeechSegment[],
  atoms: readonly Atom[],
  random: () => number,
): Float32Array[] {
  const groups: { from: number; until: number }[] = []
  let k = 0
  for (const { start, end } of segments) {
    const from = first[k] ?? 0
    while (k < atoms.length && (atoms[k]?.start ?? 0) < end) k += 1
    const until = first[k] ?? 0
    if (end - start >= 25 && until - from > 7) groups.push({ from, until })
  }
  if (groups.length < 4) return []
  const means = groups.map(({ from, until }) =>
    Float64Array.from({ length: DIMENSIONS }, (_, d) => {
      let sum = 0
      for (let p = from; p < until; p += 1) sum += points.data[p * DIMENSIONS + d] ?? 0
      return sum / (until - from)
    }),
  )
  const weights = groups.map(({ from, until }) => until - from)
  return [
    [0, DIMENSIONS],
    [0, CEPSTRA],
    [CEPSTRA, DIMENSIONS],
  ].flatMap(([low = 0, high = 0]) => {
    const side = twoMeans(
      means.map((mean) => mean.subarray(low, high)),
      weights,
      random,
    )
    if (side === null) return []
    const result = new Float32Array(points.count).fill(-1)
    for (const [g, { from, until }] of groups.entries()) result.fill(side[g] ?? -1, from, until)
    return [result]
  })
}

/** The best of 12 runs of k-means with two centres; null when all fall together. */
function twoMeans(
  points: readonly Float64Array[],
  weights: readonly number[],
  random: () => number,
): Uint8Array | null {
  let best: { cost: number; side: Uint8Array } | null = null
  for (let run = 0; run < 12; run += 1) {
    const a = Math.floor(random() * points.length)
    const b = (a + 1 + Math.floor(random() * (points.length - 1))) % points.length
    let centres: Float64Array[] = [points[a], points[b]].map((point) => Float64Array.from(point ?? []))
    const side = new Uint8Array(points.length)
    let cost = 0
    for (let round = 0; round < 20; round += 1) {
      cost = 0
      for (const [p, point] of points.entries()) {
        const [near = 0, far = 0] = centres.map((centre) => distance(point, centre))
        side[p] = near <= far ? 0 : 1
        cost += Math.min(near, far) * (weights[p] ?? 0)
      }
      centres = centres.map((centre, c) => meanOf(points, weights, side, c) ?? centre)
    }
    if (side.includes(0) && side.includes(1) && (best === null || cost < best.cost)) best = { cost, side }
  }
  return best?.side ?? null
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d += 1) sum += ((a[d] ?? 0) - (b[d] ?? 0)) ** 2
  return sum
}

function meanOf(
  points: readonly Float64Array[],
  weights: readonly number[],
  side: Uint8Array,
  which: number,
): Float64Array | null {
  const sum = new Float64Array(points[0]?.length ?? 0)
  let total = 0
  for (const [p, point] of points.entries()) {
    if (side[p] !== which) continue
    total += weights[p] ?? 0
    for (let d = 0; d < sum.length; d += 1) sum[d] = (sum[d] ?? 0) + (weights[p] ?? 0) * (point[d] ?? 0)
  }
  return total === 0 ? null : sum.map((value) => value / total)
}
