import { InvalidArgumentError } from 'commander'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ratePerSec, seconds, several, wholeNumber } from './numbers'

const refused = (parse: (text: string) => unknown, texts: readonly string[]) => {
  for (const text of texts) expect(() => parse(text), JSON.stringify(text)).toThrow(InvalidArgumentError)
}

describe('numbers given as options', () => {
  it('takes whole numbers within their bounds, both included', () => {
    const parse = wholeNumber(1, 64)
    expect(['1', '64', '007'].map(parse)).toEqual([1, 64, 7])
    refused(parse, [
      '0',
      '65',
      '',
      ' ',
      '1.0',
      '1e1',
      '-1',
      '+1',
      '0x10',
      '１２',
      '9'.repeat(400),
      'ten',
      '1 ',
    ])
  })

  it('takes seconds with a dot, and nothing that only JavaScript would call a number', () => {
    expect(['0', '12.5', '0.001'].map(seconds)).toEqual([0, 12.5, 0.001])
    refused(seconds, ['', '.5', '5.', '1e3', '-1', '1,5', 'Infinity', 'NaN', '0x1', '9'.repeat(400)])
  })

  it('takes a rate with and without its unit, more than none', () => {
    expect(['5/s', '5', '0.5/s'].map(ratePerSec)).toEqual([5, 5, 0.5])
    refused(ratePerSec, ['0', '0/s', '5/m', '/s', '-1/s', '', '5 /s', '9'.repeat(400)])
  })

  it('collects an option that is given again, in order', () => {
    expect(several('b', several('a'))).toEqual(['a', 'b'])
  })

  it('gives back any whole number as it was typed', () => {
    fc.assert(fc.property(fc.nat(), (n) => wholeNumber(0, 2 ** 31)(String(n)) === n))
  })
})
