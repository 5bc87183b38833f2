import type { AlignedTurn, SpokenTurn, TurnToAlign } from './turns'

/** Where one spoken turn was found; `times` null when it has no speech of its own. */
export interface Placed {
  readonly times: { readonly startSec: number; readonly endSec: number } | null
  readonly confidence: number
}

/** Starts are at least that far apart, s, where the recording is long enough. */
const LEAST_STEP_SEC = 0.01

/**
 * Times for all turns, the unspoken and the unfound too: these share the room between their neighbours' speech (unspoken
 * ones stand right before what is said next). Starts increase strictly and lie within [0, durationSec].
 */
export function placeAll(
  turns: readonly TurnToAlign[],
  spoken: readonly SpokenTurn[],
  placed: readonly Placed[],
  durationSec: number,
): AlignedTurn[] {
  const duration = Number.isFinite(durationSec) && durationSec > 0 ? durationSec : 0
  const starts: (number | null)[] = turns.map(() => null)
  const ends: (number | null)[] = turns.map(() => null)
  const confidences = turns.map(() => 0)
  const units = turns.map(() => 0)
  for (const [i, turn] of spoken.entries()) {
    units[turn.index] = turn.units
    const found = placed[i]
    starts[turn.index] = found?.times?.startSec ?? null
    ends[turn.index] = found?.times?.endSec ?? null
    confidences[turn.index] = found?.confidence ?? 0
    // A person's word needs no sound.
    if (turn.anchorSec !== null) {
      starts[turn.index] = Math.max(0, Math.min(duration, turn.anchorSec))
      confidences[turn.index] = 1
    }
  }
  share(starts, ends, units, duration)
  keepToAnchors(starts, spoken, duration)
  const fixed = increasing(
    starts.map((start) => start ?? 0),
    duration,
  )
  return turns.map((_, index) => {
    const startSec = fixed[index] ?? 0
    const endSec = Math.min(
      Math.max(startSec, ends[index] ?? fixed[index + 1] ?? duration),
      Math.max(duration, startSec),
    )
    return { index, startSec, endSec, confidence: confidences[index] ?? 0 }
  })
}

/** Moves estimates that lie on the wrong side of a person's anchor next to it: anchors stay, as far as they agree. */
function keepToAnchors(starts: (number | null)[], spoken: readonly SpokenTurn[], duration: number): void {
  const anchored = new Set(spoken.flatMap(({ index, anchorSec }) => (anchorSec === null ? [] : [index])))
  if (anchored.size === 0) return
  const step = Math.min(LEAST_STEP_SEC, duration / (starts.length + 1))
  let most = Number.POSITIVE_INFINITY
  for (let i = starts.length - 1; i >= 0; i -= 1) {
    if (!anchored.has(i)) starts[i] = Math.min(starts[i] ?? 0, most - step)
    if (anchored.has(i) || most !== Number.POSITIVE_INFINITY) most = Math.min(most, starts[i] ?? 0)
  }
}

/** Fills in what has no start: between the end of what is before and the start of what follows, by length of text. */
function share(
  starts: (number | null)[],
  ends: readonly (number | null)[],
  units: readonly number[],
  duration: number,
): void {
  for (let i = 0; i < starts.length; i += 1) {
    if (starts[i] !== null) continue
    let next = i
    while (next < starts.length && starts[next] === null) next += 1
    const until = starts[next] ?? duration
    const from = Math.min(until, i === 0 ? 0 : (ends[i - 1] ?? starts[i - 1] ?? 0))
    const total = units.slice(i, next).reduce((sum, unit) => sum + unit, 0)
    let before = 0
    for (let k = i; k < next; k += 1) {
      starts[k] = total === 0 ? until : from + ((until - from) * before) / total
      before += units[k] ?? 0
    }
    i = next
  }
}

/** The nearest starts that increase strictly within [0, duration]; behind an empty recording they are 1 ms apart. */
function increasing(starts: readonly number[], duration: number): number[] {
  const count = starts.length
  if (duration === 0) return starts.map((_, i) => i / 1000)
  const step = Math.min(LEAST_STEP_SEC, duration / (count + 1))
  const result = starts.map((start) => (Number.isFinite(start) ? start : 0))
  let least = 0
  for (let i = 0; i < count; i += 1) {
    least = Math.max(least, result[i] ?? 0)
    result[i] = least
    least += step
  }
  let most = duration
  for (let i = count - 1; i >= 0; i -= 1) {
    result[i] = Math.min(result[i] ?? 0, most)
    most = Math.max(0, (result[i] ?? 0) - step)
  }
  return result
}
