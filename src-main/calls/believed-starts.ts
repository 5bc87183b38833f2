import { partitionPoint } from '@contract'
import type { VendorTimedText } from './timing'

/** A start that somebody told and that can be true. */
export interface Believed {
  readonly startSec: number
  /** The vendor's, where it is one. */
  readonly endSec: number | null
  readonly timing: 'vendor' | 'manual'
}

/**
 * People's anchors, by the turn's place, as starts that never decrease and lie within the call: where two contradict each
 * other, the later set stays and the other is moved next to it.
 */
export function believedAnchors(
  anchors: ReadonlyMap<number, { readonly startSec: number; readonly setAtMs: number }>,
  duration: number | null,
): Map<number, number> {
  const settled = new Map<number, number>()
  /** The turns that are settled, in order; their starts never decrease. */
  const inOrder: number[] = []
  const newestFirst = [...anchors]
    .filter(([, { startSec }]) => Number.isFinite(startSec))
    .sort(([a, one], [b, other]) => other.setAtMs - one.setAtMs || a - b)
  for (const [index, { startSec }] of newestFirst) {
    const place = partitionPoint(inOrder.length, (at) => (inOrder[at] ?? 0) < index)
    const least = settled.get(inOrder[place - 1] ?? -1) ?? 0
    const most = settled.get(inOrder[place] ?? -1) ?? duration ?? Number.POSITIVE_INFINITY
    settled.set(index, Math.max(least, Math.min(most, startSec)))
    inOrder.splice(place, 0, index)
  }
  return settled
}

/**
 * The starts that are believed, by the turn's place: anchors, and the vendor's that can be true beside them: finite, within
 * the call, never decreasing. Where some contradict others, the most that agree are believed (the longest
 * non-decreasing subsequence).
 */
export function believedStarts(
  turns: readonly VendorTimedText[],
  duration: number | null,
  anchors: ReadonlyMap<number, number>,
): Map<number, Believed> {
  const starts = longestAgreeing(possible(turns, duration, anchors))
  const believed = new Map<number, Believed>()
  for (const [index, { endSec }] of turns.entries()) {
    const manual = anchors.get(index)
    const vendor = starts.get(index)
    if (manual !== undefined) believed.set(index, { startSec: manual, endSec: null, timing: 'manual' })
    else if (vendor !== undefined)
      believed.set(index, {
        startSec: vendor,
        endSec: believableEnd(endSec, vendor, duration),
        timing: 'vendor',
      })
  }
  return believed
}

interface Given {
  readonly index: number
  readonly startSec: number
  previous: number
}

/** The vendor's starts that are possible each by itself: within the call, and on the right side of every anchor. */
function possible(
  turns: readonly VendorTimedText[],
  duration: number | null,
  anchors: ReadonlyMap<number, number>,
): Given[] {
  const most: number[] = []
  let limit = duration ?? Number.POSITIVE_INFINITY
  for (let i = turns.length - 1; i >= 0; i -= 1) {
    most[i] = limit
    limit = Math.min(limit, anchors.get(i) ?? limit)
  }
  let least = 0
  return turns.flatMap(({ startSec }, index) => {
    const anchor = anchors.get(index)
    if (anchor !== undefined) {
      least = Math.max(least, anchor)
      return []
    }
    const isPossible =
      startSec !== null &&
      Number.isFinite(startSec) &&
      startSec >= least &&
      startSec <= (most[index] ?? limit)
    return isPossible ? [{ index, startSec, previous: -1 }] : []
  })
}

function longestAgreeing(given: readonly Given[]): Map<number, number> {
  // Patience sorting: `tails[k]` is the place in `given` of the smallest end of an agreeing row of k + 1.
  const tails: number[] = []
  for (const [place, item] of given.entries()) {
    const row = partitionPoint(tails.length, (k) => {
      const tail = given[tails[k] ?? 0]
      return tail !== undefined && tail.startSec <= item.startSec
    })
    item.previous = row > 0 ? (tails[row - 1] ?? -1) : -1
    tails[row] = place
  }
  const starts = new Map<number, number>()
  for (let place = tails.at(-1) ?? -1; place >= 0; ) {
    const item = given[place]
    if (!item) break
    starts.set(item.index, item.startSec)
    place = item.previous
  }
  return starts
}

const believableEnd = (endSec: number | null, startSec: number, duration: number | null): number | null =>
  endSec !== null && Number.isFinite(endSec) && endSec >= startSec
    ? Math.min(endSec, duration ?? endSec)
    : null
