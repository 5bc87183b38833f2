import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spokenLength } from './spoken-length'
import { estimateTurnTimes } from './timing'

const said = (text: string, startSec: number | null = null, endSec: number | null = null) => ({
  text,
  startSec,
  endSec,
})
const starts = (...args: Parameters<typeof estimateTurnTimes>) =>
  estimateTurnTimes(...args).map((turn) => turn.startSec)

describe('times of turns', () => {
  test('a vendor’s starts stay; their ends are the next start, the last end is the call’s', () => {
    expect(estimateTurnTimes([said('Hello', 0.5), said('Hi', 2), said('Bye', 4)], 6)).toEqual([
      { startSec: 0.5, endSec: 2, timing: 'vendor' },
      { startSec: 2, endSec: 4, timing: 'vendor' },
      { startSec: 4, endSec: 6, timing: 'vendor' },
    ])
  })

  test('a vendor’s ends stay too, within the call', () => {
    expect(estimateTurnTimes([said('Hello', 0, 1.5), said('Hi', 2, 9)], 6)).toEqual([
      { startSec: 0, endSec: 1.5, timing: 'vendor' },
      { startSec: 2, endSec: 6, timing: 'vendor' },
    ])
  })

  test('without vendor times the call is shared by how long each turn takes to say', () => {
    const text = 'the same words every time'
    expect(starts([said(text), said(text), said(`${text} ${text}`)], 40)).toEqual([
      0,
      expect.closeTo(10.1, 0),
      expect.closeTo(20.2, 0),
    ])
    expect(estimateTurnTimes([said(text), said(text)], 40).at(-1)).toMatchObject({
      endSec: 40,
      timing: 'estimated',
    })
  })

  test('missing times lie between those that the vendor gave', () => {
    const times = estimateTurnTimes(
      [said('one two', 0), said('one two'), said('one two', 10), said('one two')],
      14,
    )
    expect(times.map((turn) => [turn.startSec, turn.timing])).toEqual([
      [0, 'vendor'],
      [5, 'estimated'],
      [10, 'vendor'],
      [12, 'estimated'],
    ])
  })

  test('unspoken turns take no time', () => {
    const [first, second] = estimateTurnTimes([said('---'), said('Thank you for calling.')], 5)
    expect(first).toEqual({ startSec: 0, endSec: 0, timing: 'estimated' })
    expect(second).toEqual({ startSec: 0, endSec: 5, timing: 'estimated' })
  })

  test('a time that contradicts the others, or lies behind the end, is not believed', () => {
    const times = estimateTurnTimes(
      [said('a', 1), said('b', 90), said('c', 3), said('d', 4), said('e', 500)],
      100,
    )
    expect(times.map((turn) => turn.timing)).toEqual(['vendor', 'estimated', 'vendor', 'vendor', 'estimated'])
  })

  test('turns that start at the same moment are both believed', () => {
    expect(starts([said('a', 1), said('b', 1), said('c', 2)], 5)).toEqual([1, 1, 2])
    const times = estimateTurnTimes([said('a', 1), said('b', 1), said('c', 2)], 5)
    expect(times.map((turn) => turn.timing)).toEqual(['vendor', 'vendor', 'vendor'])
  })

  test('without any length and time there is nothing to say', () => {
    expect(estimateTurnTimes([said('a'), said('b')], null)).toEqual([
      { startSec: null, endSec: null, timing: null },
      { startSec: null, endSec: null, timing: null },
    ])
    expect(estimateTurnTimes([], 5)).toEqual([])
  })

  test('without a length the last turn takes as long as ordinary speech', () => {
    const [, last] = estimateTurnTimes(
      [said('Hello', 0), said('I would like to cancel my booking please', 3)],
      null,
    )
    expect(last?.startSec).toBe(3)
    expect(last?.endSec).toBeGreaterThan(4)
    expect(last?.endSec).toBeLessThan(7)
  })

  const wild = fc.oneof(
    fc.double({ min: -10, max: 200, noNaN: true }),
    fc.constantFrom(null, null, 0, Number.NaN, Number.POSITIVE_INFINITY, 1e300),
  )
  const turn = fc.record({
    text: fc.oneof(
      fc.constantFrom('', '---', 'hello there', 'मुझे रिफंड चाहिए', '返金を', '408-971-8523'),
      fc.string(),
    ),
    startSec: wild,
    endSec: wild,
  })

  test('are finite, never decreasing and within the call, whatever the vendor says', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 20 }), fc.oneof(wild, fc.constant(120)), (turns, duration) => {
        const times = estimateTurnTimes(turns, duration)
        expect(times).toHaveLength(turns.length)
        if (times.every((time) => time.timing === null)) return
        const isKnown = duration !== null && Number.isFinite(duration) && duration > 0
        let before = 0
        for (const [i, { startSec, endSec, timing }] of times.entries()) {
          expect(Number.isFinite(startSec)).toBe(true)
          expect(Number.isFinite(endSec)).toBe(true)
          expect(startSec).toBeGreaterThanOrEqual(before)
          expect(endSec).toBeGreaterThanOrEqual(startSec ?? 0)
          if (isKnown) expect(endSec).toBeLessThanOrEqual(duration)
          if (timing === 'vendor') expect(startSec).toBe(turns[i]?.startSec)
          before = startSec ?? 0
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the length of spoken text', () => {
  test('is nothing for what nobody says', () => {
    for (const text of ['', '---', '…', ' . ']) expect(spokenLength(text)).toBe(0)
  })

  test('follows 3 x syllables + letters + 5 x inner punctuation + 3', () => {
    // ta-ble: 2 syllables, 5 letters; the full stop at the end is no pause.
    expect(spokenLength('table')).toBe(3 * 2 + 5 + 3)
    expect(spokenLength('Cat, dog.')).toBe(3 * 2 + 6 + 5 + 3)
  })

  test.each([
    ['Hindi', 'मुझे मेरा पैसा वापस चाहिए', 'I want my money back'],
    ['Tamil', 'எனக்கு என் பணம் திரும்ப வேண்டும்', 'I want my money back'],
    ['Chinese', '我想要退款', 'I want a refund'],
    ['Japanese', '返金をお願いします', 'I would like a refund'],
    ['Arabic', 'أريد استرداد أموالي', 'I want my money back'],
    ['numbers', '4089718523', 'four oh eight nine seven one eight five two three'],
  ])('in %s is of the order of the same in English', (_, text, english) => {
    const ratio = spokenLength(text) / spokenLength(english)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })
})
