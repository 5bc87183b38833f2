import { describe, expect, it } from 'vitest'
import { locateQuote } from './turn-marks'

const quote = (text: string, quoteStart: number) => ({
  kind: 'quote' as const,
  turnIndex: 0,
  quote: text,
  quoteStart,
  quoteEnd: quoteStart + text.length,
})

describe('a quote in a turn', () => {
  it('stands at its offsets, even when the same words come earlier', () => {
    expect(locateQuote('Hello? Hello?', quote('Hello?', 7))).toEqual({ from: 7, to: 13 })
  })

  it('is found again where the text has moved', () => {
    expect(locateQuote('So: I want to buy', quote('I want', 0))).toEqual({ from: 4, to: 10 })
  })

  it('is nowhere when its words are gone', () => {
    expect(locateQuote('Good morning', quote('I want', 0))).toBeNull()
  })
})
