import type { Atom } from './atoms'
import { FRAMES_PER_SEC } from './features'
import { type Fit, type Material, problemOf } from './fit'
import { type StartProbabilities, startProbabilities } from './path'

/** What is known of a solution when it is judged. */
export interface Judged {
  readonly material: Material
  readonly best: Fit
  /** Per voice, summed over atoms: how well they suit it. */
  readonly evidence: readonly Float64Array[]
  /** Per turn its start, s; null: no speech of its own. */
  readonly starts: readonly (number | null)[]
  /** Per turn: the share of all solutions, the cheap ones above all, that start it there. */
  readonly agreeing: readonly number[]
}

/** A start within so many seconds counts as the same. */
export const SAME_START_SEC = 0.5
/** Costs count what they know more than once; probabilities are taken at that temperature. */
const TEMPERATURE = 3
/** Doubt, as a logarithm, for each second of speech before a turn that is nobody's; and the most of it. */
const LEFT_OUT_DOUBT = 0.5
const MOST_LEFT_OUT_SEC = 2
const MOST_DOUBT = 5
/** Turns to both sides that are looked at: turns go wrong in rows. */
const AROUND = 3
/**
 * What a turn's doubt means, that of its worse neighbour, and the mean around it: logistic regression over 160 synthetic calls, which
 * are used for no other measurement.
 */
const WEIGHTS = { none: 3.3, own: 0.98, beside: 0.17, around: 0.97 } as const

/** Per turn how probable it is that it starts within half a second of where it was found: 0 to 1. */
export function confidences(judged: Judged): number[] {
  const trust = trustsOf(judged)
  return trust.map((own, i) => {
    const beside = Math.min(trust[i - 1] ?? 0, trust[i + 1] ?? 0)
    const row = trust.slice(Math.max(0, i - AROUND), i + AROUND + 1)
    const around = row.reduce((sum, one) => sum + one, 0) / row.length
    const sum = WEIGHTS.none + WEIGHTS.own * own + WEIGHTS.beside * beside + WEIGHTS.around * around
    return 1 / (1 + Math.exp(-sum))
  })
}

/**
 * Per turn the logarithm, -MOST_DOUBT to 0, of: its start's probability, the share of solutions that agree, how ordinary its length
 * is, and how little speech before it was left out.
 */
function trustsOf({ material, best, evidence, starts, agreeing }: Judged): number[] {
  const { turns, atoms, anySpeech } = material
  const problem = problemOf(material, evidence, best.rates)
  const probabilities = startProbabilities(problem, TEMPERATURE)
  return turns.map((turn, i) => {
    const from = best.path.from[i] ?? 0
    const own = problem.speech[turn.voice]
    const frames = Math.max(1, (own?.[best.path.until[i] ?? 0] ?? 0) - (own?.[from] ?? 0))
    const strange = Math.abs(Math.log(frames / (problem.expected[i] ?? 1))) / (problem.deviation[i] ?? 1)
    const behindLast = i === 0 ? 0 : (anySpeech[best.path.until[i - 1] ?? 0] ?? 0)
    const leftOutSec = Math.min(MOST_LEFT_OUT_SEC, ((anySpeech[from] ?? 0) - behindLast) / FRAMES_PER_SEC)
    const probability = probabilityOf(probabilities, i, atoms, starts[i] ?? null)
    const trust =
      Math.log(Math.max(1e-9, probability * (agreeing[i] ?? 1))) -
      0.5 * Math.max(0, strange - 1) -
      LEFT_OUT_DOUBT * leftOutSec
    return Math.max(-MOST_DOUBT, Math.min(0, trust))
  })
}

/** That turn `i` begins within SAME_START_SEC of `startSec`; null: that it has no speech. */
function probabilityOf(
  probabilities: StartProbabilities,
  i: number,
  atoms: readonly Atom[],
  startSec: number | null,
): number {
  if (startSec === null) return probabilities.none(i)
  let sum = 0
  for (let j = probabilities.first(i); j <= probabilities.last(i); j += 1)
    if (Math.abs((atoms[j]?.start ?? 0) / FRAMES_PER_SEC - startSec) <= SAME_START_SEC)
      sum += probabilities.at(i, j)
  return sum
}
