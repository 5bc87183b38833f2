import type { SpeechSegment } from '../speech'
import type { Atom } from './atoms'
import { BANDS, bandDb, type ChannelFeatures, COARSE } from './features'
import { type Fit, fitPath, type Material } from './fit'
import { Background, fitMixture, type Points } from './mixture'
import type { Path } from './path'
import { quantile } from './smooth'
import { OTHER, VOICES } from './turns'

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
const FRAME_TRUST = 0.1
const LEAST_POINTS = 15
/** How often segments are given to the voice that suits them, before any text is looked at. */
const REGROUPINGS = 4
/** All starts go that many rounds, the cheapest so many of them go on; then the same again. */
const TOURNAMENT = [
  { rounds: 1, left: 8 },
  { rounds: 2, left: 4 },
  { rounds: 4, left: 3 },
] as const
/** Points from which the background is made; more change nothing. */
const BACKGROUND_POINTS = 4000

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
  const beginnings: Beginning[] = [
    { evidence: evidenceOn(listener, plain.path), rates: plain.rates },
    // One voice is faster than the other, or both are faster than they seem, where much is said that is not written.
    ...[
      [1.25, 0.8],
      [0.8, 1.25],
      [0.8, 0.8],
    ].map(([agent = 1, user = 1]) => {
      const rates = plain.rates.map((rate, v) => rate * (v === 0 ? agent : v === 1 ? user : 1))
      const tilted = fitPath(material, none, rates, 2)
      return { evidence: evidenceOn(listener, tilted.path), rates: agent === user ? rates : plain.rates }
    }),
    ...clusterings(listener, segments, random).map((evidence) => ({ evidence, rates: plain.rates })),
  ]
  const attempts = beginnings.map((beginning) => new Attempt(listener, beginning))
  for (const { rounds, left } of TOURNAMENT) {
    for (const attempt of attempts) attempt.go(rounds)
    attempts.sort((a, b) => a.cost - b.cost)
    attempts.splice(left)
  }
  const found = attempts.flatMap(({ best }) => (best === null ? [] : [best]))
  return {
    solutions: found.length === 0 ? [unvoiced] : found,
    evidenceOn: (path) => evidenceOn(listener, path),
  }
}

/** Points that are believed to be one voice's: a turn's, or a segment's. */
interface Part {
  readonly voice: number
  readonly from: number
  readonly until: number
}

interface Beginning {
  /** Null: one of the voices hardly speaks. */
  readonly evidence: readonly Float64Array[] | null
  readonly rates: readonly number[]
}

/** Voices and paths in turn, from one start. */
class Attempt {
  best: VoiceFit | null = null
  readonly #listener: Listener
  readonly #beginning: Beginning
  #rates: readonly number[]
  #last: Path | null = null
  #hasEnded = false

  constructor(listener: Listener, beginning: Beginning) {
    this.#listener = listener
    this.#beginning = beginning
    this.#rates = beginning.rates
  }

  get cost(): number {
    return this.best?.cost ?? Number.POSITIVE_INFINITY
  }

