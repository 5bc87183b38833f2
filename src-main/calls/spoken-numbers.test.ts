import { describe, expect, test } from 'vitest'
import { spellNumbers } from './spoken-numbers'

const said = (text: string): string => spellNumbers(text).replace(/\s+/g, ' ').trim()

describe('numbers as they are spoken', () => {
  test.each([
    ['0', 'zero'],
    ['17 and 42', 'seventeen and forty two'],
    ['305', 'three hundred five'],
    ['12,500', 'twelve thousand five hundred'],
    ['3,000,000', 'three million'],
    ['1999', 'nineteen ninety nine'],
    ['2000', 'two thousand'],
    ['1905', 'nineteen oh five'],
    ['007', 'zero zero seven'],
    ['94105', 'nine four one zero five'],
    ['408-971-8523', 'four zero eight nine seven one eight five two three'],
    ['+1 (408) 971-8523', 'one four zero eight nine seven one eight five two three'],
    ['at 11:30', 'at eleven thirty'],
    ['7:00 pm', 'seven oclock pm'],
    ['$45', 'forty five dollars'],
    ['€3.50', 'three dollars fifty'],
    ['March 3rd', 'March threeth'],
    ['2.5', 'two point five'],
    ['20%', 'twenty percent'],
    ['४२ ٤٢', 'forty two forty two'],
  ])('%s', (text, words) => {
    expect(said(text)).toBe(words)
  })

  test('what has no digit is left as it is', () => {
    expect(spellNumbers('  No number here, 100% sure?'.replace('100% ', ''))).toBe('  No number here, sure?')
  })

  test('no digit is left over, whatever is around it', () => {
    for (const text of ['a1b2c3', '1-2-3', '12:345', '1,23', '99999999999999999999', '１２３', '$', '1..2'])
      expect(spellNumbers(text)).not.toMatch(/\p{Nd}/u)
  })
})
