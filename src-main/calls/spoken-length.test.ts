import { describe, expect, test } from 'vitest'
import { spokenLength } from './spoken-length'

describe('the spoken length of a text', () => {
  test.each(['', '---', '…', ' . ', '👍'])('is 0 for what nobody says: "%s"', (text) => {
    expect(spokenLength(text)).toBe(0)
  })

  test('is 3 a syllable, 1 a letter, 5 a pause inside, and 3', () => {
    expect(spokenLength('banana')).toBe(3 * 3 + 6 + 3)
    expect(spokenLength('banana, banana.')).toBe(2 * (3 * 3 + 6) + 5 + 3)
  })

  test('does not count a silent e, or that of -ed but after t and d', () => {
    expect(spokenLength('make')).toBe(3 * 1 + 4 + 3)
    expect(spokenLength('walked')).toBe(3 * 1 + 6 + 3)
    expect(spokenLength('wanted')).toBe(3 * 2 + 6 + 3)
  })

  test('counts initials letter by letter', () => {
    expect(spokenLength('DVD')).toBe(3 * 3 + 3 + 3)
  })

  test('counts numbers as they are said, in any script', () => {
    expect(spokenLength('42')).toBe(spokenLength('forty two'))
    expect(spokenLength('४२')).toBe(spokenLength('42'))
    expect(spokenLength('408-971-8523')).toBe(
      spokenLength('four zero eight nine seven one eight five two three'),
    )
  })

  test('counts aksharas, and letters that a virama joins as one', () => {
    // न म स्ते: three aksharas, four letters.
    expect(spokenLength('नमस्ते')).toBe(3 * 3 + 4 + 3)
  })

  test('counts a Chinese, Japanese or Korean character as a syllable of three letters', () => {
    for (const text of ['你好吗', 'こんに', '안녕하']) expect(spokenLength(text)).toBe(3 * 3 + 3 * 3 + 3)
  })

  test('sees the pauses of other scripts', () => {
    expect(spokenLength('你好，请问') - spokenLength('你好请问')).toBe(5)
    expect(spokenLength('हाँ। हाँ') - spokenLength('हाँ हाँ')).toBe(5)
  })

  test('is alike for the same sentence in several scripts', () => {
    const english = spokenLength('Good morning, how can I help you today?')
    for (const text of [
      'Доброе утро, чем я могу вам помочь сегодня?',
      'صباح الخير، كيف يمكنني مساعدتك اليوم؟',
      'सुप्रभात, आज मैं आपकी क्या मदद कर सकता हूँ?',
      'Guten Morgen, wie kann ich Ihnen heute helfen?',
    ]) {
      expect(spokenLength(text) / english).toBeGreaterThan(0.6)
      expect(spokenLength(text) / english).toBeLessThan(1.7)
    }
  })

  test('grows in proportion where a text is too long to be measured whole', () => {
    const long = 'one two three. '.repeat(10_000)
    expect(spokenLength(long + long) / spokenLength(long)).toBeCloseTo(2, 2)
  })
})
