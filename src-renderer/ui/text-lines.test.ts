import { describe, expect, it } from 'vitest'
import { linesOf } from './text-lines'

describe('the lines of a long text', () => {
  it('are those of the text when they are short', () => {
    expect(linesOf('a\n\nb')).toEqual(['a', '', 'b'])
  })

  it('are cut into pieces when they are long, and nothing is lost', () => {
    const long = 'x'.repeat(2500)
    expect(linesOf(`${long}\ny`).map((line) => line.length)).toEqual([1000, 1000, 500, 1])
  })

  it('never cut a character in two', () => {
    expect(linesOf('ab😀cd', 3)).toEqual(['ab😀', 'cd'])
  })
})
