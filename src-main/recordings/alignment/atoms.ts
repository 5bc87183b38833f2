import type { SpeechSegment } from '../speech'
import { smoothed } from './smooth'

/** A piece of speech that belongs to one turn as a whole: a speech segment, or a part of one cut where it is quiet. */
export interface Atom {
  /** Frames: from `start` up to, not including, `end`. */
  readonly start: number
  readonly end: number
  /** Frames of silence before it (in its own channel); 0 when it was cut from the one before. */
  readonly gap: number
  readonly channel: number
}

/** Frames before the first segment. */
export const OPEN_GAP = 999
/** A segment shorter than this is left whole. */
const LONG = 50
const LEAST_PART = 18
const REACH = 8

/** Segments as atoms of channel `channel`; with `levelDb` long ones are cut at their quietest places, else left whole. */
export function atomsOf(
  segments: readonly SpeechSegment[],
  channel: number,
  levelDb: Float32Array | null,
): Atom[] {
  const calm = levelDb && smoothed(levelDb, 5)
  const atoms: Atom[] = []
  let previousEnd = -OPEN_GAP
  for (const segment of segments) {
    let start = segment.start
    let gap = Math.max(1, segment.start - previousEnd)
    for (const cut of calm ? quietPlaces(calm, segment) : []) {
      if (cut - start < LEAST_PART) continue
      atoms.push({ start, end: cut, gap, channel })
      start = cut
      gap = 0
    }
    atoms.push({ start, end: segment.end, gap, channel })
    previousEnd = segment.end
  }
  return atoms
}

/** Frames quieter than all within 80 ms around them. */
function quietPlaces(calm: Float32Array, { start, end }: SpeechSegment): number[] {
  if (end - start <= LONG) return []
  const places: number[] = []
  for (let t = start + 15; t < end - 15; t += 1) {
    const level = calm[t] ?? 0
    let quietest = true
    for (let u = t - REACH; u <= t + REACH && quietest; u += 1) if ((calm[u] ?? 0) < level) quietest = false
    if (quietest) places.push(t)
  }
  return places
}
