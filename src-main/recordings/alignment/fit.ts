import type { Atom } from './atoms'
import { FRAMES_PER_SEC } from './features'
import { cheapestPath, type Path, type PathProblem } from './path'
import { weightedMedian } from './smooth'
import { type SpokenTurn, VOICES } from './turns'

/** Everything about a call's turns and atoms that does not depend on how fast and by whom they are spoken. */
export interface Material {
  readonly turns: readonly SpokenTurn[]
  readonly atoms: readonly Atom[]
  /** Per voice, summed: frames of its speech before atom k. */
  readonly speech: readonly Int32Array[]
  /** All speech, likewise. */
  readonly anySpeech: Int32Array
  readonly pauses: Float64Array
  readonly border: Float64Array
  readonly skip: Float64Array
  readonly longSkip: PathProblem['longSkip']
  readonly moreSkip: Float64Array
  readonly startCost: (turn: number) => Float64Array | null
  readonly textCosts: PathProblem['textCosts']
  /** Per voice: by how much letters usually suit a second of its turns better than chance; 0 while nothing is known. */
  readonly usualText: readonly number[]
  readonly low: Int32Array
  readonly high: Int32Array
}

export interface Fit {
  readonly path: Path
  readonly cost: number
  /** Seconds a unit of text, per voice. */
  readonly rates: readonly number[]
}

/** Standard deviation of the logarithm of a turn's length, its rate known; measured. */
const DEVIATION = 0.22
/** What the edges of speech can be off, s. */
const EDGE_SEC = 0.18
/** More, in proportion, for a text that is all numbers. */
const NUMBERS_DEVIATION = 0.3
const SKIP_PER_SEC = 4
const SKIP_PER_ATOM = 0.3
/**
 * An announcement: so much at once, then little by length; before the first turn and behind the last it is nothing unusual. Where
 * each side has its own channel, speech of a turn is rarely anybody else's, so that leaving it out costs more.
 */
const LONG_SKIP = {
  mono: { between: 4, outside: 2, perSec: 1 },
  stereo: { between: 9, outside: 4, perSec: 1.5 },
} as const
const MISSING = 7
const MISSING_PER_SEC = 1.5
/** A turn whose letters suit its speech less than half as well as those of its speaker's others is rather not said at all. */
const USUAL_SHARE = 0.5
const LEAST_MISSING = -5
/** A border within speech, where nobody pauses. */
const BORDER_IN_SPEECH = 5
const BORDER_IN_SHORT_PAUSE = 1
/** Pauses of fewer frames are within words. */
const SHORT_PAUSE = 20
/** Voices differ in speed by no more than that factor's logarithm from the call's median. */
const RATE_SPREAD = 0.45

/** The cost of a silence of that many frames inside a turn. */
function pauseCost(frames: number): number {
  const sec = frames / FRAMES_PER_SEC
  return sec < 0.25 ? 0 : Math.min(4.5, 1.6 * (sec - 0.25))
}

/**
 * @param ownChannel per voice, the channel that its speech is on; null: any
 */
export function materialOf(
  turns: readonly SpokenTurn[],
  atoms: readonly Atom[],
  ownChannel: readonly (number | null)[],
  startCost: (turn: number) => Float64Array | null,
): Material {
  const count = atoms.length
  const longSkip = LONG_SKIP[ownChannel.every((channel) => channel === null) ? 'mono' : 'stereo']
  const summed = (value: (atom: Atom, k: number) => number): Float64Array => {
    const sums = new Float64Array(count + 1)
    for (const [k, atom] of atoms.entries()) sums[k + 1] = (sums[k] ?? 0) + value(atom, k)
    return sums
  }
  const length = ({ start, end }: Atom): number => end - start
  return {
    turns,
    atoms,
    speech: ownChannel.map((channel) =>
      Int32Array.from(summed((atom) => (channel === null || atom.channel === channel ? length(atom) : 0))),
    ),
    anySpeech: Int32Array.from(summed(length)),
    pauses: summed(({ gap }) => pauseCost(gap)),
    border: Float64Array.from({ length: count + 1 }, (_, k) => {
      const gap = atoms[k]?.gap
      if (gap === undefined || k === 0) return 0
      return gap === 0 ? BORDER_IN_SPEECH : gap < SHORT_PAUSE ? BORDER_IN_SHORT_PAUSE : 0
    }),
    skip: summed((atom) => (SKIP_PER_SEC * length(atom)) / FRAMES_PER_SEC + SKIP_PER_ATOM),
    longSkip,
    moreSkip: summed((atom) => (longSkip.perSec * length(atom)) / FRAMES_PER_SEC),
    startCost,
    textCosts: null,
    usualText: VOICES.map(() => 0),
    ...wideBand(turns, Int32Array.from(summed(length))),
  }
}

/** Where turns can begin when nothing is known but how long all are: generous. */
function wideBand(turns: readonly SpokenTurn[], speech: Int32Array): { low: Int32Array; high: Int32Array } {
  const all = speech.at(-1) ?? 0
  const units = turns.reduce((sum, turn) => sum + turn.units, 0)
  const slack = Math.max(60 * FRAMES_PER_SEC, 0.2 * all)
  let before = 0
  const centres = turns.map((turn) => {
    const centre = (all * before) / units
    before += turn.units
    return centre
  })
  return bandAround(centres, speech, slack)
}

