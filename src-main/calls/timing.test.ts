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
      { startSec: 0.5, endSec: 2, timing: 'vendor', confidence: null },
      { startSec: 2, endSec: 4, timing: 'vendor', confidence: null },
      { startSec: 4, endSec: 6, timing: 'vendor', confidence: null },
    ])
  })

  test('a vendor’s ends stay too, within the call', () => {
    expect(estimateTurnTimes([said('Hello', 0, 1.5), said('Hi', 2, 9)], 6)).toEqual([
      { startSec: 0, endSec: 1.5, timing: 'vendor', confidence: null },
      { startSec: 2, endSec: 6, timing: 'vendor', confidence: null },
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
    expect(first).toEqual({ startSec: 0, endSec: 0, timing: 'estimated', confidence: 0 })
    expect(second).toEqual({ startSec: 0, endSec: 5, timing: 'estimated', confidence: 0 })
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
      { startSec: null, endSec: null, timing: null, confidence: null },
      { startSec: null, endSec: null, timing: null, confidence: null },
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

  test('are finite, never decreasing and within the call, whatever the vendor says', {
    timeout: 60_000,
  }, () => {
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
          if (timing === 'vendor') expect(startSec).toEqual((turns[i]?.startSec ?? 0) + 0)
          before = startSec ?? 0
        }
      }),
      { numRuns: 2000 },
    )
  })
})

/** Segments of speech, in seconds. */
const speech = (...pairs: [number, number][]) => Int32Array.from(pairs.flat(), (sec) => sec * 1000)
const heard = (startSec: number, endSec: number, confidence = 0.9) => ({ startSec, endSec, confidence })
const anchor = (startSec: number, setAtMs = 1) => ({ startSec, setAtMs })
const FIVE = ['one two three', 'four five six', 'seven eight', 'nine ten', 'eleven twelve'].map((text) =>
  said(text),
)
const ALIGNED = [heard(1, 3), heard(4, 7), heard(8, 9), heard(10, 12), heard(14, 15)]

