import { describe, expect, it, test } from 'vitest'
import { LONGEST_TICK_MS, nextSyncAtMs, planTick, type ScheduleFacts, spreadOf } from './schedule'

const MIN = 60_000
const NOW = Date.UTC(2026, 0, 5, 12)

/** A run that began so many minutes ago and took one. */
const ran = (minutesAgo: number, tookMin: number | null = 1): ScheduleFacts['lastRun'] => ({
  startedAtMs: NOW - minutesAgo * MIN,
  finishedAtMs: tookMin === null ? null : NOW - (minutesAgo - tookMin) * MIN,
})

describe('the next sync', () => {
  test.each<[string, Partial<ScheduleFacts>, number]>([
    ['of a connection that never ran', { lastRun: null }, 0],
    ['an interval after the last one began', { lastRun: ran(10) }, 20],
    ['whoever began that one, also one that died', { lastRun: ran(10, null) }, 20],
    ['that is due', { lastRun: ran(30) }, 0],
    ['after a night’s sleep, once and not sixteen times', { lastRun: ran(8 * 60) }, 0],
    ['after one that took longer than the interval, with a pause', { lastRun: ran(45, 45) }, 1],
    ['after one that took longer, a while ago', { lastRun: ran(45, 40) }, 0],
    ['after a first failure', { lastRun: ran(1), failuresInARow: 1 }, 29],
    ['after three', { lastRun: ran(1), failuresInARow: 3 }, 39],
    ['after many, within the hour', { lastRun: ran(1), failuresInARow: 40 }, 59],
    ['with five minutes, after a first failure', { everyMinutes: 5, lastRun: ran(1), failuresInARow: 1 }, 9],
    ['with a week', { everyMinutes: 10_080, lastRun: ran(60) }, 10_080 - 60],
    ['with a week, after a failure', { everyMinutes: 10_080, lastRun: ran(1), failuresInARow: 1 }, 59],
    ['when the clock was set back by a day', { lastRun: ran(-24 * 60) }, 0],
    ['when the clock was put right by seconds', { lastRun: ran(-0.5) }, 30.5],
  ])('%s', (_, facts, inMinutes) => {
    const whole = { everyMinutes: 30, lastRun: null, failuresInARow: 0, spread: 0, ...facts }
    expect((nextSyncAtMs(whole, NOW) - NOW) / MIN).toBe(inMinutes)
  })

  it('is spread by up to a minute, less for short intervals, and stays where it is', () => {
    const at = (everyMinutes: number, spread: number) =>
      (nextSyncAtMs({ everyMinutes, lastRun: ran(1), failuresInARow: 0, spread }, NOW) - NOW) / MIN
    expect([at(60, 0), at(60, 1), at(5, 0.5), at(5, 1)]).toEqual([59, 60, 4.25, 4.5])
    const facts = { everyMinutes: 30, lastRun: ran(1), failuresInARow: 0, spread: 0.3 }
    expect(nextSyncAtMs(facts, NOW + 10 * MIN)).toBe(nextSyncAtMs(facts, NOW))
  })

  it('of different connections, and of one at different times, is spread differently', () => {
    const spreads = Array.from({ length: 200 }, (_, i) => spreadOf('aaaaaaaaaaaa', NOW + i * 30 * MIN))
    expect(new Set(spreads).size).toBe(200)
    expect(Math.min(...spreads)).toBeLessThan(0.1)
    expect(Math.max(...spreads)).toBeGreaterThan(0.9)
    expect(Math.max(...spreads)).toBeLessThan(1)
    expect(spreadOf('aaaaaaaaaaaa', NOW)).not.toBe(spreadOf('bbbbbbbbbbbb', NOW))
  })
})

describe('a tick', () => {
  const awake = { tickAtMs: NOW - LONGEST_TICK_MS, quietUntilMs: 0 }
  const A = 'aaaaaaaaaaaa'
  const B = 'bbbbbbbbbbbb'

  it('starts what has been due for longest, and the next a little later', () => {
    const due = [
      { id: A, atMs: NOW - 1 },
      { id: B, atMs: NOW - 2 },
    ]
    expect(planTick(due, NOW, awake)).toEqual({ start: B, againInMs: 5_000, quietUntilMs: 0 })
  })

  it('waits for what is due next, but never long: timers stand still while a computer sleeps', () => {
    expect(planTick([{ id: A, atMs: NOW + 7_000 }], NOW, awake)).toMatchObject({
      start: null,
      againInMs: 7_000,
    })
    expect(planTick([{ id: A, atMs: NOW + MIN }], NOW, awake)).toMatchObject({
      start: null,
      againInMs: 30_000,
    })
    expect(planTick([], NOW, awake)).toMatchObject({ start: null, againInMs: 30_000 })
  })

  it('after a sleep gives the network a moment, then starts each once', () => {
    const slept = { tickAtMs: NOW - 8 * 60 * MIN, quietUntilMs: 0 }
    const due = [{ id: A, atMs: NOW }]
    const first = planTick(due, NOW, slept)
    expect(first).toEqual({ start: null, againInMs: 15_000, quietUntilMs: NOW + 15_000 })
    const then = NOW + first.againInMs
    expect(planTick(due, then, { tickAtMs: NOW, quietUntilMs: first.quietUntilMs })).toMatchObject({
      start: A,
    })
  })

  it('is not kept quiet by a clock that was set back', () => {
    const before = { tickAtMs: NOW + 60 * MIN, quietUntilMs: NOW + 60 * MIN }
    expect(planTick([{ id: A, atMs: NOW }], NOW, before).againInMs).toBe(15_000)
  })
})
