import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { type Cell, csvText, guardFormula } from './csv'
import { FORMULA_PAYLOADS, HARMLESS, HOSTILE_PIECES, readRfc4180 } from './testing'

describe('the guard against formulas', () => {
  it('puts an apostrophe before each of 60 payloads, so that no cell begins like a formula', () => {
    expect(FORMULA_PAYLOADS.length).toBeGreaterThanOrEqual(60)
    const cells = readRfc4180(
      csvText(
        FORMULA_PAYLOADS.map((text) => [text]),
        { raw: false },
      ),
    ).flat()
    expect(cells.filter((cell) => /^[=+\-@\t\r\n\0]/.test(cell))).toEqual([])
    expect(cells.map((cell) => cell.slice(1))).toEqual(FORMULA_PAYLOADS)
  })

  it('leaves numbers, phone numbers, and text with a sign inside as they are', () => {
    const cells = [-5, 0.25, ...HARMLESS]
    expect(readRfc4180(csvText([cells], { raw: false }))).toEqual([cells.map(String)])
    for (const text of ['+0155', '+1', '+1415 555', '+14155550123\n', '-5\n', '-5%', '--5'])
      expect(guardFormula(text)).toBe(`'${text}`)
  })

  it('is left out in raw exports', () => {
    expect(csvText([['=1+1', -1, null]], { raw: true })).toBe('=1+1,-1,\r\n')
  })

  it('is quick on a long text of nothing but spaces', () => {
    const startedMs = performance.now()
    guardFormula(' '.repeat(5_000_000))
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })
})

describe('CSV', () => {
  it('ends every row with CRLF, doubles quotes, writes numbers with a dot and null as nothing', () => {
    const rows = [
      ['a', 'say "hi"', 'x,y', 'two\nlines', 1.5, null],
      ['', 'é', ' spaced ', '\0', 1e21, -0],
    ]
    expect(csvText(rows, { raw: true })).toBe(
      'a,"say ""hi""","x,y","two\nlines",1.5,\r\n,é," spaced ",\0,1e+21,0\r\n',
    )
    expect(csvText([], { raw: true })).toBe('')
  })

  it('never writes what is no number', () => {
    expect(csvText([[Number.NaN, Number.POSITIVE_INFINITY, 'x']], { raw: true })).toBe(',,x\r\n')
  })

  it('reads back as it was, in two readers, whatever stands in it', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...HOSTILE_PIECES), { maxLength: 6 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(null),
    )
    const table = fc
      .integer({ min: 1, max: 8 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
      )
    fc.assert(
      fc.property(table, fc.boolean(), (rows, raw) => {
        const expected = rows.map((row) =>
          row.map((one) => {
            if (typeof one === 'number') return String(one)
            return one === null ? '' : raw ? one : guardFormula(one)
          }),
        )
        const written = csvText(rows, { raw })
        expect(readRfc4180(written)).toEqual(expected)
        const parsed = Papa.parse<string[]>(written, { delimiter: ',', newline: '\r\n' })
        expect(parsed.errors).toEqual([])
        // Papa reads the end of the last row as the beginning of an empty one.
        expect(parsed.data.slice(0, -1)).toEqual(expected)
      }),
    )
  })
})
