import type { Turn } from '@contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUnspoken, stepFrom, timelineOf, turnAt } from './timeline'

const turn = (index: number, startSec: number | null, text = `Turn ${index}`): Turn => ({
  index,
  speaker: index % 2 === 0 ? 'agent' : 'caller',
  rawRole: null,
  text,
  rawText: text,
  redirect: null,
  startSec,
  endSec: null,
  timing: startSec === null ? null : 'vendor',
  confidence: null,
  anchor: null,
})

describe('the active turn', () => {
  const timeline = timelineOf([turn(0, 0, '---'), turn(1, 0.4), turn(2, 6.42), turn(3, 8.06)])

  it('is none before the first has begun', () => {
    expect(turnAt(timeline, 0)).toBeNull()
  })

  it('is the last that has begun', () => {
    expect(turnAt(timeline, 5)).toBe(1)
    expect(turnAt(timeline, 7.5)).toBe(2)
    expect(turnAt(timeline, 900)).toBe(3)
  })

  it('is the turn that was asked for when a seek lands a hair before it', () => {
    expect(turnAt(timeline, 6.419_99)).toBe(2)
  })

  it('is none where no turn has a time', () => {
    expect(turnAt(timelineOf([turn(0, null), turn(1, null)]), 3)).toBeNull()
  })

  it('of two that begin at once is the later in the transcript', () => {
    expect(turnAt(timelineOf([turn(0, 1), turn(1, 1)]), 1)).toBe(1)
  })

  it('equals a linear search over any times in any order', () => {
    const times = fc.array(fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: null }), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 110, noNaN: true }), (starts, sec) => {
        const turns = starts.map((start, index) => turn(index, start))
        let best: Turn | null = null
        for (const candidate of turns)
          if (candidate.startSec !== null && candidate.startSec <= sec + 0.02)
            if (best === null || candidate.startSec >= (best.startSec ?? 0)) best = candidate
        expect(turnAt(timelineOf(turns), sec)).toBe(best?.index ?? null)
      }),
    )
  })
})

describe('stepping from turn to turn', () => {
  const turns = [turn(0, null, '---'), turn(1, null), turn(2, null, '…'), turn(3, null)]

  it('begins with the first spoken one', () => {
    expect(stepFrom(turns, null, 1)?.index).toBe(1)
    expect(stepFrom(turns, null, -1)).toBeNull()
  })

  it('steps over what was not spoken, in both directions', () => {
    expect(stepFrom(turns, 1, 1)?.index).toBe(3)
    expect(stepFrom(turns, 3, -1)?.index).toBe(1)
  })

  it('ends at both ends', () => {
    expect(stepFrom(turns, 3, 1)).toBeNull()
    expect(stepFrom(turns, 1, -1)).toBeNull()
  })
})

describe('an unspoken turn', () => {
  it('has no letters and no digits', () => {
    for (const text of ['---', '', ' ', '…', '- - -']) expect(isUnspoken(text)).toBe(true)
    for (const text of ['Hm', '9', 'हाँ', '好', 'é']) expect(isUnspoken(text)).toBe(false)
  })
})
