import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeakAccumulator } from './peaks'

/** The definition, without any cleverness: the reference for the accumulator. */
function slowPeaks(channels: readonly Float32Array[], rate: number, perSec: number): number[] {
  const length = channels[0]?.length ?? 0
  const buckets = length === 0 ? 0 : Math.floor(((length - 1) * perSec) / rate) + 1
  // The sum makes -0 a 0, as in an Int8Array.
  const steps = (v: number) => 0 + Math.max(-128, Math.min(127, Math.round(v * 128)))
  return channels.flatMap((samples) => {
    const pairs = Array.from({ length: buckets }, () => [Infinity, -Infinity] as [number, number])
    for (const [n, sample] of samples.entries()) {
      const pair = pairs[Math.floor((n * perSec) / rate)]
      if (!pair || Number.isNaN(sample)) continue
      pair[0] = Math.min(pair[0], sample)
      pair[1] = Math.max(pair[1], sample)
    }
    return pairs.flatMap(([min, max]) => (min > max ? [0, 0] : [steps(min), steps(max)]))
  })
}

function accumulate(channels: readonly Float32Array[], rate: number, piece: number) {
  const accumulator = new PeakAccumulator()
  const length = channels[0]?.length ?? 0
  for (let at = 0; at < length; at += piece)
    accumulator.add(
      channels.map((samples) => samples.subarray(at, at + piece)),
      rate,
    )
  return accumulator.finish()
}

describe('PeakAccumulator', () => {
  it('gives the extremes of each hundredth of a second, however the sound is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ min: -2, max: 2, noDefaultInfinity: true, minLength: 1, maxLength: 3000 }),
        fc.constantFrom(1000, 8000, 11025, 22050, 44100, 48000),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 3 }),
        (samples, rate, piece, count) => {
          const channels = Array.from({ length: count }, (_, c) => samples.map((s) => s / (c + 1)))
          const peaks = accumulate(channels, rate, piece)
          expect(Array.from(peaks.data)).toEqual(slowPeaks(channels, rate, 100))
          expect(peaks).toMatchObject({
            channels: count,
            bucketsPerSec: 100,
            durationSec: samples.length / rate,
          })
          expect(peaks.data.length).toBe(peaks.channels * peaks.buckets * 2)
        },
      ),
    )
  })

  it.each([1001, 8000, 11025, 22050, 44100])('puts each sample into its own bucket at %i Hz', (rate) => {
    // Rising, then falling: every sample at a bucket's edge is its extreme.
    const samples = Float32Array.from({ length: 2 * rate }, (_, n) => 1 - Math.abs(n / rate - 1))
    for (const sign of [1, -1]) {
      const channels = [samples.map((s, n) => sign * (n % 2 ? s : (((n * 100) / rate) % 1) - 0.5))]
      expect(Array.from(accumulate(channels, rate, 997).data)).toEqual(slowPeaks(channels, rate, 100))
    }
  })

  it.each([0, 1, 7, 49, 50, 51, 999])('gives twenty a second from ten minutes and %i samples on', (more) => {
    const rate = 1000
    const samples = Float32Array.from(
      { length: 600 * rate + more },
      (_, n) => Math.sin(n * n) * ((n % 977) / 977),
    )
    const perSec = more === 0 ? 100 : 20
    const peaks = accumulate([samples], rate, 4096)
    expect(peaks.bucketsPerSec).toBe(perSec)
    expect(Buffer.from(peaks.data)).toEqual(Buffer.from(Int8Array.from(slowPeaks([samples], rate, perSec))))
  })

  it('never shows a peak smaller than it is by more than 1/128', () => {
    fc.assert(
      fc.property(fc.float({ min: -1, max: 1, noNaN: true }), (sample) => {
        const { data } = accumulate([Float32Array.of(sample)], 8000, 1)
        expect(Math.abs(sample) - Math.abs((data[0] ?? 0) / 128)).toBeLessThanOrEqual(1 / 128)
        expect(data[1]).toBe(data[0])
      }),
    )
  })

  it('is empty without sound, silent where there is no number, cut where it is too loud', () => {
    expect(new PeakAccumulator().finish()).toMatchObject({ durationSec: 0, channels: 0, buckets: 0 })
    expect(Array.from(accumulate([Float32Array.of(Number.NaN)], 8000, 1).data)).toEqual([0, 0])
    expect(Array.from(accumulate([Float32Array.of(9, -Infinity)], 8000, 2).data)).toEqual([-128, 127])
  })

  it('tells the whole buckets so far, which stay as they are until the recording is long', () => {
    const samples = Float32Array.from({ length: 8000 }, (_, n) => Math.sin(n * n))
    const accumulator = new PeakAccumulator()
    expect(accumulator.soFar()).toBeNull()
    accumulator.add([samples.subarray(0, 4050)], 8000)
    const half = accumulator.soFar()
    expect(half).toMatchObject({ buckets: 50, durationSec: 0.5, bucketsPerSec: 100 })
    accumulator.add([samples.subarray(4050)], 8000)
    expect(half?.data).toEqual(accumulator.finish().data.subarray(0, 100))
  })

  it('refuses a recording that changes its rate', () => {
    const accumulator = new PeakAccumulator()
    accumulator.add([new Float32Array(5)], 8000)
    expect(() => accumulator.add([new Float32Array(5)], 16000)).toThrow(RangeError)
  })
})
