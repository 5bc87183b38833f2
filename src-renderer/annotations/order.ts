import type { AnnotationPlace, Turn } from '@contract'
import { timeOf } from './place'

/** Places in the order of a call: the whole call, then by time, then by turn and words; those without time last. */
export function comparePlaces(a: AnnotationPlace, b: AnnotationPlace, turns: readonly Turn[]): number {
  const first = sortKey(a, turns)
  const second = sortKey(b, turns)
  for (const [index, value] of first.entries()) {
    const difference = value - (second[index] ?? 0)
    if (difference !== 0 && !Number.isNaN(difference)) return difference
  }
  return 0
}

function sortKey(place: AnnotationPlace, turns: readonly Turn[]): number[] {
  if (place.kind === 'call') return [0, 0, 0, 0]
  if (place.kind === 'time') return [1, place.startSec, 0, 0]
  const startSec = timeOf(place, turns).startSec ?? Number.POSITIVE_INFINITY
  return [1, startSec, place.turnIndex, place.kind === 'quote' ? place.quoteStart : -1]
}
