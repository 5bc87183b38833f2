import type { Annotation, AnnotationPlace, Turn } from '@contract'
import type { TimeRange } from '../player/time-range'

/** What a reviewer may mean by "annotate": selected words, a drawn range, the turn that is heard. */
export interface Pointing {
  selected: Extract<AnnotationPlace, { kind: 'quote' }> | null
  range: TimeRange | null
  activeTurn: number | null
}

/** What is annotated: the most deliberate thing that was pointed at, else the whole call. */
export function placeOf({ selected, range, activeTurn }: Pointing): AnnotationPlace {
  if (selected) return selected
  if (range) return { kind: 'time', ...range }
  if (activeTurn !== null) return { kind: 'turn', turnIndex: activeTurn }
  return { kind: 'call' }
}

/** What else may be meant instead of a place, itself first: from words to their turn to the whole call. */
export function widerPlaces(place: AnnotationPlace): AnnotationPlace[] {
  const call: AnnotationPlace = { kind: 'call' }
  switch (place.kind) {
    case 'call':
      return [call]
    case 'quote':
      return [place, { kind: 'turn', turnIndex: place.turnIndex }, call]
    case 'turn':
    case 'time':
      return [place, call]
  }
}

/** Where a place begins and ends in time, as far as is known, and how surely. */
export interface PlaceTime {
  startSec: number | null
  endSec: number | null
  isEstimated: boolean
}

export function timeOf(place: AnnotationPlace, turns: readonly Turn[], annotation?: Annotation): PlaceTime {
  if (place.kind === 'call') return { startSec: null, endSec: null, isEstimated: false }
  if (place.kind === 'time') return { startSec: place.startSec, endSec: place.endSec, isEstimated: false }
  const turn = turns.find((one) => one.index === place.turnIndex)
  if (turn && turn.startSec !== null)
    return { startSec: turn.startSec, endSec: turn.endSec, isEstimated: turn.timing === 'estimated' }
  return {
    startSec: annotation?.startSec ?? null,
    endSec: annotation?.endSec ?? null,
    isEstimated: annotation?.timingSource === 'estimated',
  }
}
