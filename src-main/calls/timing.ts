import type { SpeechSegments, TimingSource } from '@contract'
import { type Believed, believedAnchors, believedStarts } from './believed-starts'
import { keepAligned } from './keep-aligned'
import { SpeechAxis } from './speech-axis'
import { spokenLength } from './spoken-length'

/** A turn as the vendor timed it, in seconds from the call's start; null where it did not. */
export interface VendorTimedText {
  text: string
  startSec: number | null
  endSec: number | null
}

/** What is known of a call's turns beside what the vendor says. */
export interface KnownTimes {
  /** When people said that turns begin, by the turn's place; `setAtMs`: of two that contradict each other the later counts. */
  readonly anchors?: ReadonlyMap<number, { readonly startSec: number; readonly setAtMs: number }>
  /** What the sound told, one for each turn. */
  readonly aligned?: readonly AlignedTurnTimes[] | null
  /** Where somebody speaks, channel by channel. */
  readonly speech?: readonly SpeechSegments[]
}

export interface AlignedTurnTimes {
  readonly startSec: number
  readonly endSec: number
  /** 0 to 1. */
  readonly confidence: number
}

export interface TurnTimes {
  startSec: number | null
  endSec: number | null
  timing: TimingSource | null
  /** Of an estimate: 0 where nobody listened, up to 1; else null. */
  confidence: number | null
}

/** A turn whose start is settled. */
export interface SettledTurn {
  readonly startSec: number
  /** null: where the next one begins, or earlier by the length of its text. */
  readonly endSec: number | null
  readonly timing: TimingSource
  readonly confidence: number | null
}

/** `spokenLength` units a second of ordinary speech; only used where nothing else tells how fast people spoke. */
const UNITS_PER_SEC = 25
/** Of turns that are fitted between a person's anchor and what the sound told beyond. */
const FITTED_CONFIDENCE = 0.3

/**
 * The best times known, in order of trust: a person's anchors (`manual`), the vendor's starts (`vendor`), what the sound told
 * as far as it agrees with those, and in between the time shared by how long the turns take to say (both `estimated`),
 * over speech where it is known where that is. Unspoken turns ("---") take no time. Vendor starts that contradict an
 * anchor, the order of the turns or the call's length are not believed.
 *
 * Starts are finite and never decrease, each end is at or behind its start, all lie within [0, durationSec]. Without a
 * duration and anything else, all are null. `durationSec`: the audio's own where known, else the vendor's.
 */
export function estimateTurnTimes(
  turns: readonly VendorTimedText[],
  durationSec: number | null,
  { anchors = new Map(), aligned = null, speech = [] }: KnownTimes = {},
): TurnTimes[] {
  const duration =
    durationSec !== null && Number.isFinite(durationSec) && durationSec > 0 ? durationSec : null
  const believed = believedStarts(turns, duration, believedAnchors(anchors, duration))
  const heard = aligned?.length === turns.length ? aligned : null
  if (duration === null && believed.size === 0 && heard === null)
    return turns.map(() => ({ startSec: null, endSec: null, timing: null, confidence: null }))

  const lengths = turns.map((turn) => spokenLength(turn.text))
  const axis = new SpeechAxis(speech)
  const settled = heard ? keepAligned(believed, heard, lengths, axis, duration) : settledOf(believed)
  return inOrder(
    shareTheRest(lengths, settled, { duration, axis, confidence: heard ? FITTED_CONFIDENCE : 0 }),
    duration,
  )
}

/** Whether some turn's start is neither the vendor's nor a person's. */
export function lacksTimes(
  turns: readonly VendorTimedText[],
  durationSec: number | null,
  anchors: NonNullable<KnownTimes['anchors']>,
): boolean {
  const duration = durationSec !== null && durationSec > 0 ? durationSec : null
  return believedStarts(turns, duration, believedAnchors(anchors, duration)).size < turns.length
}

const settledOf = (believed: ReadonlyMap<number, Believed>): Map<number, SettledTurn> =>
  new Map([...believed].map(([index, one]) => [index, { ...one, confidence: null }]))

type Times = { startSec: number; endSec: number; timing: TimingSource; confidence: number | null }

/** All turns' times: what is settled, and the others in the room between. */
function shareTheRest(
  lengths: readonly number[],
  settled: ReadonlyMap<number, SettledTurn>,
  { duration, axis, confidence }: { duration: number | null; axis: SpeechAxis; confidence: number },
): Times[] {
  const share = (from: number, until: number, begin: number, limit: number): Times[] =>
    axis
      .share(lengths.slice(from, until), begin, limit)
      .map((times) => ({ ...times, timing: 'estimated', confidence }))
  const times: Times[] = []
  let next = 0
  while (next < lengths.length) {
    const point = settled.get(next)
    let stop = next + 1
    while (stop < lengths.length && !settled.has(stop)) stop += 1
    const begin = point?.startSec ?? 0
    const end = point?.endSec ?? null
    const limit =
      settled.get(stop)?.startSec ??
      duration ??
      (end === null
        ? begin + sum(lengths.slice(next, stop)) / UNITS_PER_SEC
        : end + sum(lengths.slice(next + 1, stop)) / UNITS_PER_SEC)
    if (point === undefined) times.push(...share(next, stop, begin, limit))
    else {
      const { timing, confidence: own } = point
      const shared =
        end === null ? share(next, stop, begin, limit) : share(next + 1, stop, Math.min(end, limit), limit)
      const ownEnd = end ?? shared.shift()?.endSec ?? begin
      times.push({ startSec: begin, endSec: ownEnd, timing, confidence: own }, ...shared)
    }
    next = stop
  }
  return times
}

/** Whatever was put in, starts never decrease and all lies within the call. */
function inOrder(times: readonly Times[], duration: number | null): Times[] {
  const most = duration ?? Number.POSITIVE_INFINITY
  let least = 0
  return times.map((turn) => {
    const startSec = Math.min(most, Math.max(least, turn.startSec))
    least = startSec
    return { ...turn, startSec, endSec: Math.min(most, Math.max(startSec, turn.endSec)) }
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
