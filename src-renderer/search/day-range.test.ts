import { describe, expect, it } from 'vitest'
import { dayRange, writeDayRange } from './day-range'

describe('the dates of the filter panel', () => {
  it('read one day, two days, and a range with an open end', () => {
    expect(dayRange('2026-01-15')).toEqual({ first: '2026-01-15', last: '2026-01-15' })
    expect(dayRange('2026-01-15..2026-02-01')).toEqual({ first: '2026-01-15', last: '2026-02-01' })
    expect(dayRange('2026-01-15..')).toEqual({ first: '2026-01-15', last: null })
    expect(dayRange('..2026-02-01')).toEqual({ first: null, last: '2026-02-01' })
  })

  it('leave presets and months to the list of presets', () => {
    expect(dayRange('last-7-days')).toEqual({ first: null, last: null })
    expect(dayRange('2026-01')).toEqual({ first: null, last: null })
    expect(dayRange(null)).toEqual({ first: null, last: null })
  })

  it('are written so that they are read the same', () => {
    for (const value of ['2026-01-15', '2026-01-15..2026-02-01', '2026-01-15..', '..2026-02-01'])
      expect(writeDayRange(dayRange(value))).toBe(value)
    expect(writeDayRange({ first: null, last: null })).toBeNull()
  })

  it('put the earlier day first', () => {
    expect(writeDayRange({ first: '2026-02-01', last: '2026-01-15' })).toBe('2026-01-15..2026-02-01')
  })
})