describe('times with what people and the sound told', () => {
  test('the sound fills in what nobody told, with its confidence, and leaves pauses between turns', () => {
    const times = estimateTurnTimes(FIVE, 20, { aligned: ALIGNED })
    expect(times).toEqual(
      ALIGNED.map(({ startSec, endSec }) => ({ startSec, endSec, timing: 'estimated', confidence: 0.9 })),
    )
  })

  test('a vendor’s times win over the sound; where it tells no end, the sound does', () => {
    const times = estimateTurnTimes([said('one two three', 1.2), ...FIVE.slice(1)], 20, { aligned: ALIGNED })
    expect(times[0]).toEqual({ startSec: 1.2, endSec: 3, timing: 'vendor', confidence: null })
    expect(times[1]).toMatchObject({ startSec: 4, timing: 'estimated' })
  })

  test('an anchor wins over all, and a vendor’s time that contradicts it is not believed', () => {
    const vendor = [said('a', 1), said('b', 2), said('c', 9), said('d', 4)]
    const times = estimateTurnTimes(vendor, 20, { anchors: new Map([[2, anchor(3)]]) })
    expect(times.map(({ startSec, timing }) => [startSec, timing])).toEqual([
      [1, 'vendor'],
      [2, 'vendor'],
      [3, 'manual'],
      [4, 'vendor'],
    ])
    const late = estimateTurnTimes(vendor, 20, { anchors: new Map([[1, anchor(10)]]) })
    expect(late.map(({ timing }) => timing)).toEqual(['vendor', 'manual', 'estimated', 'estimated'])
    expect(late[1]?.startSec).toBe(10)
  })

  test('turns beside an anchor that the sound had elsewhere are fitted anew, up to what is trusted and leaves room', () => {
    const aligned = [heard(1, 3), heard(4, 7, 0.2), heard(8, 9, 0.2), heard(10, 12, 0.2), heard(14, 15)]
    const times = estimateTurnTimes(FIVE, 20, {
      aligned,
      speech: [speech([1, 3], [4, 6], [9, 13], [14, 15])],
      anchors: new Map([[2, anchor(10)]]),
    })
    expect(times[0]).toMatchObject({ startSec: 1, confidence: 0.9 })
    expect(times[2]).toMatchObject({ startSec: 10, timing: 'manual', confidence: null })
    expect(times[3]).toMatchObject({ timing: 'estimated', confidence: 0.3 })
    expect(times[3]?.startSec).toBeGreaterThan(10)
    expect(times[3]?.startSec).toBeLessThan(13)
    expect(times[4]).toEqual({ startSec: 14, endSec: 15, timing: 'estimated', confidence: 0.9 })
  })

  test('an anchor where the sound has the turn anyway moves nothing else', () => {
    const times = estimateTurnTimes(FIVE, 20, { aligned: ALIGNED, anchors: new Map([[2, anchor(8.1)]]) })
    expect(times.map(({ startSec }) => startSec)).toEqual([1, 4, 8.1, 10, 14])
    expect(times[2]).toMatchObject({ endSec: 9, timing: 'manual' })
  })

  test('of anchors that contradict each other the later set stays, and the other is moved next to it', () => {
    const anchors = new Map([
      [1, anchor(12, 1)],
      [2, anchor(6, 2)],
    ])
    expect(estimateTurnTimes(FIVE, 20, { anchors }).slice(1, 3)).toMatchObject([
      { startSec: 6, timing: 'manual' },
      { startSec: 6, timing: 'manual' },
    ])
  })

  test('without an alignment, turns between anchors share the speech there, not the silence', () => {
    const [first, second, third] = estimateTurnTimes(FIVE.slice(0, 3), 40, {
      speech: [speech([2, 4], [20, 22], [30, 31])],
    })
    expect([first?.startSec, second?.startSec, third?.startSec]).toEqual([2, 20, 30])
    expect(first).toMatchObject({ confidence: 0, timing: 'estimated' })
    expect(first?.endSec).toBeLessThanOrEqual(20)
  })

  test('times of other turns than these are not used', () => {
    expect(estimateTurnTimes(FIVE, 20, { aligned: ALIGNED.slice(1) })).toEqual(estimateTurnTimes(FIVE, 20))
  })

  const sec = fc.oneof(
    fc.double({ min: -5, max: 130, noNaN: true }),
    fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300),
  )
  const anyTurn = fc.record({
    text: fc.oneof(fc.constantFrom('', '---', 'hello there', '返金を', '408-971'), fc.string()),
    startSec: fc.oneof(sec, fc.constant(null)),
    endSec: fc.oneof(sec, fc.constant(null)),
  })
  const anySpeech = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 120_000 }), fc.integer({ min: 0, max: 9000 })), {
      maxLength: 8,
    })
    .map((pairs) => Int32Array.from(pairs.flatMap(([from, length]) => [from, from + length])))
  const known = fc.array(anyTurn, { maxLength: 16 }).chain((turns) =>
    fc.record({
      turns: fc.constant(turns),
      duration: fc.oneof(fc.constant(null), fc.constant(120), sec),
      anchors: fc
        .array(fc.tuple(fc.nat(Math.max(0, turns.length - 1)), sec, fc.nat(5)), { maxLength: 6 })
        .map((all) => new Map(all.map(([turn, startSec, setAtMs]) => [turn, { startSec, setAtMs }]))),
      aligned: fc.option(
        fc.array(
          fc.record({ startSec: sec, endSec: sec, confidence: fc.double({ min: 0, max: 1, noNaN: true }) }),
          { minLength: turns.length, maxLength: turns.length },
        ),
      ),
      speech: fc.array(anySpeech, { maxLength: 2 }),
    }),
  )

  test('are finite, never decreasing and within the call, whatever anybody told; the latest anchor stays', {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(known, ({ turns, duration, anchors, aligned, speech: channels }) => {
        const of = turns.length === 0 ? new Map() : anchors
        const times = estimateTurnTimes(turns, duration, { anchors: of, aligned, speech: channels })
        expect(times).toHaveLength(turns.length)
        if (times.every(({ timing }) => timing === null)) return
        const isKnown = duration !== null && Number.isFinite(duration) && duration > 0
        let before = 0
        for (const { startSec, endSec, timing, confidence } of times) {
          expect(Number.isFinite(startSec)).toBe(true)
          expect(Number.isFinite(endSec)).toBe(true)
          expect(startSec).toBeGreaterThanOrEqual(before)
          expect(endSec).toBeGreaterThanOrEqual(startSec ?? 0)
          if (isKnown) expect(endSec).toBeLessThanOrEqual(duration)
          expect(confidence === null).toBe(timing !== 'estimated')
          before = startSec ?? 0
        }
        const usable = [...of].filter(([, { startSec }]) => Number.isFinite(startSec))
        const [latest] = usable.sort(([a, one], [b, other]) => other.setAtMs - one.setAtMs || a - b)
        if (!latest) return
        const wanted = Math.max(
          0,
          Math.min(isKnown ? duration : Number.POSITIVE_INFINITY, latest[1].startSec),
        )
        expect(times[latest[0]]).toMatchObject({ startSec: wanted, timing: 'manual' })
      }),
      { numRuns: 1500 },
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