function bandAround(
  centres: readonly number[],
  speech: Int32Array,
  slack: number,
): { low: Int32Array; high: Int32Array } {
  const atoms = speech.length - 1
  const low = new Int32Array(centres.length)
  const high = new Int32Array(centres.length)
  let a = 0
  let b = 0
  for (const [i, centre] of centres.entries()) {
    while (a < atoms - 1 && (speech[a + 1] ?? 0) < centre - slack) a += 1
    b = Math.max(a, b)
    while (b < atoms - 1 && (speech[b] ?? 0) < centre + slack) b += 1
    low[i] = a
    high[i] = b
  }
  return { low, high }
}

/** The same, looking only near a path that is already good. */
export function narrowed(material: Material, path: Path): Material {
  const allSec = (material.anySpeech.at(-1) ?? 0) / FRAMES_PER_SEC
  return near(material, path, Math.max(40, Math.min(120, 0.1 * allSec)))
}

/** The same, where turns begin within `reachSec` of speech of where they do on the path. */
export function near(material: Material, path: Path, reachSec: number): Material {
  const { anySpeech } = material
  const centres = Array.from(path.from, (k) => anySpeech[k] ?? 0)
  return { ...material, ...bandAround(centres, anySpeech, reachSec * FRAMES_PER_SEC) }
}

/** The rate at which all speech is as long as all text. */
export function meanRate({ turns, anySpeech }: Material): number {
  const units = turns.reduce((sum, turn) => sum + turn.units, 0)
  const rate = (anySpeech.at(-1) ?? 0) / FRAMES_PER_SEC / Math.max(1, units)
  return Math.max(0.015, Math.min(0.12, rate))
}

export function problemOf(
  material: Material,
  evidence: readonly Float64Array[],
  rates: readonly number[],
): PathProblem {
  const { turns, atoms } = material
  const expectedSec = turns.map(({ units, voice }) => Math.max(0.08, units * (rates[voice] ?? 0.04)))
  return {
    turns: turns.length,
    atoms: atoms.length,
    voice: Uint8Array.from(turns, ({ voice }) => voice),
    speech: material.speech,
    evidence,
    pauses: material.pauses,
    border: material.border,
    skip: material.skip,
    longSkip: material.longSkip,
    moreSkip: material.moreSkip,
    expected: Float64Array.from(expectedSec, (sec) => sec * FRAMES_PER_SEC),
    deviation: Float64Array.from(expectedSec, (sec, i) =>
      Math.hypot(DEVIATION, EDGE_SEC / Math.max(sec, 0.15), NUMBERS_DEVIATION * (turns[i]?.numbers ?? 0)),
    ),
    missing: Float64Array.from(expectedSec, (sec, i) => {
      const usual = material.usualText[turns[i]?.voice ?? 0] ?? 0
      return Math.max(LEAST_MISSING, MISSING + (MISSING_PER_SEC - USUAL_SHARE * usual) * sec)
    }),
    startCost: material.startCost,
    textCosts: material.textCosts,
    low: material.low,
    high: material.high,
  }
}

/** Alternates the cheapest path with the rates that it shows, `rounds` times at most. */
export function fitPath(
  material: Material,
  evidence: readonly Float64Array[],
  rates: readonly number[],
  rounds: number,
): Fit {
  let now = rates
  let best: Fit | null = null
  for (let round = 0; round < rounds; round += 1) {
    const path = cheapestPath(problemOf(material, evidence, now))
    best = { path, cost: path.cost, rates: now }
    const next = ratesOf(material, path, now)
    if (next.every((rate, v) => Math.abs(rate / (now[v] ?? rate) - 1) < 0.004)) break
    now = next
  }
  return best ?? { path: cheapestPath(problemOf(material, evidence, rates)), cost: 0, rates }
}

/** Each voice's speed on a path: a median weighted by length, drawn to the call's where there are few turns. */
function ratesOf({ turns, speech }: Material, path: Path, before: readonly number[]): number[] {
  const spoken = turns.flatMap(({ voice, units }, i) => {
    const own = speech[voice]
    const frames = (own?.[path.until[i] ?? 0] ?? 0) - (own?.[path.from[i] ?? 0] ?? 0)
    if (frames < 5) return []
    return [{ voice, value: Math.log(frames / FRAMES_PER_SEC / units), weight: units }]
  })
  if (spoken.length === 0) return [...before]
  const overall = weightedMedian(spoken.map(({ value }) => ({ value, weight: 1 })))
  return VOICES.map((_, v) => {
    const own = spoken.filter(({ voice }) => voice === v)
    if (own.length === 0) return before[v] ?? Math.exp(overall)
    const drawn = (weightedMedian(own) * own.length + overall * 1.5) / (own.length + 1.5)
    return Math.exp(Math.max(overall - RATE_SPREAD, Math.min(overall + RATE_SPREAD, drawn)))
  })
}
