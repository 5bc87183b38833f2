import type { Atom } from './atoms'
import { type ChannelFeatures, COARSE, FRAMES_PER_SEC } from './features'
import { type Fit, type Material, near, problemOf } from './fit'
import { type PathProblem, startProbabilities } from './path'
import { soundClasses } from './sound-classes'
import {
  adaptModels,
  classScores,
  matchText,
  priorModels,
  type SoundModels,
  type SoundPoints,
  soundPoints,
} from './text-match'

/** How much of a point's score is believed: neighbours repeat each other, and letters are not sounds. */
const TRUST = 0.07
/** What a point scores on average under a text that is not said there. */
const CHANCE = 0.5
const LEAST_SOUNDS = 4
/** How often a path's sounds are listened to. */
const LISTENINGS = 2
/** Points that count as much as what is believed beforehand: of a channel's sounds, of a voice's on it. */
const RELEVANCE = 40
const VOICE_RELEVANCE = 40

/** Where letters are looked for. */
interface Scope {
  /** How far from where a turn is believed to begin, s of speech. */
  readonly reachSec: number
  /** A start that is less probable before the text is read is not looked at; at that temperature. */
  readonly leastShare: number
  readonly temperature: number
}

/** While little is known of a call, and once it is. */
export const WIDE: Scope = { reachSec: 25, leastShare: 1e-5, temperature: 8 }
export const NEAR: Scope = { reachSec: 12, leastShare: 1e-3, temperature: 3 }

/** The sounds of a call beside the letters of its turns. */
export interface SoundEvidence {
  /** One for each channel. */
  readonly points: readonly SoundPoints[]
  /** Likewise: what their points score as sounds usually are. */
  readonly usual: readonly Float32Array[]
  /** Per voice its channel, as an index of `points`; null where it may be any of several. */
  readonly heardOn: readonly (number | null)[]
  /** Per turn the classes of its sounds; empty where its script does not tell. */
  readonly classes: readonly Uint8Array[]
}

/**
 * Null when no turn's letters tell of sounds.
 *
 * @param ownChannel per voice, the channel that its speech is on; null: any
 */
export function soundEvidence(
  channels: readonly ChannelFeatures[],
  ownChannel: readonly (number | null)[],
  material: Material,
): SoundEvidence | null {
  const classes = material.turns.map(({ text }) => soundClasses(text.slice(0, 5000)))
  if (classes.every((sounds) => sounds.length < LEAST_SOUNDS)) return null
  const points = channels.map((channel, c) => soundPoints(channel, c, material.atoms))
  const prior = priorModels()
  return {
    points,
    usual: points.map((some) => classScores(some, prior)),
    heardOn: ownChannel.map((channel) => (channels.length === 1 ? 0 : channel)),
    classes,
  }
}

/**
 * How each voice's sounds are, as a path shows them: each turn's letters laid over its speech, first as sounds usually are, then as
 * they proved to be. A channel's sounds differ from the usual ones; those of two voices on one channel again from each other.
 */
export function soundsOnPath(
  { points, usual, heardOn, classes }: SoundEvidence,
  { turns }: Material,
  { path }: Fit,
): SoundModels[] {
  const prior = priorModels()
  const models = heardOn.map(() => prior)
  for (const [channel, some] of points.entries()) {
    const voices = heardOn.flatMap((on, voice) => (on === channel ? [voice] : []))
    for (let round = 0; round < LISTENINGS; round += 1) {
      const scores = new Map([[prior, usual[channel] ?? new Float32Array()]])
      const heard = voices.map((voice) => {
        const model = models[voice] ?? prior
        const mine = scores.get(model) ?? classScores(some, model)
        scores.set(model, mine)
        const sounds = new Uint8Array(some.count).fill(255)
        for (const [i, own] of classes.entries()) {
          if (turns[i]?.voice !== voice) continue
          const from = some.first[path.from[i] ?? 0] ?? 0
          const until = some.first[path.until[i] ?? 0] ?? 0
          if (own.length < LEAST_SOUNDS || until - from < own.length) continue
          matchText(mine, own, from, until, (until - from) / own.length, sounds)
        }
        return sounds
      })
      // Where two voices' turns meet, either may count.
      const all = new Uint8Array(some.count).fill(255)
      for (const own of heard) for (const [p, sound] of own.entries()) if (sound !== 255) all[p] = sound
      const common = adaptModels(some, all, prior, RELEVANCE)
      for (const [v, voice] of voices.entries())
        models[voice] =
          voices.length === 1 ? common : adaptModels(some, heard[v] ?? all, common, VOICE_RELEVANCE)
    }
  }
  return models
}

/**
 * The material with costs for how well each turn's letters suit the speech, looked for near `best`: turns can begin in
 * `scope` alone.
 *
 * @param voices per voice, summed over atoms: how well these suit it
 * @param models per voice
 */
export function withText(
  material: Material,
  evidence: SoundEvidence,
  best: Fit,
  voices: readonly Float64Array[],
  models: readonly SoundModels[],
  scope: Scope,
): Material {
  const { points, heardOn, classes } = evidence
  const scores = heardOn.map((channel, voice) => {
    const some = channel === null ? undefined : points[channel]
    const model = models[voice]
    return some && model && material.turns.some((turn) => turn.voice === voice)
      ? overChance(classScores(some, model))
      : null
  })
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
  const tables = material.turns.map((turn, i) => {
    const sounds = classes[i] ?? new Uint8Array()
    const mine = scores[turn.voice]
    const some = points[heardOn[turn.voice] ?? -1]
    // Nobody says a text in less time than one point a sound.
    if (sounds.length < LEAST_SOUNDS || !mine || !some || sounds.length > some.count) return null
    const sec = turn.units * (best.rates[turn.voice] ?? 0.04)
    const expected = (sec * FRAMES_PER_SEC) / COARSE
    const low = narrow.low[i] ?? 0
    return Array.from({ length: Math.max(0, (narrow.high[i] ?? 0) - low + 1) }, (_, r) => {
      const j = low + r
      // What does not begin with speech of its own is no start.
      if (some.first[j + 1] === some.first[j] || startCosts[i]?.[j] === Number.POSITIVE_INFINITY) return null
      const from = some.first[j] ?? 0
      const limit = Math.min(some.count, Math.ceil(from + 1.4 * expected + 25))
      const ended = matchText(mine, sounds, from, limit, Math.max(1, expected / sounds.length))
      return costsAtEnds(ended, some, material.atoms, j, from)
    })
  })
  const textCosts: PathProblem['textCosts'] = (turn, from) =>
    tables[turn]?.[from - (narrow.low[turn] ?? 0)] ?? null
  return { ...narrow, textCosts, startCost: (turn) => startCosts[turn] ?? null }
}

function overChance(scores: Float32Array): Float32Array {
  for (let n = 0; n < scores.length; n += 1) scores[n] = (scores[n] ?? 0) - CHANCE
  return scores
}

/** From scores after each point to costs after each atom. */
function costsAtEnds(
  ended: Float32Array,
  points: SoundPoints,
  atoms: readonly Atom[],
  j: number,
  from: number,
): Float32Array {
  const costs: number[] = []
  for (let k = j + 1; k <= atoms.length; k += 1) {
    const at = (points.first[k] ?? 0) - from
    const score = ended[Math.min(at, ended.length - 1)] ?? 0
    costs.push(-TRUST * Math.max(score, -150))
    if (at >= ended.length - 1) break
  }
  return Float32Array.from(costs)
}
