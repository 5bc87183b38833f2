import { describe, expect, it } from 'vitest'
import { ticksOf } from './ruler'
import { following, panned, zoomed } from './view'

describe('the part of a call that is shown', () => {
  it('keeps what is under the pointer in its place while it comes nearer', () => {
    const view = zoomed(null, 100, 4, 25)
    expect(view).toEqual({ startSec: 18.75, endSec: 43.75 })
    expect(zoomed(view, 100, 0.25, 25)).toBeNull()
  })

  it('never goes beyond the call, nor nearer than a few words', () => {
    expect(zoomed(null, 100, 2, 0)).toEqual({ startSec: 0, endSec: 50 })
    const near = zoomed(null, 100, 1_000, 99)
    expect(near && near.endSec - near.startSec).toBeCloseTo(3)
    expect(near?.endSec).toBeLessThanOrEqual(100)
    // A call shorter than that is always shown whole.
    expect(zoomed(null, 2, 8, 1)).toBeNull()
    expect(panned({ startSec: 10, endSec: 20 }, 100, 500)).toEqual({ startSec: 90, endSec: 100 })
    expect(panned({ startSec: 10, endSec: 20 }, 100, -500)).toEqual({ startSec: 0, endSec: 10 })
  })

  it('goes along with the sound: a page on when it leaves, to it when it jumps', () => {
    const view = { startSec: 10, endSec: 20 }
    expect(following(view, 100, 15)).toBe(view)
    expect(following(view, 100, 20)).toEqual({ startSec: 19.2, endSec: 29.2 })
    expect(following(view, 100, 3)).toEqual({ startSec: 2.2, endSec: 12.2 })
    const last = { startSec: 90, endSec: 100 }
    expect(following(last, 100, 99.9)).toBe(last)
  })
})

describe('the ruler', () => {
  it('counts in steps that people use, as many as have room', () => {
    expect(
      ticksOf({ startSec: 0, endSec: 60 }, 700)
        .map((tick) => tick.label)
        .slice(0, 3),
    ).toEqual(['0:00', '0:10', '0:20'])
    expect(
      ticksOf({ startSec: 12.3, endSec: 15.3 }, 700)
        .map((tick) => tick.label)
        .slice(0, 2),
    ).toEqual(['0:12.5', '0:13.0'])
    expect(ticksOf({ startSec: 0, endSec: 3600 }, 700).length).toBeLessThanOrEqual(11)
    expect(ticksOf({ startSec: 0, endSec: 0 }, 700)).toEqual([])
    expect(ticksOf({ startSec: 0, endSec: 60 }, 0)).toEqual([])
  })
})
