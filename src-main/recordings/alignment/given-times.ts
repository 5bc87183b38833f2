import type { Atom } from './atoms'
import { FRAMES_PER_SEC } from './features'
import type { SpokenTurn } from './turns'

/** A vendor's time that is off by no more costs nothing. */
const TOLERANCE_SEC = 0.3
const COST_PER_SEC = 4
/** An outlier costs no more than that: the sound then decides. */
const MOST_COST = 9
/** A person's anchor outweighs everything. */
const ANCHOR_COST_PER_SEC = 400

/** What it costs a turn to begin with an atom, by the times that are given; null where none is. */
export function startCosts(
  turns: readonly SpokenTurn[],
  atoms: readonly Atom[],
): (turn: number) => Float64Array | null {
  const costs = turns.map(({ startSec, anchorSec }) => {
    if (startSec === null && anchorSec === null) return null
    return Float64Array.from(atoms, (atom) => {
      const at = atom.start / FRAMES_PER_SEC
      if (anchorSec !== null) {
        const off = Math.abs(at - anchorSec)
        return off <= TOLERANCE_SEC ? off : ANCHOR_COST_PER_SEC * off
      }
      const off = Math.abs(at - (startSec ?? 0)) - TOLERANCE_SEC
      return Math.min(MOST_COST, COST_PER_SEC * Math.max(0, off))
    })
  })
  return (turn) => costs[turn] ?? null
}
