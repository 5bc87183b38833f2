import type { Atom } from './atoms'
import { type ChannelFeatures, COARSE, FRAMES_PER_SEC } from './features'
import { type Fit, type Material, near } from './fit'
import type { PathProblem } from './path'
import { soundClasses } from './sound-classes'
import {
  adaptModels,
  classScores,
  matchText,
  type SoundModels,
  type SoundPoints,
  soundPoints,
} from './text-match'

/** How much of a point's score is believed: neighbours repeat each other, and letters are not sounds. */
const TRUST = 0.15
/** What a point scores on average under a text that is not said there. */
const CHANCE = 0.5
/** How far from where a turn is believed to begin it is looked for, s of speech. */
const REACH_SEC = 12
const LEAST_SOUNDS = 4

/** The sounds of a call beside the letters of its turns. */
export interface SoundEvidence {
  readonly points: SoundPoints
  /** Per turn the classes of its sounds; empty where its script does not tell. */
  readonly classes: readonly Uint8Array[]
}

/** Null when no turn's letters tell of sounds. */
export function soundEvidence(
  channels: readonly ChannelFeatures[],
  material: Material,
): SoundEvidence | null {
  const classes = material.turns.map(({ text }) => soundClasses(text.slice(0, 5000)))
  if (classes.every((sounds) => sounds.length < LEAST_SOUNDS)) return null
  return { points: soundPoints(channels, material.atoms), classes }
}

/** The call's own sounds, as a path shows them: each turn's letters laid over its speech. */
export function soundsOnPath(
  { points, classes }: SoundEvidence,
  { path }: Fit,
  before: SoundModels,
): SoundModels {
  const scores = classScores(points, before)
  const heard = new Uint8Array(points.count).fill(255)
  for (const [i, sounds] of classes.entries()) {
    const from = points.first[path.from[i] ?? 0] ?? 0
    const until = points.first[path.until[i] ?? 0] ?? 0
    if (sounds.length < LEAST_SOUNDS || until - from < sounds.length) continue
    matchText(scores, sounds, from, until, (until - from) / sounds.length, heard)
  }
  return adaptModels(points, heard)
}

/**
 * The material with costs for how well each turn's letters suit the speech, looked for near `best`: turns there can begin no further
 * than REACH_SEC from where they do.
 */
export function withText(
  material: Material,
  evidence: SoundEvidence,
  best: Fit,
  models: SoundModels,
): Material {
  const { points, classes } = evidence
  const scores = classScores(points, models)
  for (let c = 0; c < scores.length; c += 1) scores[c] = (scores[c] ?? 0) - CHANCE
  const narrow = near(material, best.path, REACH_SEC)
  const tables = material.turns.map((turn, i) => {
    const sounds = classes[i] ?? new Uint8Array()
    if (sounds.length < LEAST_SOUNDS) return null
    const sec = turn.units * (best.rates[turn.voice] ?? 0.04)
    const expected = (sec * FRAMES_PER_SEC) / COARSE
    const low = narrow.low[i] ?? 0
    return Array.from({ length: Math.max(0, (narrow.high[i] ?? 0) - low + 1) }, (_, r) => {
      const j = low + r
      const from = points.first[j] ?? 0
      const limit = Math.min(points.count, Math.ceil(from + 1.4 * expected + 25))
      const ended = matchText(scores, sounds, from, limit, Math.max(1, expected / sounds.length))
      return costsAtEnds(ended, points, material.atoms, j, from)
    })
  })
  const textCost: PathProblem['textCost'] = (turn, from, until) => {
    const table = tables[turn]
    if (!table) return 0
    const costs = table[from - (narrow.low[turn] ?? 0)]
    if (!costs || costs.length === 0) return 0
    return costs[Math.min(costs.length, until - from) - 1] ?? 0
  }
  return { ...narrow, textCost }
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
