import { EarmarkError } from '@contract'
import { describe, expect, test } from 'vitest'
import { gateSettings, HostGate } from './host-gate'
import { DEFAULT_RETRY, persistently, planRetry } from './retry'

const transient = (details: Record<string, number> = {}) =>
  new EarmarkError('vendor_error', 'It failed.', { transient: true, ...details })

describe('how long is waited', () => {
  test.each([
    ['the first time up to half a second', transient(), 1, 1, 500],
    ['evenly spread below that', transient(), 1, 0.5, 250],
    ['twice as long each time', transient(), 3, 1, 2000],
    ['as long as the vendor asks, at least', transient({ retryAfterMs: 7000 }), 1, 0, 7000],
    ['at most five minutes of what it asks', transient({ retryAfterMs: 900_000 }), 1, 0, 300_000],
  ])('%s', (_, error, attempt, random, expected) => {
    expect(planRetry(error, attempt, DEFAULT_RETRY, random)).toBe(expected)
  })

  test('not at all for what will not pass, nor after the last attempt', () => {
    expect(planRetry(new EarmarkError('wrong_key', 'No.'), 1, DEFAULT_RETRY, 0)).toBeNull()
    expect(planRetry(transient(), DEFAULT_RETRY.attempts, DEFAULT_RETRY, 0)).toBeNull()
  })

  test('no longer than until the sync is cancelled', async () => {
    const stop = new AbortController()
    const work = persistently(() => Promise.reject(transient({ retryAfterMs: 200_000 })), {
      signal: stop.signal,
      rules: DEFAULT_RETRY,
      onWait: () => stop.abort(),
    })
    await expect(work).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('the gate of a host', () => {
  test.each([
    ['https://api.example.com', { ratePerSec: null, concurrency: null }, { ratePerSec: 5, concurrency: 4 }],
    ['http://127.0.0.1:8000', { ratePerSec: null, concurrency: null }, { ratePerSec: null, concurrency: 8 }],
    ['http://[::1]:8000', { ratePerSec: 2, concurrency: 1 }, { ratePerSec: 2, concurrency: 1 }],
    ['http://127.evil.example', { ratePerSec: null, concurrency: null }, { ratePerSec: 5, concurrency: 4 }],
  ])('%s', (url, chosen, expected) => {
    expect(gateSettings(new URL(url), chosen)).toEqual(expected)
  })

  test('lets through so many at once', async () => {
    const gate = new HostGate({ ratePerSec: null, concurrency: 3 })
    const { signal } = new AbortController()
    let atOnce = 0
    let most = 0
    const request = async () => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise(setImmediate)
      atOnce -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => gate.pass(request, signal)))
    expect(most).toBe(3)
  })

  test('lets what waits go as soon as the sync is cancelled', async () => {
    const gate = new HostGate({ ratePerSec: 0.01, concurrency: 1 })
    const stop = new AbortController()
    await gate.pass(async () => undefined, stop.signal)
    const waiting = gate.pass(async () => undefined, stop.signal)
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  })
})
