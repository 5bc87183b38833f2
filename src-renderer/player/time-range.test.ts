import { describe, expect, it } from 'vitest'
import { rangeBetween } from './time-range'

describe('a range drawn on the waveform', () => {
  it('goes from the earlier to the later place, whichever way it was drawn', () => {
    expect(rangeBetween(0.25, 0.5, 80)).toEqual({ startSec: 20, endSec: 40 })
    expect(rangeBetween(0.5, 0.25, 80)).toEqual({ startSec: 20, endSec: 40 })
  })

  it('stays inside the recording', () => {
    expect(rangeBetween(-0.2, 1.7, 10)).toEqual({ startSec: 0, endSec: 10 })
  })

  it('is none when it is too short to hear', () => {
    expect(rangeBetween(0.5, 0.5001, 60)).toBeNull()
  })
})
