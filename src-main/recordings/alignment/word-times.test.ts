import { describe, expect, test } from 'vitest'
import { wordTimes } from './word-times'

describe('times of words', () => {
  test('share the turn’s speech by how long each word takes to say', () => {
    const [first, second] = wordTimes('a considerable', 10, 12, [])
    expect(first?.startSec).toBe(10)
    expect(second?.endSec).toBeCloseTo(12, 6)
    expect(first?.endSec).toBeLessThan(10.5)
  })

  test('nothing is said in a pause', () => {
    const words = wordTimes('hello hello', 0, 10, [
      { startSec: 0, endSec: 1 },
      { startSec: 9, endSec: 10 },
    ])
    expect(words.map(({ startSec, endSec }) => [startSec, endSec])).toEqual([
      [0, 1],
      [9, 10],
    ])
  })

  test('a language without spaces has words too', () => {
    const text = '我想预订一个房间'
    const words = wordTimes(text, 0, 2, [])
    expect(words.length).toBeGreaterThan(2)
    expect(words.map(({ from, until }) => text.slice(from, until)).join('')).toBe(text)
  })

  test('what is not spoken has no words, and a turn of no length no negative one', () => {
    expect(wordTimes('---', 0, 2, [])).toEqual([])
    expect(wordTimes('hello there', 3, 3, [])).toMatchObject([
      { startSec: 3, endSec: 3 },
      { startSec: 3, endSec: 3 },
    ])
  })
})
