import { describe, expect, it } from 'vitest'
import { stepFor, withKeptRow } from './list-steps'

describe('the keys of the list', () => {
  it('stop at both ends', () => {
    expect(stepFor('ArrowDown', 9, 10, 5)).toBe(9)
    expect(stepFor('ArrowUp', 0, 10, 5)).toBe(0)
    expect(stepFor('PageDown', 7, 10, 5)).toBe(9)
    expect(stepFor('PageUp', 2, 10, 5)).toBe(0)
  })

  it('begin at the top when nothing is chosen', () => {
    expect(stepFor('ArrowDown', -1, 10, 5)).toBe(0)
    expect(stepFor('ArrowUp', -1, 10, 5)).toBe(0)
  })

  it('turn a page with one row of overlap', () => {
    expect(stepFor('PageDown', 0, 100, 8)).toBe(7)
  })

  it('leave other keys and empty lists alone', () => {
    expect(stepFor('x', 3, 10, 5)).toBeNull()
    expect(stepFor('ArrowDown', -1, 0, 5)).toBeNull()
  })
})

describe('the rows that are drawn', () => {
  it('include the focused one in its place, so that the focus is not lost by scrolling', () => {
    expect(withKeptRow([10, 11, 12], 3)).toEqual([3, 10, 11, 12])
    expect(withKeptRow([10, 11, 12], 11)).toEqual([10, 11, 12])
    expect(withKeptRow([10, 11, 12], -1)).toEqual([10, 11, 12])
  })
})
