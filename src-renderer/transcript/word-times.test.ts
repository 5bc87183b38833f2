import { describe, expect, it } from 'vitest'
import { timeOfQuote, wordAt, wordAtOffset, wordTimes } from './word-times'

const said = (text: string, words = wordTimes(text, 10, 14)) =>
  words.map(({ from, to }) => text.slice(from, to))

describe('the times of words', () => {
  it('fill the turn in order, without overlap', () => {
    const words = wordTimes('I want to buy a house. Really?', 10, 14)
    expect(words[0]?.startSec).toBe(10)
    expect(words.at(-1)?.endSec).toBeCloseTo(14)
    words.forEach((word, index) => {
      expect(word.endSec).toBeGreaterThan(word.startSec)
      expect(word.startSec).toBeGreaterThanOrEqual(words[index - 1]?.endSec ?? 10)
    })
  })

  it('are longer for longer words and for numbers, with a pause after punctuation', () => {
    const [a, organisation, digits] = wordTimes('a organisation 4711', 0, 10)
    const length = (word = a) => (word ? word.endSec - word.startSec : 0)
    expect(length(organisation)).toBeGreaterThan(3 * length())
    expect(length(digits)).toBeGreaterThan(3 * length())
    const [yes, no] = wordTimes('yes, no', 0, 1)
    expect((no?.startSec ?? 0) - (yes?.endSec ?? 0)).toBeGreaterThan(0.1)
  })

  it('are there in any script', () => {
    expect(said('Ich möchte ein Haus.')).toEqual(['Ich', 'möchte', 'ein', 'Haus'])
    expect(said('我想买房子').join('')).toBe('我想买房子')
    expect(said('मुझे घर चाहिए')).toEqual(['मुझे', 'घर', 'चाहिए'])
    expect(said('أريد أن أشتري بيتا')).toHaveLength(4)
  })

  it('are none where nothing is said, or no time passes', () => {
    expect(wordTimes('---', 0, 4)).toEqual([])
    expect(wordTimes('', 0, 4)).toEqual([])
    expect(wordTimes('word', 4, 4)).toEqual([])
  })

  it('tell the word at a second and at an offset', () => {
    const text = 'one two three'
    const words = wordTimes(text, 0, 3)
    expect(wordAt(words, 0)).toBe(words[0])
    expect(wordAt(words, 2.9)).toBe(words[2])
    expect(wordAt(words, 3)).toBeNull()
    expect(wordAt([], 1)).toBeNull()
    expect(wordAtOffset(words, 5)).toBe(words[1])
    expect(wordAtOffset(words, 99)).toBe(words[2])
  })

  it('tell when a quote is said', () => {
    const words = wordTimes('one two three', 0, 3)
    expect(timeOfQuote(words, 4, 13)).toEqual({ startSec: words[1]?.startSec, endSec: words[2]?.endSec })
    expect(timeOfQuote([], 4, 13)).toBeNull()
  })
})

describe('the times of words where the speech is known', () => {
  const speech = [
    { startSec: 8, endSec: 9.5 },
    { startSec: 10.5, endSec: 11.5 },
    { startSec: 13, endSec: 14 },
    { startSec: 15, endSec: 16 },
  ]

  it('leave out what is no speech', () => {
    const words = wordTimes('two ten six bob', 10, 14.5, speech)
    expect(words[0]?.startSec).toBe(10.5)
    expect(words[1]?.endSec).toBeCloseTo(11.5)
    // Not in the pause.
    expect(words[2]?.startSec).toBeCloseTo(13)
    expect(words.at(-1)?.endSec).toBeCloseTo(14)
  })

  it('share it evenly, punctuation or not: the pauses are heard', () => {
    const plain = wordTimes('two ten six bob', 10, 14.5, speech)
    const dotted = wordTimes('two, ten. six; bob', 10, 14.5, speech)
    expect(dotted.map((word) => word.startSec)).toEqual(plain.map((word) => word.startSec))
  })

  it('never overlap, whatever the speech and the text', () => {
    const words = wordTimes('a considerable quantity of words, 4711 and more. '.repeat(40), 7, 15.2, speech)
    words.forEach((word, index) => {
      expect(word.endSec).toBeGreaterThanOrEqual(word.startSec)
      expect(word.startSec).toBeGreaterThanOrEqual(words[index - 1]?.endSec ?? 8)
      expect(word.endSec).toBeLessThanOrEqual(15.2)
    })
  })

  it('fill the turn where nothing is heard in it', () => {
    expect(wordTimes('one two', 20, 22, speech)).toEqual(wordTimes('one two', 20, 22))
  })
})
