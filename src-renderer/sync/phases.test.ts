import type { SyncProgress } from '@contract'
import { describe, expect, it } from 'vitest'
import { countsLine, progressLine, secondsUntil } from './phases'

const counts = {
  listed: 0,
  added: 0,
  updated: 0,
  unchanged: 0,
  quarantined: 0,
  recordings: { downloaded: 0, failed: 0 },
}
const progress: SyncProgress = {
  connectionId: 'aaaaaaaaaaaa',
  connectionName: 'Renewals',
  phase: 'details',
  done: 3120,
  total: 5019,
  counts,
  waitUntil: null,
  reason: null,
}
const now = Date.parse('2026-01-15T10:30:00.000Z')

describe('the line on a running sync', () => {
  it('says how many of how many', () => {
    expect(progressLine(progress, now)).toMatch(/^Syncing Renewals 3.?120 \/ 5.?019$/)
  })

  it('says how many so far when the vendor does not say how many there are', () => {
    expect(progressLine({ ...progress, total: null }, now)).toMatch(/^Syncing Renewals 3.?120$/)
  })

  it('counts down a wait and says why', () => {
    const waiting: SyncProgress = {
      ...progress,
      phase: 'waiting',
      waitUntil: '2026-01-15T10:30:11.200Z',
      reason: 'Prosper asks to slow down.',
    }
    expect(progressLine(waiting, now)).toBe('Renewals: going on in 12 s. Prosper asks to slow down.')
    expect(secondsUntil('2026-01-15T10:29:00.000Z', now)).toBe(0)
  })
})

describe('what a sync brought', () => {
  it('names only what there is', () => {
    expect(countsLine({ ...counts, added: 12, quarantined: 1 })).toBe('12 new, 1 set aside')
  })

  it('says so when nothing came', () => {
    expect(countsLine(counts)).toBe('nothing new')
  })
})