  /** `rounds` more, fewer when nothing changes any more. */
  go(rounds: number): void {
    for (let round = 0; round < rounds && !this.#hasEnded; round += 1) {
      const last = this.#last
      const evidence = last === null ? this.#beginning.evidence : evidenceOn(this.#listener, last)
      if (evidence === null) {
        this.#hasEnded = true
        break
      }
      const next = fitPath(this.#listener.material, evidence, this.#rates, 2)
      if (next.cost < this.cost) this.best = { ...next, evidence }
      this.#rates = next.rates
      this.#hasEnded = last !== null && samePath(last, next.path)
      this.#last = next.path
    }
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

/** Whose points are whose, as the path has it; null when a voice hardly speaks. */
function castOf({ voiced, material }: Listener, path: Path): Part[] | null {
  const cast = material.turns.flatMap(({ voice }, i) => {
    const from = voiced.first[path.from[i] ?? 0] ?? 0
    const until = voiced.first[path.until[i] ?? 0] ?? 0
    return voice === OTHER || from === until ? [] : [{ voice, from, until }]
  })
  const points = (which: number): number =>
    cast.reduce((sum, { voice, from, until }) => sum + (voice === which ? until - from : 0), 0)
  return points(0) < LEAST_POINTS || points(1) < LEAST_POINTS ? null : cast
}

/** What the voices tell when they are as a path has them; null when a voice hardly speaks. */
function evidenceOn(listener: Listener, path: Path): Float64Array[] | null {
  const cast = castOf(listener, path)
  if (cast === null) return null
  const [agent, user] = voiceScores(listener.background, cast, 2).map((scores) => summed(listener, scores))
  return agent && user ? [agent, user, unheard(listener)] : null
}

/** Nothing is known of a voice that is neither's. */
const unheard = ({ material }: Listener): Float64Array => new Float64Array(material.atoms.length + 1)

/** Per point, how much better each of `count` voices suits it than speech at large, logarithm. */
function voiceScores(background: Background, cast: readonly Part[], count: number): Float32Array[] {
  return Array.from({ length: count }, (_, voice) => {
    const heard = background.nothing()
    for (const part of cast) if (part.voice === voice) background.hear(heard, part.from, part.until)
    return background.scores(background.voiceOf(heard), FRAME_LIMIT)
  })
}

/**
 * Summed over atoms: how much better a voice suits than speech at large. What suits neither voice, an announcement, is against
 * both, so that it is rather left out.
 */
function summed({ voiced, material }: Listener, scores: Float32Array): Float64Array {
  const sums = new Float64Array(material.atoms.length + 1)
  for (let k = 0; k < material.atoms.length; k += 1) {
    let sum = 0
    for (let p = voiced.first[k] ?? 0; p < (voiced.first[k + 1] ?? 0); p += 1) sum += scores[p] ?? 0
    sums[k + 1] = (sums[k] ?? 0) + FRAME_TRUST * sum
  }
  return sums
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

/**
 * What voices tell when segments are grouped: in two, by all that is heard, by the spectrum, by the pitch; and in three, of which one is
 * somebody else's.
 */
function clusterings(
  listener: Listener,
  segments: readonly SpeechSegment[],
  random: () => number,
): Float64Array[][] {
  const { background, voiced, material } = listener
  const { points, first } = voiced
  const { atoms } = material
  const parts: { from: number; until: number }[] = []
  let k = 0
  for (const { start, end } of segments) {
    const from = first[k] ?? 0
    while (k < atoms.length && (atoms[k]?.start ?? 0) < end) k += 1
    const until = first[k] ?? 0
    if (end - start >= 25 && until - from > 7) parts.push({ from, until })
  }
  if (parts.length < 4) return []
  const means = parts.map(({ from, until }) =>
    Float64Array.from({ length: DIMENSIONS }, (_, d) => {
      let sum = 0
      for (let p = from; p < until; p += 1) sum += points.data[p * DIMENSIONS + d] ?? 0
      return sum / (until - from)
    }),
  )
  const weights = parts.map(({ from, until }) => until - from)
  return [
    { low: 0, high: DIMENSIONS, count: 2 },
    { low: 0, high: CEPSTRA, count: 2 },
    { low: CEPSTRA, high: DIMENSIONS, count: 2 },
    { low: 0, high: DIMENSIONS, count: 3 },
  ].flatMap(({ low, high, count }) => {
    const side = kMeans(
      means.map((mean) => mean.subarray(low, high)),
      weights,
      count,
      random,
    )
    if (side === null) return []
    let cast: Part[] = parts.map((part, g) => ({ ...part, voice: side[g] ?? 0 }))
    let scores = voiceScores(background, cast, count)
    for (let round = 0; round < REGROUPINGS; round += 1) {
      const before = cast
      cast = before.map((part) => ({ ...part, voice: bestOf(scores, part) }))
      if (cast.every(({ voice }, g) => voice === before[g]?.voice)) break
      scores = voiceScores(background, cast, count)
    }
    const groups = scores.map((own) => summed(listener, own))
    return groups.flatMap((agent) =>
      groups.flatMap((user) => (agent === user ? [] : [[agent, user, unheard(listener)]])),
    )
  })
}

/** Which of the voices suits a part best. */
function bestOf(scores: readonly Float32Array[], { from, until }: Part): number {
  const sums = scores.map((own) => {
    let sum = 0
    for (let p = from; p < until; p += 1) sum += own[p] ?? 0
    return sum
  })
  return sums.indexOf(Math.max(...sums))
}

/** The best of 12 runs of k-means with `count` centres; null when some are never anybody's. */
function kMeans(
  points: readonly Float64Array[],
  weights: readonly number[],
  count: number,
  random: () => number,
): Uint8Array | null {
  let best: { cost: number; side: Uint8Array } | null = null
  for (let run = 0; run < 12; run += 1) {
    let centres: Float64Array[] = chosen(points.length, count, random).map((p) =>
      Float64Array.from(points[p] ?? []),
    )
    const side = new Uint8Array(points.length)
    let cost = 0
    for (let round = 0; round < 20; round += 1) {
      cost = 0
      let hasMoved = round === 0
      for (const [p, point] of points.entries()) {
        const before = side[p]
        let least = Number.POSITIVE_INFINITY
        for (const [c, centre] of centres.entries()) {
          const far = distance(point, centre)
          if (far >= least) continue
          least = far
          side[p] = c
        }
        if (side[p] !== before) hasMoved = true
        cost += least * (weights[p] ?? 0)
      }
      if (!hasMoved) break
      centres = centres.map((centre, c) => meanOf(points, weights, side, c) ?? centre)
    }
    if (centres.every((_, c) => side.includes(c)) && (best === null || cost < best.cost))
      best = { cost, side }
  }
  return best?.side ?? null
}

/** `count` different numbers under `limit`, or all. */
function chosen(limit: number, count: number, random: () => number): number[] {
  const all = Array.from({ length: limit }, (_, n) => n)
  for (let n = 0; n < Math.min(count, limit); n += 1) {
    const other = n + Math.floor(random() * (limit - n))
    ;[all[n], all[other]] = [all[other] ?? 0, all[n] ?? 0]
  }
  return all.slice(0, count)
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
