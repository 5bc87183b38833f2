import type { Turn } from '@contract'
import { describe, expect, it } from 'vitest'
import { excerpt } from './excerpt'
import { trustOf, trustsOf } from './turn-time'

const turn = (timing: Turn['timing'], confidence: number | null): Turn => ({
  index: 0,
  speaker: 'agent',
  rawRole: null,
  text: 'Hello.',
  rawText: 'Hello.',
  redirect: null,
  startSec: timing === null ? null : 1,
  endSec: null,
  timing,
  confidence,
  anchor: null,
})

describe('how far a time can be believed', () => {
  it('is what the vendor or a person says', () => {
    expect(trustOf(turn('vendor', null))).toBe('vendor')
    expect(trustOf(turn('manual', null))).toBe('manual')
    expect(trustOf(turn(null, null))).toBeNull()
  })

  it('is told of an estimate by its confidence', () => {
    expect(trustOf(turn('estimated', 0.9))).toBe('heard')
    expect(trustOf(turn('estimated', 0.2))).toBe('unsure')
    // Nobody has listened: only the length of the text is known.
    expect(trustOf(turn('estimated', 0))).toBe('guessed')
    expect(trustOf(turn('estimated', null))).toBe('guessed')
  })

  it('is not asked of an estimate for a turn in which nothing was said', () => {
    expect(trustOf({ ...turn('estimated', 0), text: '---' })).toBeNull()
    expect(trustOf({ ...turn('vendor', null), text: '---' })).toBe('vendor')
  })

  it('is gathered for the legend', () => {
    expect([...trustsOf([turn('vendor', null), turn('estimated', 0.9), turn(null, null)])]).toEqual([
      'vendor',
      'heard',
    ])
  })
})

describe('the words by which a turn is named', () => {
  it('are all of a short one, on one line', () => {
    expect(excerpt(' Yes,\n please. ')).toBe('Yes, please.')
  })

  it('end with a whole word', () => {
    expect(excerpt('I would like to know, whether you could help me.')).toBe(
      'I would like to know, whether you…',
    )
  })

  it('are cut between characters where there are no spaces, never inside one', () => {
    expect(excerpt('房'.repeat(50))).toBe(`${'房'.repeat(36)}…`)
    expect(excerpt('😀'.repeat(50))).toBe(`${'😀'.repeat(36)}…`)
  })
})
