import type { Peaks } from '@contract'
import { describe, expect, it } from 'vitest'
import { gapAt, gapsOf } from './silence'

const PER_SEC = 100

/** Peaks of channels whose swing (0 to 127) at a second is what the functions say. */
function peaksOf(lengthSec: number, channels: readonly ((sec: number) => number)[]): Peaks {
  const buckets = lengthSec * PER_SEC
  const data = new Int8Array(channels.length * buckets * 2)
  channels.forEach((loudness, channel) => {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const half = Math.round(loudness(bucket / PER_SEC) / 2)
      data[(channel * buckets + bucket) * 2] = -half
      data[(channel * buckets + bucket) * 2 + 1] = half
    }
  })
  return { durationSec: lengthSec, channels: channels.length, bucketsPerSec: PER_SEC, buckets, data }
}
const between = (from: number, to: number, loud: number, quiet: number) => (sec: number) =>
  sec >= from && sec < to ? quiet : loud

describe('gaps', () => {
  it('are where nobody speaks for more than 1.2 s, less 0.3 s', () => {
    expect(gapsOf(peaksOf(20, [between(5, 8, 100, 0)]))).toEqual([{ startSec: 5.15, endSec: 7.85 }])
    expect(gapsOf(peaksOf(20, [between(5, 6.1, 100, 0)]))).toEqual([])
  })

  it('are heard over the noise of a line, and end with the call at the latest', () => {
    expect(gapsOf(peaksOf(20, [between(5, 8, 120, 14)]))).toHaveLength(1)
    expect(gapsOf(peaksOf(20, [between(17, 20, 100, 0)]))).toEqual([{ startSec: 17.15, endSec: 19.85 }])
  })

  it('need all channels to be quiet', () => {
    const agent = between(5, 12, 100, 0)
    expect(gapsOf(peaksOf(20, [agent, between(0, 5, 100, 0)]))).toEqual([])
    expect(gapsOf(peaksOf(20, [agent, between(9, 20, 0, 90)]))).toEqual([{ startSec: 5.15, endSec: 8.85 }])
  })

  it('are found by a second inside of them; their end is outside', () => {
    const gaps = [
      { startSec: 1, endSec: 2 },
      { startSec: 5, endSec: 7 },
    ]
    expect(gapAt(gaps, 0.9)).toBeNull()
    expect(gapAt(gaps, 1)).toBe(gaps[0])
    expect(gapAt(gaps, 2)).toBeNull()
    expect(gapAt(gaps, 6)).toBe(gaps[1])
    expect(gapAt(gaps, 9)).toBeNull()
    expect(gapAt([], 1)).toBeNull()
  })
})
