import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { keepRetention } from './keeper'
import { listPurges } from './records'
import { DAY_MS, floorOf, type StoredRule, stepOf } from './rule'

const NOW = Date.UTC(2026, 6, 1)
const rule = (changes: Partial<StoredRule> = {}): StoredRule => ({
  days: 90,
  isConfirmed: true,
  lastRunAtMs: NOW - DAY_MS,
  ...changes,
})

describe('the daily rule', () => {
  it('runs once a day, and asks first, after a month, and where the clock is not to be relied upon', () => {
    expect(stepOf(null, NOW)).toBe('wait')
    expect(stepOf(rule({ isConfirmed: false }), NOW)).toBe('ask')
    expect(stepOf(rule({ lastRunAtMs: null }), NOW)).toBe('ask')
    expect(stepOf(rule(), NOW)).toBe('run')
    expect(stepOf(rule({ lastRunAtMs: NOW - 3_600_000 }), NOW)).toBe('wait')
    // Set back a year, or on by one.
    expect(stepOf(rule(), NOW - 365 * DAY_MS)).toBe('ask')
    expect(stepOf(rule(), NOW + 365 * DAY_MS)).toBe('ask')
  })

  describe('in a workspace', () => {
    let workspace: TestWorkspace
    let nowMs: number
    beforeEach(async () => {
      workspace = await searchWorkspace()
      nowMs = NOW
      workspace.add({ externalId: 'old' }, { externalId: 'new', startedAtMs: NOW - DAY_MS })
    })
    afterEach(() => workspace.close())
    const keeper = () =>
      keepRetention(
        { db: workspace.calls, paths: workspace.paths, program: 'A test', now: () => nowMs, emit: () => {} },
        false,
      )
    const count = () => workspace.calls.prepare('SELECT count(*) FROM calls').pluck().get()

    it('purges nothing before somebody has confirmed it, and each day from then on', async () => {
      const retention = keeper()
      expect(retention.status()).toMatchObject({ rule: null, asks: false })
      expect(retention.setRule(90)).toMatchObject({ rule: { days: 90, isConfirmed: false }, asks: true })
      await retention.tick()
      expect(count()).toBe(2)
      expect(floorOf(workspace.reviews, nowMs)).toBeNull()
      await retention.run({
        before_ms: nowMs - 90 * DAY_MS,
        by_whom: 'rule',
        annotations: 'keep',
        exported_to: null,
        exported_rows: null,
      })
      expect(retention.status()).toMatchObject({ rule: { isConfirmed: true }, asks: false, running: null })
      expect(floorOf(workspace.reviews, nowMs)).toBe(NOW - 90 * DAY_MS)
      expect(count()).toBe(1)
      // The other call grows old; the laptop is opened now and then.
      for (let day = 1; day <= 90; day += 20) {
        nowMs = NOW + day * DAY_MS
        await retention.tick()
      }
      nowMs = NOW + 92 * DAY_MS
      await retention.tick()
      expect(count()).toBe(0)
      expect(listPurges(workspace.reviews).map(({ by, calls }) => [by, calls])).toEqual([
        ['rule', 1],
        ['rule', 1],
      ])
      await retention.close()
    })

    it('asks again for fewer days, not for more, and can be switched off', async () => {
      const retention = keeper()
      retention.setRule(90)
      await retention.run({
        before_ms: 0,
        by_whom: 'rule',
        annotations: 'keep',
        exported_to: null,
        exported_rows: null,
      })
      expect(retention.setRule(120)).toMatchObject({ rule: { days: 120, isConfirmed: true } })
      expect(retention.setRule(30)).toMatchObject({ rule: { days: 30, isConfirmed: false } })
      expect(retention.setRule(null)).toMatchObject({ rule: null })
      await retention.close()
    })
  })
})
