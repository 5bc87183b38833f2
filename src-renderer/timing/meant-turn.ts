import type { Turn } from '@contract'
import { isUnspoken } from '../player/timeline'

/** What is known at the moment in which somebody says "this turn starts now". */
export interface Moment {
  /** Where the sound is, seconds. */
  sec: number
  /** The turn (its `index`) that is shown as heard; null: before the first. */
  activeTurn: number | null
  /** The turn that the reviewer went to and has not left since; null: none. */
  picked: number | null
}

/** A turn that was picked is still meant this long before its shown start (seconds): the reviewer went back to hear it begin. */
const AHEAD_SEC = 15
/** Said again within this time (seconds of the sound), it is the same turn's start: the first press was too early. */
const AGAIN_SEC = 0.7

/**
 * Which turn "starts now", as a reviewer means it; null where no turn was spoken.
 *
 * [Note: The turn that is meant] A turn that was gone to (J, K, a press on it) is meant until it has got its start, or
 * the sound has gone on to a later turn: whoever looks for a turn's beginning goes to it first. Otherwise the shown
 * times are nearly right, and what begins now is the turn whose shown start is nearest: the active one, when it was
 * shown too early, or the next one, when it is shown too late. A start that a person has set is right: that turn is
 * not meant again, unless it was set a moment ago (a second press corrects the first) or picked. The transcript shows
 * at any time which turn it is.
 */
export function meantTurn(turns: readonly Turn[], { sec, activeTurn, picked }: Moment): Turn | null {
  const spoken = spokenTurns(turns)
  const chosen = picked === null ? undefined : spoken.find((turn) => turn.index === picked)
  if (chosen && isStillMeant(chosen, sec, activeTurn)) return chosen
  const next = spoken.find((turn) => activeTurn === null || turn.index > activeTurn) ?? null
  const active = spoken.findLast((turn) => activeTurn !== null && turn.index <= activeTurn) ?? null
  if (!active || !next) return active ?? next
  if (active.anchor) {
    const isAgain = Math.abs(sec - (active.startSec ?? Number.NEGATIVE_INFINITY)) < AGAIN_SEC
    if (isAgain || next.anchor) return isAgain ? active : nearer(active, next, sec)
    return next
  }
  return next.anchor ? active : nearer(active, next, sec)
}

function isStillMeant({ index, startSec }: Turn, sec: number, activeTurn: number | null): boolean {
  if (activeTurn === index || startSec === null) return true
  return startSec > sec && startSec - sec <= AHEAD_SEC
}

const distance = ({ startSec }: Turn, sec: number): number =>
  startSec === null ? Number.POSITIVE_INFINITY : Math.abs(startSec - sec)

/** Where both are as near, the later one: starts are shown too late as often as too early, and it comes next. */
const nearer = (active: Turn, next: Turn, sec: number): Turn =>
  distance(active, sec) < distance(next, sec) ? active : next

let last: { turns: readonly Turn[]; spoken: readonly Turn[] } = { turns: [], spoken: [] }

/** The turns in which something was said, in the transcript's order; the last answer is kept, for it is asked in every frame. */
export function spokenTurns(turns: readonly Turn[]): readonly Turn[] {
  if (last.turns !== turns) last = { turns, spoken: turns.filter((turn) => !isUnspoken(turn.text)) }
  return last.spoken
}
