import type { Peaks, Speaker, Turn } from '@contract'
import { describe, expect, it } from 'vitest'
import { guessAgentChannel } from './agent-channel'
import { lanesOf, splitBySpeaker } from './lanes'

const turn = (index: number, speaker: Speaker, startSec: number | null, endSec: number | null): Turn => ({
  index,
  speaker,
  rawRole: null,
  text: 'Words',
  rawText: 'Words',
  redirect: null,
  startSec,
  endSec,
  timing: startSec === null ? null : 'estimated',
  confidence: null,
  anchor: null,
})

/** Ten buckets a second; `loud` says for each channel between which seconds it sounds. */
function stereo(loud: [number, number][][], seconds = 10): Peaks {
  const buckets = seconds * 10
  const data = new Int8Array(loud.length * buckets * 2)
  loud.forEach((spans, channel) => {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const level = spans.some(([from, to]) => bucket >= from * 10 && bucket < to * 10) ? 80 : 2
      data[(channel * buckets + bucket) * 2] = -level
      data[(channel * buckets + bucket) * 2 + 1] = level
    }
  })
  return { durationSec: seconds, channels: loud.length, bucketsPerSec: 10, buckets, data }
}

const turns = [turn(0, 'agent', 0, 4), turn(1, 'caller', 4, 6), turn(2, 'agent', 6, 10)]

describe('whose channel is whose', () => {
  it('is told by who is loud while the agent speaks', () => {
    expect(
      guessAgentChannel(
        stereo([
          [
            [0, 4],
            [6, 10],
          ],
          [[4, 6]],
        ]),
        turns,
      ),
    ).toBe(0)
    expect(
      guessAgentChannel(
        stereo([
          [[4, 6]],
          [
            [0, 4],
            [6, 10],
          ],
        ]),
        turns,
      ),
    ).toBe(1)
  })

  it('is told although estimated times are off by a second', () => {
    const heard = stereo([
      [[5, 6.5]],
      [
        [0, 4.5],
        [7, 10],
      ],
    ])
    expect(guessAgentChannel(heard, turns)).toBe(1)
  })

  it('is not told when both speak on both', () => {
    expect(guessAgentChannel(stereo([[[0, 10]], [[0, 10]]]), turns)).toBeNull()
    expect(lanesOf({ channels: 2 }, null).map((lane) => lane.speaker)).toEqual([null, null])
  })

  it('is told without times by who is heard first, when voices change as often as speakers', () => {
    const untimed = [
      turn(0, 'agent', null, null),
      turn(1, 'caller', null, null),
      turn(2, 'agent', null, null),
    ]
    const agent: [number, number][] = [
      [0, 4],
      [6, 10],
    ]
    expect(guessAgentChannel(stereo([[[4, 6]], agent]), untimed)).toBe(1)
    expect(guessAgentChannel(stereo([agent, [[4, 6]]]), untimed)).toBe(0)
  })

  it('is told by that alone when both speak as much', () => {
    const even = ['agent', 'caller', 'agent', 'caller'] as const
    const untimed = even.map((speaker, index) => turn(index, speaker, null, null))
    const first: [number, number][] = [
      [0, 2.4],
      [5.1, 7.5],
    ]
    const second: [number, number][] = [
      [2.4, 4.8],
      [7.5, 9.9],
    ]
    expect(guessAgentChannel(stereo([second, first]), untimed)).toBe(1)
  })

  it('is not told by one weak sign alone', () => {
    expect(guessAgentChannel(stereo([[[0, 5]], [[5, 10]]]), [turn(0, 'agent', null, null)])).toBeNull()
  })

  it('puts the agent above the caller', () => {
    expect(lanesOf({ channels: 2 }, 1)).toEqual([
      { speaker: 'agent', channel: 1 },
      { speaker: 'caller', channel: 0 },
    ])
  })
})

describe('a mono recording', () => {
  it('gives each moment to one speaker, and all of it to somebody', () => {
    const amplitude = new Float32Array(100).fill(0.5)
    const parts = splitBySpeaker(amplitude, 10, [turn(0, 'agent', 0, 4), turn(1, 'caller', 3.5, 6)])
    for (let i = 0; i < 100; i++) {
      const owners = [parts.agent[i], parts.caller[i], parts.other[i]].filter((value) => value !== 0)
      expect(owners).toEqual([0.5])
    }
    expect(parts.agent[34]).toBe(0.5)
    expect(parts.caller[35]).toBe(0.5)
    expect(parts.other[60]).toBe(0.5)
  })
})
