import { describe, expect, it } from 'vitest'
import { firstInTurn, matchesInOrder, stepMatch } from './match-walk'

const matches = matchesInOrder([
  {
    turnIndex: 2,
    ranges: [
      [0, 3],
      [10, 13],
    ],
  },
  { turnIndex: 7, ranges: [[5, 8]] },
])

describe('a walk through the matches of a call', () => {
  it('goes from turn to turn and begins again at the end', () => {
    expect(matches).toHaveLength(3)
    expect([0, 1, 2].map((at) => stepMatch(matches, at, 1, null))).toEqual([1, 2, 0])
    expect([0, 1, 2].map((at) => stepMatch(matches, at, -1, null))).toEqual([2, 0, 1])
  })

  it('begins where the reviewer is', () => {
    expect(stepMatch(matches, null, 1, null)).toBe(0)
    expect(stepMatch(matches, null, 1, 3)).toBe(2)
    expect(stepMatch(matches, null, 1, 9)).toBe(0)
    expect(stepMatch(matches, null, -1, 3)).toBe(1)
    expect(stepMatch(matches, null, -1, 1)).toBe(2)
  })

  it('goes on where fewer matches are left, and nowhere where there are none', () => {
    expect(stepMatch(matches, 9, 1, 7)).toBe(2)
    expect(stepMatch([], null, 1, 0)).toBe(-1)
    expect(firstInTurn(matches, 7)).toBe(2)
    expect(firstInTurn(matches, 3)).toBe(-1)
  })
})
