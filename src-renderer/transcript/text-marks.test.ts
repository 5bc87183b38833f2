import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mark, neededLength, safeCut, segmentsOf } from './text-marks'

const mark = (from: number, to: number, kind: Mark['kind'] = 'match', id = ''): Mark => ({
  from,
  to,
  kind,
  id,
})

describe('segments of a marked text', () => {
  it('are the whole text when nothing is marked', () => {
    expect(segmentsOf(5, [])).toEqual([
      { from: 0, to: 5, isMatch: false, isCurrent: false, isDraft: false, annotationIds: [] },
    ])
  })

  it('lie beside each other where marks overlap', () => {
    const segments = segmentsOf(10, [mark(2, 6), mark(4, 8, 'annotation', 'a')])
    expect(
      segments.map(({ from, to, isMatch, annotationIds }) => [from, to, isMatch, annotationIds.length]),
    ).toEqual([
      [0, 2, false, 0],
      [2, 4, true, 0],
      [4, 6, true, 1],
      [6, 8, false, 1],
      [8, 10, false, 0],
    ])
  })

  it('are made in no time where a word is found a hundred thousand times', () => {
    const marks = Array.from({ length: 100_000 }, (_, i) => mark(i * 10, i * 10 + 4))
    expect(segmentsOf(1_000_000, marks)).toHaveLength(200_000)
  })

  it('cover any text once, whatever the marks', () => {
    const marks = fc.array(fc.tuple(fc.integer({ min: -5, max: 60 }), fc.integer({ min: -5, max: 60 })))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), marks, (length, ranges) => {
        const segments = segmentsOf(
          length,
          ranges.map(([from, to]) => mark(from, to)),
        )
        expect(segments[0]?.from).toBe(0)
        expect(segments.at(-1)?.to).toBe(length)
        for (const [index, segment] of segments.slice(1).entries())
          expect(segment.from).toBe(segments[index]?.to)
        for (const segment of segments) {
          const inMark = ranges.some(([from, to]) => from <= segment.from && to > segment.from)
          expect(segment.isMatch).toBe(inMark)
        }
      }),
    )
  })
})

describe('what is shown of a very long turn', () => {
  it('reaches to the last annotation and to the first match', () => {
    expect(neededLength([])).toBe(0)
    expect(neededLength([mark(900, 905), mark(40, 45), mark(70_000, 70_005)])).toBe(45)
    expect(neededLength([mark(900, 905), mark(5000, 5010, 'annotation', 'a')])).toBe(5010)
  })
})

describe('a cut', () => {
  it('never splits a pair of surrogates', () => {
    expect(safeCut('a👍b', 2)).toBe(1)
    expect(safeCut('a👍b', 3)).toBe(3)
    expect(safeCut('abc', 9)).toBe(3)
  })
})
