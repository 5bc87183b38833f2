import type { AnnotationPlace, Turn } from '@contract'
import { describe, expect, it } from 'vitest'
import { comparePlaces } from './order'
import { placeOf, widerPlaces } from './place'

const selected = { kind: 'quote', turnIndex: 4, quote: 'words', quoteStart: 2, quoteEnd: 7 } as const

describe('what is annotated', () => {
  it('is the selected words before anything else', () => {
    expect(placeOf({ selected, range: { startSec: 1, endSec: 2 }, activeTurn: 1 })).toEqual(selected)
  })

  it('is a drawn range before the turn that is heard', () => {
    expect(placeOf({ selected: null, range: { startSec: 1, endSec: 2 }, activeTurn: 1 })).toEqual({
      kind: 'time',
      startSec: 1,
      endSec: 2,
    })
  })

  it('is the turn that is heard, else the whole call', () => {
    expect(placeOf({ selected: null, range: null, activeTurn: 0 })).toEqual({ kind: 'turn', turnIndex: 0 })
    expect(placeOf({ selected: null, range: null, activeTurn: null })).toEqual({ kind: 'call' })
  })

  it('can be widened from words to their turn to the call', () => {
    expect(widerPlaces(selected).map((place) => place.kind)).toEqual(['quote', 'turn', 'call'])
    expect(widerPlaces({ kind: 'call' })).toEqual([{ kind: 'call' }])
  })
})

describe('the order of places', () => {
  const turns = [0, 5, null, 20].map(
    (startSec, index): Turn => ({
      index,
      speaker: 'agent',
      rawRole: null,
      text: '',
      rawText: '',
      redirect: null,
      startSec,
      endSec: null,
      timing: null,
      confidence: null,
      anchor: null,
    }),
  )
  const places: AnnotationPlace[] = [
    { kind: 'call' },
    { kind: 'time', startSec: 3, endSec: 4 },
    { kind: 'turn', turnIndex: 1 },
    { kind: 'quote', turnIndex: 1, quote: 'a', quoteStart: 0, quoteEnd: 1 },
    { kind: 'quote', turnIndex: 1, quote: 'b', quoteStart: 9, quoteEnd: 10 },
    { kind: 'turn', turnIndex: 3 },
    { kind: 'turn', turnIndex: 2 },
  ]

  it('is: the call, then time, then words, then what has no time', () => {
    const shuffled = [4, 6, 0, 3, 5, 1, 2].flatMap((index) => places[index] ?? [])
    expect(shuffled.toSorted((a, b) => comparePlaces(a, b, turns))).toEqual(places)
  })
})
