import type { Atom } from './atoms'
import { type ChannelFeatures, COARSE, FRAMES_PER_SEC } from './features'
import { type Fit, type Material, near, problemOf } from './fit'
import { type PathProblem, startProbabilities } from './path'
import { weightedMedian } from './smooth'
import { soundClasses } from './sound-classes'
import { classScores } from './sound-net'
import { inSteps, matchText, type SoundPoints, soundPoints } from './text-match'
import { type SpokenTurn, VOICES } from './turns'

/** How much of a point's score is believed: neighbours repeat each other, and letters are not sounds. */
const TRUST = 0.2
/** What a point scores on average under a text that is not said there. */
const CHANCE = 0.3
const LEAST_SOUNDS = 4

/** Where letters are looked for. */
interface Scope {
  /** How far from where a turn is believed to begin, s of speech. */
  readonly reachSec: number
  /** A start that is less probable before the text is read is not looked at; at that temperature. */
  readonly leastShare: number
  readonly temperature: number
}

/** While little is known of a call, and once it is. */
export const WIDE: Scope = { reachSec: 25, leastShare: 1e-3, temperature: 8 }
export const NEAR: Scope = { reachSec: 12, leastShare: 1e-2, temperature: 3 }

/** The sounds of a call beside the letters of its turns. */
export interface SoundEvidence {
  /** Per turn; null where its script does not tell of sounds, or it may be on any of several channels. */
  readonly letters: readonly (LettersOfTurn | null)[]
}

/** What is heard on one channel. */
export interface HeardSounds {
  readonly points: SoundPoints
  /** Per point and class, `inSteps`: how much better the class explains it than chance. */
  readonly scores: Int16Array
}

/** What is heard on each of the channels. */
export function hearSounds(channels: readonly ChannelFeatures[], atoms: readonly Atom[]): HeardSounds[] {
  return channels.map((channel, c) => {
    const points = soundPoints(channel, c, atoms)
    return { points, scores: inSteps(overChance(classScores(points))) }
  })
}

/**
 * Null when no turn's letters tell of sounds.
 *
 * @param ownChannel per voice, the channel that its speech is on; null: any
 */
export function soundEvidence(
  heard: readonly HeardSounds[],
  ownChannel: readonly (number | null)[],
  turns: readonly SpokenTurn[],
): SoundEvidence | null {
  const letters = turns.map(({ voice, text }) => {
    const sounds = soundClasses(text.slice(0, 5000))
    const on = heard[heard.length === 1 ? 0 : (ownChannel[voice] ?? -1)]
    // Nobody says a text in less time than one point a sound.
    if (sounds.length < LEAST_SOUNDS || !on || sounds.length > on.points.count) return null
    return new LettersOfTurn(sounds, on)
  })
  return letters.every((own) => own === null) ? null : { letters }
}

/**
 * The material with costs for how well each turn's letters suit the speech, looked for near `best`: turns can begin in
 * `scope` alone.
 *
 * @param voices per voice, summed over atoms: how well these suit it
 */
export function withText(
  material: Material,
  evidence: SoundEvidence,
  best: Fit,
  voices: readonly Float64Array[],
  scope: Scope,
): Material {
  const narrow = near(material, best.path, scope.reachSec)
  const probable = startProbabilities(problemOf(narrow, voices, best.rates), scope.temperature)
  const startCosts = material.turns.map((_, i) => {
    const given = material.startCost(i)
    const costs = new Float64Array(material.atoms.length).fill(Number.POSITIVE_INFINITY)
    let any = false
    for (let j = narrow.low[i] ?? 0; j <= (narrow.high[i] ?? 0); j += 1) {
      if (probable.at(i, j) < scope.leastShare) continue
      costs[j] = given?.[j] ?? 0
      any = true
    }
    return any ? costs : given
  })
  const textCosts: PathProblem['textCosts'] = (i, from) => {
    const turn = material.turns[i]
    if (!turn) return null
    const sec = turn.units * (best.rates[turn.voice] ?? 0.04)
    return evidence.letters[i]?.costs(from, (sec * FRAMES_PER_SEC) / COARSE) ?? null
  }
  const usualText = VOICES.map((_, v) =>
    weightedMedian(
      material.turns.flatMap(({ voice, units }, i) => {
        const from = best.path.from[i] ?? 0
        const count = (best.path.until[i] ?? 0) - from
        const costs = voice === v && count > 0 ? textCosts(i, from) : null
        if (costs === null) return []
        const sec = Math.max(0.08, units * (best.rates[voice] ?? 0.04))
        return [{ value: -(costs[Math.min(costs.length, count) - 1] ?? 0) / sec, weight: sec }]
      }),
    ),
  )
  return { ...narrow, usualText, textCosts, startCost: (turn) => startCosts[turn] ?? null }
}

/** Paces that differ by less, as a logarithm, are the same. */
const SAME_PACE = 0.1

/** One turn's letters on its channel: what each place was found to cost is kept. */
class LettersOfTurn {
  readonly #sounds: Uint8Array
  readonly #heard: HeardSounds
  readonly #costs = new Map<number, Float32Array>()
  /** Points that the turn is believed to take. */
  #expected = 0

  constructor(sounds: Uint8Array, heard: HeardSounds) {
    this.#sounds = sounds
    this.#heard = heard
  }

  /**
   * What its being said from atom `from` on costs: at [n] when it ends with the n + 1st atom. Null where that atom is no speech on
   * its channel.
   *
   * @param expected points that it takes
   */
  costs(from: number, expected: number): Float32Array | null {
    if (Math.abs(Math.log(expected / this.#expected)) > SAME_PACE) {
      this.#costs.clear()
      this.#expected = expected
    }
    const known = this.#costs.get(from)
    if (known) return known
    const { points, scores } = this.#heard
    const { first, count } = points
    const begin = first[from] ?? 0
    if (first[from + 1] === begin) return null
    const limit = Math.min(count, Math.ceil(begin + 1.4 * this.#expected + 25))
    const pace = Math.max(1, this.#expected / this.#sounds.length)
    const ended = matchText(scores, this.#sounds, begin, limit, pace)
    const costs = costsAtEnds(ended, points, from, begin)
    this.#costs.set(from, costs)
    return costs
  }
}

function overChance(scores: Float32Array): Float32Array {
  for (let n = 0; n < scores.length; n += 1) scores[n] = (scores[n] ?? 0) - CHANCE
  return scores
}

/** From scores after each point to costs after each atom. */
function costsAtEnds(ended: Float32Array, { first }: SoundPoints, j: number, begin: number): Float32Array {
  const last = ended.length - 1
  let end = j + 1
  while (end < first.length - 1 && (first[end] ?? 0) - begin < last) end += 1
  const costs = new Float32Array(end - j)
  for (let n = 0; n < costs.length; n += 1) {
    const score = ended[Math.min((first[j + 1 + n] ?? 0) - begin, last)] ?? 0
    costs[n] = -TRUST * Math.max(score, -150)
  }
  return costs
}
