import type { Truth } from './align-calls'

/** How far one call's estimate is from the truth. */
export interface CallScore {
  /** |estimated - true start| of each spoken turn, s. */
  readonly errors: readonly number[]
  /** The confidence of the same turns. */
  readonly confidences: readonly number[]
  /** Spoken time, and that in which the turn that began last is the active one, s. */
  readonly spokenSec: number
  readonly inStepSec: number
}

const STEP_SEC = 0.01

/** Scores starts against the truth; the active turn is the last one that has begun. */
export function scoreCall(
  truth: readonly Truth[],
  estimated: readonly { startSec: number; confidence: number }[],
): CallScore {
  const errors: number[] = []
  const confidences: number[] = []
  const spoken: { index: number; startSec: number; endSec: number }[] = []
  for (const [index, { startSec, endSec }] of truth.entries()) {
    if (startSec === null || endSec === null) continue
    spoken.push({ index, startSec, endSec })
    errors.push(Math.abs((estimated[index]?.startSec ?? 0) - startSec))
    confidences.push(estimated[index]?.confidence ?? 0)
  }
  let spokenSteps = 0
  let inStep = 0
  let at = -1
  let active = -1
  for (let sec = 0; sec < (spoken.at(-1)?.endSec ?? 0); sec += STEP_SEC) {
    while ((spoken[at + 1]?.startSec ?? Number.POSITIVE_INFINITY) <= sec) at += 1
    while ((estimated[active + 1]?.startSec ?? Number.POSITIVE_INFINITY) <= sec) active += 1
    if (!spoken.some((turn) => turn.startSec <= sec && sec < turn.endSec)) continue
    spokenSteps += 1
    if (spoken[at]?.index === active) inStep += 1
  }
  return { errors, confidences, spokenSec: spokenSteps * STEP_SEC, inStepSec: inStep * STEP_SEC }
}

export interface Summary {
  readonly calls: number
  readonly turns: number
  readonly median: number
  readonly p90: number
  readonly p95: number
  /** 0..1 */
  readonly inStep: number
  /** Share of the errors over 1 s that the least confident tenth of the turns holds; null when there is no such error. */
  readonly toldShare: number | null
  readonly errorsOver1Sec: number
}

/** All calls of a kind together. */
export function summarise(scores: readonly CallScore[]): Summary {
  const turns = scores.flatMap(({ errors, confidences }) =>
    errors.map((error, i) => ({ error, confidence: confidences[i] ?? 0 })),
  )
  const errors = turns.map((turn) => turn.error).sort((a, b) => a - b)
  const at = (share: number): number =>
    errors[Math.min(errors.length - 1, Math.floor(share * errors.length))] ?? 0
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const wrong = turns.filter((turn) => turn.error > 1).length
  const least = turns.toSorted((a, b) => a.confidence - b.confidence).slice(0, Math.ceil(turns.length / 10))
  return {
    calls: scores.length,
    turns: turns.length,
    median: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    inStep: sum(scores.map((s) => s.inStepSec)) / (sum(scores.map((s) => s.spokenSec)) || 1),
    toldShare: wrong === 0 ? null : least.filter((turn) => turn.error > 1).length / wrong,
    errorsOver1Sec: wrong,
  }
}
