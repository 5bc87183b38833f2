import { describe, expect, it } from 'vitest'
import { parseVolumes, voiceOf } from './volumes'

describe('the volume of a voice', () => {
  it('is remembered by person, whichever channel is theirs', () => {
    expect(voiceOf({ speaker: 'agent', channel: 0 })).toBe('agent')
    expect(voiceOf({ speaker: 'agent', channel: 1 })).toBe('agent')
    expect(voiceOf({ speaker: 'caller', channel: 0 })).toBe('caller')
  })

  it('is remembered by channel where nobody can tell who it is', () => {
    expect(voiceOf({ speaker: null, channel: 0 })).toBe('first')
    expect(voiceOf({ speaker: null, channel: 1 })).toBe('second')
  })

  it('is as recorded where what was stored is not understood', () => {
    expect(parseVolumes(null)).toEqual({})
    expect(parseVolumes('loud')).toEqual({})
    expect(parseVolumes('null')).toEqual({})
    expect(parseVolumes('{"agent":0.4,"caller":9,"first":"1","other":1}')).toEqual({ agent: 0.4 })
  })
})
