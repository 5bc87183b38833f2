import { describe, expect, it } from 'vitest'
import { everyWords, minutesOf, nextWords, scheduleId, scheduleOptions } from './schedule'

const place = { locale: 'en-GB', timeZone: 'UTC' }
const now = new Date('2026-03-01T13:00:00Z')

describe('the schedule', () => {
  it('is said in its largest whole unit', () => {
    expect([5, 30, 60, 90, 240, 1440, 2880].map(everyWords)).toEqual([
      'Every 5 minutes',
      'Every 30 minutes',
      'Every hour',
      'Every 90 minutes',
      'Every 4 hours',
      'Every day',
      'Every 2 days',
    ])
  })

  it('keeps a span that was set by other means among its choices, in its place', () => {
    expect(scheduleOptions(45).map((option) => option.id)).toEqual([
      'off',
      '15',
      '30',
      '45',
      '60',
      '240',
      '1440',
    ])
    expect(scheduleOptions(null)).toHaveLength(6)
    expect(scheduleOptions(30)).toHaveLength(6)
  })

  it('is the same span as a choice', () => {
    for (const minutes of [null, 15, 45]) expect(minutesOf(scheduleId(minutes))).toBe(minutes)
  })

  it('says when the next sync is: the time today, the date on another day, now when it is due', () => {
    expect(nextWords('2026-03-01T14:30:00Z', now, place)).toBe('Next sync at 14:30')
    expect(nextWords('2026-03-02T02:00:00Z', now, place)).toMatch(/2 Mar 2026, 02:00/)
    expect(nextWords('2026-03-01T13:00:10Z', now, place)).toMatch(/due/)
  })
})
