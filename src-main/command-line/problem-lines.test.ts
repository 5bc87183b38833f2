import { describe, expect, test } from 'vitest'
import { problemLines } from './problem-lines'

const lines = (query: string, from: number, to: number) =>
  problemLines(query, { from, to, message: 'Expected a status.' }).split('\n')

describe('a problem of a query on a terminal', () => {
  test('has carets under its place', () => {
    expect(lines('refund stat:x y', 7, 13)).toEqual([
      'earmark: Expected a status.',
      '  refund stat:x y',
      '         ^^^^^^',
    ])
  })

  test('at the end of the query has a caret too', () => {
    expect(lines('a )', 3, 3).slice(1)).toEqual(['  a )', '     ^'])
  })

  test('counts what a terminal shows in two columns as two, and accents as none', () => {
    expect(lines('房子 x:1', 3, 6)[2]).toBe(`  ${' '.repeat(5)}^^^`)
    expect(lines('e\u0301 x:1', 3, 6)[2]).toBe('    ^^^')
  })

  test('of a long query shows what is around it, and no control characters', () => {
    const [, line = '', carets = ''] = lines(`${'a'.repeat(500)}\u001b[31m x:1 ${'b'.repeat(500)}`, 506, 509)
    expect(line.length).toBeLessThan(140)
    expect(line).not.toContain('\u001b')
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('x:1')
  })
})
