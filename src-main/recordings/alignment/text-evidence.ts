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
/** How far from where a turn is believed to begin it is looked for, s of speech. */
const REACH_SEC = 12
const LEAST_SOUNDS = 4
/** A start that is less probable before the text is read is not looked at; at that temperature. */
const LEAST_SHARE = 0.0003
const TEMPERATURE = 3

/** The sounds of a call beside the letters of its turns. */
export interface SoundEvidence {
  /** One for each channel. */
  readonly points: readonly SoundPoints[]
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
  return {
    points: channels.map((channel, c) => soundPoints(channel, c, material.atoms)),
    heardOn: ownChannel.map((channel) => (channels.length === 1 ? 0 : channel)),
    classes,
  }
}

/** How each voice's sounds are, as a path shows them: each turn's letters laid over its speech. */
export function soundsOnPath(
  { points, heardOn, classes }: SoundEvidence,
  { turns }: Material,
  { path }: Fit,
): SoundModels[] {
  const prior = priorModels()
  const scores = points.map((some) => classScores(some, prior))
  return heardOn.map((channel, voice) => {
    const some = channel === null ? undefined : points[channel]
    const mine = channel === null ? undefined : scores[channel]
    if (!some || !mine) return prior
    const heard = new Uint8Array(some.count).fill(255)
    for (const [i, sounds] of classes.entries()) {
      // One channel's sounds are too few for each voice to have its own.
      if (points.length > 1 && turns[i]?.voice !== voice) continue
      const from = some.first[path.from[i] ?? 0] ?? 0
      const until = some.first[path.until[i] ?? 0] ?? 0
      if (sounds.length < LEAST_SOUNDS || until - from < sounds.length) continue
      matchText(mine, sounds, from, until, (until - from) / sounds.length, heard)
    }
    return adaptModels(some, heard, prior)
  })
}

/**
 * The material with costs for how well each turn's letters suit the speech, looked for near `best`: turns there can begin no further
 * than REACH_SEC from where they do, and only where they may without their letters.
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
): Material {
  const { points, heardOn, classes } = evidence
  const scores = heardOn.map((channel, voice) => {
    const some = channel === null ? undefined : points[channel]
    const model = models[voice]
    return some && model ? classScores(some, model).map((score) => score - CHANCE) : null
  })
  const narrow = near(material, best.path, REACH_SEC)
  const width = material.atoms.length + 1
  const probable = startProbabilities(problemOf(narrow, voices, best.rates), TEMPERATURE)
  const startCosts = material.turns.map((_, i) => {
    const row = probable.subarray(i * width, (i + 1) * width - 1)
    const given = material.startCost(i)
    if (row.every((share) => share < LEAST_SHARE)) return given
    return Float64Array.from(row, (share, j) =>
      share < LEAST_SHARE ? Number.POSITIVE_INFINITY : (given?.[j] ?? 0),
    )
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
  const textCost: PathProblem['textCost'] = (turn, from, until) => {
    const costs = tables[turn]?.[from - (narrow.low[turn] ?? 0)]
    if (!costs || costs.length === 0) return 0
    return costs[Math.min(costs.length, until - from) - 1] ?? 0
  }
  return { ...narrow, textCost, startCost: (turn) => startCosts[turn] ?? null }
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
