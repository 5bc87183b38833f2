import { describe, expect, it } from 'vitest'
import { movedBy, rangeBetween } from './time-range'

describe('a range drawn on the waveform', () => {
  it('goes from the earlier to the later place, whichever way it was drawn', () => {
    expect(rangeBetween(20, 40, 80)).toEqual({ startSec: 20, endSec: 40 })
    expect(rangeBetween(40, 20, 80)).toEqual({ startSec: 20, endSec: 40 })
  })

  it('stays inside the recording', () => {
    expect(rangeBetween(-2, 17, 10)).toEqual({ startSec: 0, endSec: 10 })
  })

  it('is none when it is too short to hear', () => {
    expect(rangeBetween(30, 30.006, 60)).toBeNull()
  })
})

describe('a stretch that is moved', () => {
  const range = { startSec: 2, endSec: 4 }

  it('is made longer and shorter at either end, never to nothing', () => {
    expect(movedBy(range, 'end', 0.1, 10)).toEqual({ startSec: 2, endSec: 4.1 })
    expect(movedBy(range, 'start', -0.1, 10)).toEqual({ startSec: 1.9, endSec: 4 })
    expect(movedBy(range, 'end', -9, 10)).toEqual({ startSec: 2, endSec: 2.1 })
    expect(movedBy(range, 'start', 9, 10)).toEqual({ startSec: 3.9, endSec: 4 })
  })

  it('stays as long as it is and inside the call when all of it moves', () => {
    expect(movedBy(range, 'both', 0.1, 10)).toEqual({ startSec: 2.1, endSec: 4.1 })
    expect(movedBy(range, 'both', 99, 10)).toEqual({ startSec: 8, endSec: 10 })
    expect(movedBy(range, 'both', -99, 10)).toEqual({ startSec: 0, endSec: 2 })
  })
})
