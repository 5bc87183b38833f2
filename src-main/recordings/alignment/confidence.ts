import type { Atom } from './atoms'
import { FRAMES_PER_SEC } from './features'
import { type Fit, type Material, problemOf } from './fit'
import { cheapestPath, type StartProbabilities, startProbabilities } from './path'
import { noEvidence } from './voices'

/** What is known of a solution when it is judged. */
export interface Judged {
  readonly material: Material
  readonly best: Fit
  /** Per voice, summed over atoms: how well they suit it. */
  readonly evidence: readonly Float64Array[]
  /** Per turn its start, s; null: no speech of its own. */
  readonly starts: readonly (number | null)[]
}

/** A start within so many seconds counts as the same. */
const SAME_START_SEC = 0.5
/** Costs count what they know more than once; probabilities are taken at that temperature. */
const TEMPERATURE = 3
/** The least logarithm of a probability that is told from a lesser one. */
const MOST_DOUBT = 5
const MOST_LEFT_OUT_SEC = 2
/** What letters can say for or against a turn, a tenth of a second of its speech. */
const LETTERS = { most: 2.5, least: -0.5 } as const
/** Turns to both sides that are looked at: turns go wrong in rows. */
const AROUND = 3
/**
 * What the signs of a turn and of those around it mean: logistic regression over 88 synthetic calls of voices that are used for no other
 * measurement (`--part compare`).
 */
const WEIGHTS = {
  none: 0.8,
  start: 0.46,
  startsAround: 0.76,
  letters: 1.1,
  lettersAround: 1.1,
  leftOutSec: -0.7,
  withoutVoices: 0.78,
} as const

/** Per turn how probable it is that it starts within a second of where it was found: 0 to 1. */
export function confidences(judged: Judged): number[] {
  const signs = signsOf(judged)
  return signs.map((own, i) => {
    const row = signs.slice(Math.max(0, i - AROUND), i + AROUND + 1)
    const around = (sign: 'start' | 'letters'): number =>
      row.reduce((sum, one) => sum + one[sign], 0) / row.length
    const sum =
      WEIGHTS.none +
      WEIGHTS.start * own.start +
      WEIGHTS.startsAround * around('start') +
      WEIGHTS.letters * own.letters +
      WEIGHTS.lettersAround * around('letters') +
      WEIGHTS.leftOutSec * own.leftOutSec +
      WEIGHTS.withoutVoices * own.withoutVoices
    return 1 / (1 + Math.exp(-sum))
  })
}

/** What speaks for and against one turn's start. */
interface Signs {
  /** The logarithm of the start's probability, -MOST_DOUBT to 0. */
  readonly start: number
  /** How much better the turn's letters suit its speech than chance, a tenth of a second. */
  readonly letters: number
  /** Speech right before it that is nobody's. */
  readonly leftOutSec: number
  /** 1 where it would start there even if nothing were known of who speaks, else 0. */
  readonly withoutVoices: number
}

function signsOf({ material, best, evidence, starts }: Judged): Signs[] {
  const { turns, atoms, anySpeech } = material
  const problem = problemOf(material, evidence, best.rates)
  const probabilities = startProbabilities(problem, TEMPERATURE)
  const voiceless = cheapestPath({ ...problem, evidence: noEvidence(atoms.length) })
  const startOf = (k: number): number => (atoms[k]?.start ?? 0) / FRAMES_PER_SEC
  return turns.map((turn, i) => {
    const from = best.path.from[i] ?? 0
    const until = best.path.until[i] ?? 0
    const own = problem.speech[turn.voice]
    const frames = Math.max(1, (own?.[until] ?? 0) - (own?.[from] ?? 0))
    const letters = from === until ? null : (problem.textCosts?.(i, from) ?? null)
    const score = letters === null ? 0 : -(letters[Math.min(letters.length, until - from) - 1] ?? 0)
    const behindLast = i === 0 ? 0 : (anySpeech[best.path.until[i - 1] ?? 0] ?? 0)
    const start = starts[i] ?? null
    const there = voiceless.from[i] ?? 0
    const same =
      start !== null && there !== voiceless.until[i] && Math.abs(startOf(there) - start) <= SAME_START_SEC
    return {
      start: Math.max(-MOST_DOUBT, Math.log(probabilityOf(probabilities, i, atoms, start))),
      letters: Math.max(LETTERS.least, Math.min(LETTERS.most, (10 * score) / frames)),
      leftOutSec: Math.min(MOST_LEFT_OUT_SEC, ((anySpeech[from] ?? 0) - behindLast) / FRAMES_PER_SEC),
      withoutVoices: same ? 1 : 0,
    }
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
