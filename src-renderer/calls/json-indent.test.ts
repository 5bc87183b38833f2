import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indentJson } from './json-indent'

describe('indented JSON', () => {
  it('looks as usual', () => {
    const value = { a: 1, b: [true, null, { c: 'x, {y}' }], d: {}, e: [] }
    expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
  })

  it('keeps digits and escapes as they came', () => {
    expect(indentJson('{"id":12345678901234567890,"n":1.50,"s":"\\u0041\\"["}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "n": 1.50,\n  "s": "\\u0041\\"["\n}',
    )
  })

  it('means the same for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value)
        expect(JSON.parse(indentJson(json))).toEqual(JSON.parse(json))
      }),
    )
  })

  it('does not lose the end of what was cut off', () => {
    expect(indentJson('{"a":"unfinish')).toContain('"unfinish')
  })
})
