import { describe, expect, it } from 'vitest'
import { NO_SPEECH, speechOf } from './speech'

const first = Int32Array.of(1000, 2000, 3000, 4500, 8000, 9000)
const second = Int32Array.of(2500, 2900)
const within = (startSec: number, endSec: number) => ({ startSec, endSec })

describe('the speech of a turn', () => {
  it('is that of its own channel where there are two', () => {
    const speech = { channels: [first, second], agentChannel: 1 as const }
    expect(speechOf(speech, { speaker: 'agent' }, within(0, 10))).toEqual([within(2.5, 2.9)])
    expect(speechOf(speech, { speaker: 'caller' }, within(2, 5))).toEqual([within(3, 4.5)])
  })

  it('is all of it where there is one channel', () => {
    const speech = { channels: [first], agentChannel: null }
    expect(speechOf(speech, { speaker: 'caller' }, within(1.5, 8))).toEqual([within(1, 2), within(3, 4.5)])
    expect(speechOf(speech, { speaker: 'agent' }, within(4.5, 8))).toEqual([])
  })

  it('is not known where nobody listened, or nobody knows whose channel is whose', () => {
    expect(speechOf(NO_SPEECH, { speaker: 'agent' }, within(0, 10))).toEqual([])
    const unknown = { channels: [first, second], agentChannel: null }
    expect(speechOf(unknown, { speaker: 'agent' }, within(0, 10))).toEqual([])
    expect(speechOf({ ...unknown, agentChannel: 0 }, { speaker: 'other' }, within(0, 10))).toEqual([])
  })
})
