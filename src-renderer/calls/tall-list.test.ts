import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logicalOf, placeOf, rowsInView, scaleOf, scrolled, topOf } from './tall-list'

const ROW = 76
const VIEW = 700
const million = scaleOf(1_000_000, ROW)

describe('a list of a million rows', () => {
  it('is no higher than Chromium draws', () => {
    expect(million.height).toBeLessThan(33_554_428)
    expect(million.total).toBe(76_000_000)
  })

  it('begins at its first row and ends at its last', () => {
    expect(logicalOf(million, 0, VIEW)).toBe(0)
    expect(logicalOf(million, million.height - VIEW, VIEW)).toBe(million.total - VIEW)
    const end = placeOf(million, million.total - VIEW, VIEW)
    expect(end.top).toBe(million.height - VIEW)
    expect(rowsInView(million, end, VIEW, 0).last).toBe(999_999)
  })

  it('moves by as many pixels as the wheel says, anywhere', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 11_000_000 }),
        fc.integer({ min: -300, max: 300 }),
        (top, by) => {
          const before = scrolled(million, { top: 0, shift: 0 }, top, VIEW)
          const after = scrolled(million, before, top + by, VIEW)
          expect(after.top + after.shift - (before.top + before.shift)).toBe(by)
        },
      ),
    )
  })

  it('is put right after many small steps without a row moving', () => {
    let place = scrolled(million, { top: 0, shift: 0 }, 6_000_000, VIEW)
    for (let i = 0; i < 5000; i += 1) place = scrolled(million, place, place.top + 120, VIEW)
    const logical = place.top + place.shift
    const right = placeOf(million, logical, VIEW)
    expect(right.top + right.shift).toBe(logical)
    expect(Math.abs(right.top - topOf(million, logical, VIEW))).toBeLessThanOrEqual(ROW)
    expect(Math.abs(place.top - right.top)).toBeGreaterThan(10_000)
  })
})

describe('the places of a list', () => {
  const count = fc.integer({ min: 1, max: 3_000_000 })
  const view = fc.integer({ min: 100, max: 2000 })

  it('grow with the scrollbar, and lead back to it', () => {
    fc.assert(
      fc.property(
        count,
        view,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, v, a, b) => {
          const scale = scaleOf(n, ROW)
          const end = Math.max(0, scale.height - v)
          const [low = 0, high = 0] = [a * end, b * end].sort((x, y) => x - y)
          expect(logicalOf(scale, low, v)).toBeLessThanOrEqual(logicalOf(scale, high, v) + 1e-6)
          expect(topOf(scale, logicalOf(scale, low, v), v)).toBeCloseTo(low, 3)
        },
      ),
    )
  })

  it('show the row that was asked for, whole rows apart', () => {
    fc.assert(
      fc.property(count, view, fc.double({ min: 0, max: 1, noNaN: true }), (n, v, share) => {
        const scale = scaleOf(n, ROW)
        const row = Math.min(n - 1, Math.floor(share * n))
        const place = placeOf(scale, row * ROW, v)
        expect(place.shift % ROW).toBe(0)
        expect(place.top).toBeGreaterThanOrEqual(0)
        expect(place.top).toBeLessThanOrEqual(Math.max(0, scale.height - v) + 1e-9)
        const { first, last } = rowsInView(scale, place, v, 0)
        expect(first).toBeLessThanOrEqual(row)
        expect(last).toBeGreaterThanOrEqual(row)
      }),
    )
  })

  it('of a list that fits are those of its element', () => {
    const scale = scaleOf(1000, ROW)
    expect(scale.height).toBe(76_000)
    expect(placeOf(scale, 3800, VIEW)).toEqual({ top: 3800, shift: 0 })
    expect(scrolled(scale, { top: 0, shift: 0 }, 70_000, VIEW)).toEqual({ top: 70_000, shift: 0 })
  })
})
