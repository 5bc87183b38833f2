import { describe, expect, it } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatDate,
  formatDuration,
  formatPositionTenths,
  formatShortDate,
  spokenDuration,
} from './format'

const place = { locale: 'en-GB', timeZone: 'UTC' }

describe('a duration', () => {
  it('has minutes and seconds, and hours only when there are some', () => {
    expect(formatDuration(86.25)).toBe('1:26')
    expect(formatDuration(0)).toBe('0:00')
    expect(formatDuration(3725)).toBe('1:02:05')
    expect(formatDuration(59.6)).toBe('1:00')
  })

  it('is a dash when nobody knows it', () => {
    expect(formatDuration(null)).toBe('–')
    expect(formatDuration(Number.NaN)).toBe('–')
    expect(formatDuration(-1)).toBe('–')
  })

  it('is read aloud in words', () => {
    expect(spokenDuration(86)).toBe('1 minute 26 seconds')
    expect(spokenDuration(3600)).toBe('1 hour')
    expect(spokenDuration(0)).toBe('0 seconds')
    expect(spokenDuration(null)).toBe('')
  })
})

describe('a place in a recording', () => {
  it('is never ahead of the sound', () => {
    expect(formatPositionTenths(41.29)).toBe('0:41.2')
    expect(formatPositionTenths(59.99)).toBe('0:59.9')
    expect(formatPositionTenths(3600.5)).toBe('1:00:00.5')
  })

  it('is not a tenth behind because of binary fractions', () => {
    expect(formatPositionTenths(0.3)).toBe('0:00.3')
    expect(formatPositionTenths(41.1)).toBe('0:41.1')
  })
})

describe('a date', () => {
  it('has its day and time', () => {
    expect(formatDate('2026-01-15T10:30:00.000Z', place)).toBe('15 Jan 2026, 10:30')
  })

  it('is short in lists: the time today, the day this year, else all of it', () => {
    const now = new Date('2026-06-01T12:00:00.000Z')
    expect(formatShortDate('2026-06-01T08:05:00.000Z', now, place)).toBe('08:05')
    expect(formatShortDate('2026-01-15T10:30:00.000Z', now, place)).toBe('15 Jan')
    expect(formatShortDate('2025-01-15T10:30:00.000Z', now, place)).toBe('15 Jan 2025')
  })

  it('knows how long ago it was', () => {
    const now = new Date('2026-06-01T12:00:00.000Z')
    expect(formatAgo('2026-06-01T11:59:30.000Z', now, place)).toBe('just now')
    expect(formatAgo('2026-06-01T11:55:00.000Z', now, place)).toBe('5 minutes ago')
    expect(formatAgo('2026-05-31T11:55:00.000Z', now, place)).toBe('yesterday')
  })
})

describe('bytes', () => {
  it('are given in the unit that reads best', () => {
    expect(formatBytes(281_000, place)).toBe('281 KB')
    expect(formatBytes(1_500_000, place)).toBe('1.5 MB')
    expect(formatBytes(999, place)).toBe('999 B')
    expect(formatBytes(null, place)).toBe('–')
  })
})
