import { describe, expect, it } from 'vitest'
import { amplitudes, filledUp } from './peaks'

const peaks = (channels: number, data: number[]) => ({
  durationSec: 1,
  channels,
  bucketsPerSec: 2,
  buckets: data.length / 2 / channels,
  data: Int8Array.from(data),
})

describe('amplitudes of stored peaks', () => {
  it('take the larger swing of each pair, channel by channel', () => {
    const [left, right] = amplitudes(peaks(2, [-128, 64, 0, 32, -16, 0, 0, 0]))
    expect([...(left ?? [])]).toEqual([1, 0.25])
    expect([...(right ?? [])]).toEqual([0.125, 0])
  })

  it('let the loudest bucket of all channels fill its lane', () => {
    const [left, right] = amplitudes(peaks(2, [-32, 32, -64, 10]))
    expect([...(left ?? [])]).toEqual([0.5])
    expect([...(right ?? [])]).toEqual([1])
  })

  it('do not blow up near-silence', () => {
    const [only] = amplitudes(peaks(1, [-1, 1, 0, 0]))
    expect(only?.[0]).toBeLessThan(0.06)
    expect(only?.[1]).toBe(0)
  })

  it('never leave the lane', () => {
    const [only] = amplitudes(peaks(1, [-128, 127, 127, 127]))
    expect(Math.max(...(only ?? []))).toBeLessThanOrEqual(1)
  })
})

describe('peaks of a beginning', () => {
  it('are filled up to the whole length, each channel in its place', () => {
    const whole = filledUp(peaks(2, [-1, 1, -2, 2, -3, 3, -4, 4]), 2)
    expect(whole).toMatchObject({ buckets: 4, durationSec: 2, channels: 2 })
    expect([...whole.data]).toEqual([-1, 1, -2, 2, 0, 0, 0, 0, -3, 3, -4, 4, 0, 0, 0, 0])
  })

  it('are never cut by a length that is too short', () => {
    expect(filledUp(peaks(1, [-1, 1, -2, 2]), 0.5)).toMatchObject({ buckets: 2, durationSec: 1 })
  })
})
