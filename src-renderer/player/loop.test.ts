import { describe, expect, it } from 'vitest'
import { leftMs, waitMs } from './loop'

describe('the wait before a loop turns', () => {
  it('is counted in listening time: at 4x the end comes four times as soon', () => {
    expect(leftMs({ startSec: 1, endSec: 3 }, 2, 1)).toBe(1000)
    expect(leftMs({ startSec: 1, endSec: 3 }, 2, 4)).toBe(250)
  })

  it('is long while the end is far, then short, and ends at the end or beyond it', () => {
    expect(waitMs(10_000)).toBe(9_600)
    expect(waitMs(400)).toBe(340)
    expect(waitMs(60)).toBe(60)
    expect(waitMs(1)).toBe('turn')
    expect(waitMs(-500)).toBe('turn')
  })

  it('adds up to the end and never beyond it', () => {
    for (let end = 5; end < 5_000; end += 7) {
      let left = end
      for (let wait = waitMs(left); wait !== 'turn'; wait = waitMs(left)) left -= wait
      expect(left).toBeGreaterThanOrEqual(0)
      expect(left).toBeLessThanOrEqual(1)
    }
  })
})
