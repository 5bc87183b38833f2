import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mark, safeCut, segmentsOf } from './text-marks'

const mark = (from: number, to: number, kind: Mark['kind'] = 'match', id = ''): Mark => ({
  from,
  to,
  kind,
  id,
})

describe('segments of a marked text', () => {
  it('are the whole text when nothing is marked', () => {
    expect(segmentsOf(5, [])).toEqual([{ from: 0, to: 5, isMatch: false, isDraft: false, annotationIds: [] }])
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

describe('a cut', () => {
  it('never splits a pair of surrogates', () => {
    expect(safeCut('a👍b', 2)).toBe(1)
    expect(safeCut('a👍b', 3)).toBe(3)
    expect(safeCut('abc', 9)).toBe(3)
  })
})
