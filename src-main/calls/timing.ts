import type { TimingSource } from '@contract'
import { spokenLength } from './spoken-length'

/** A turn as the vendor timed it, in seconds from the call's start; null where it did not. */
export interface VendorTimedText {
  text: string
  startSec: number | null
  endSec: number | null
}

export interface TurnTimes {
  startSec: number | null
  endSec: number | null
  timing: TimingSource | null
}

/** `spokenLength` units a second of ordinary speech; only used where nothing else tells how fast people spoke. */
const UNITS_PER_SEC = 25

/**
 * The best times known without listening. A vendor's starts stay (`vendor`), their ends, where missing, are the
 * next start; turns between them share the time by how long they take to say (`estimated`), and unspoken ones
 * ("---") take none. Vendor starts that contradict the order of the turns or lie behind the end are not believed.
 * Starts never decrease, each end is at or behind its start, all lie within [0, durationSec]. Without a duration
 * and without any vendor time, all are null. `durationSec`: the audio's own where known, else the vendor's.
 */
export function estimateTurnTimes(
  turns: readonly VendorTimedText[],
  durationSec: number | null,
): TurnTimes[] {
  const duration =
    durationSec !== null && Number.isFinite(durationSec) && durationSec > 0 ? durationSec : null
  const anchored = believable(turns, duration)
  if (duration === null && anchored.size === 0)
    return turns.map(() => ({ startSec: null, endSec: null, timing: null }))

  const lengths = turns.map((turn) => spokenLength(turn.text))
  const times: { startSec: number; endSec: number; timing: TimingSource }[] = []
  let next = 0
  while (next < turns.length) {
    const anchor = anchored.get(next)
    const vendorEnd = anchor === undefined ? null : believableEnd(turns[next]?.endSec ?? null, anchor)
    let stop = next + 1
    while (stop < turns.length && !anchored.has(stop)) stop += 1
    const begin = anchor ?? 0
    const limit =
      anchored.get(stop) ??
      duration ??
      (vendorEnd === null
        ? begin + sum(lengths.slice(next, stop)) / UNITS_PER_SEC
        : vendorEnd + sum(lengths.slice(next + 1, stop)) / UNITS_PER_SEC)
    if (anchor === undefined) {
      times.push(...share(lengths.slice(next, stop), begin, limit))
    } else if (vendorEnd !== null) {
      const end = Math.min(vendorEnd, duration ?? vendorEnd)
      times.push({ startSec: anchor, endSec: end, timing: 'vendor' })
      times.push(...share(lengths.slice(next + 1, stop), Math.min(end, limit), limit))
    } else {
      const [own, ...others] = share(lengths.slice(next, stop), begin, limit)
      times.push({ startSec: anchor, endSec: own?.endSec ?? anchor, timing: 'vendor' }, ...others)
    }
    next = stop
  }
  return times
}

const believableEnd = (endSec: number | null, startSec: number): number | null =>
  endSec !== null && Number.isFinite(endSec) && endSec >= startSec ? endSec : null

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Cuts [from, to] in proportion to the lengths; where nothing is spoken, the first takes it all. */
function share(
  lengths: readonly number[],
  from: number,
  to: number,
): { startSec: number; endSec: number; timing: 'estimated' }[] {
  const total = sum(lengths)
  let before = 0
  return lengths.map((length) => {
    const startSec = at(before)
    before += length
    return { startSec, endSec: at(before), timing: 'estimated' }
  })
  function at(part: number): number {
    if (part >= total) return total === 0 ? from : to
    return Math.min(to, from + ((to - from) * part) / total)
  }
}

/**
 * The vendor's starts that can all be true: finite, within the call, never decreasing. Where some contradict
 * others, the most that agree are believed (the longest non-decreasing subsequence).
 */
function believable(turns: readonly VendorTimedText[], duration: number | null): Map<number, number> {
  const given = turns.flatMap(({ startSec }, index) =>
    startSec !== null &&
    Number.isFinite(startSec) &&
    startSec >= 0 &&
    (duration === null || startSec <= duration)
      ? [{ index, startSec, previous: -1 }]
      : [],
  )
  // Patience sorting: `tails[k]` is the place in `given` of the smallest end of an agreeing row of k + 1.
  const tails: number[] = []
  for (const [place, item] of given.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      const tail = given[tails[middle] ?? 0]
      if (tail && tail.startSec <= item.startSec) low = middle + 1
      else high = middle
    }
    item.previous = low > 0 ? (tails[low - 1] ?? -1) : -1
    tails[low] = place
  }
  const anchors = new Map<number, number>()
  for (let place = tails.at(-1) ?? -1; place >= 0; ) {
    const item = given[place]
    if (!item) break
    anchors.set(item.index, item.startSec)
    place = item.previous
  }
  return anchors
}
