import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offsetOfPoint, quoteBetween, type TextNode } from './text-offsets'

const text = (nodeValue: string): TextNode => ({ nodeType: 3, nodeValue, childNodes: [] })
const element = (...childNodes: TextNode[]): TextNode => ({ nodeType: 1, nodeValue: null, childNodes })

describe('the offset of a point', () => {
  const first = text('I want to ')
  const inMark = text('buy a house')
  const mark = element(inMark)
  const rest = text('. Now.')
  const root = element(first, mark, rest)

  it('counts the text before it', () => {
    expect(offsetOfPoint(root, first, 3)).toBe(3)
    expect(offsetOfPoint(root, inMark, 4)).toBe(14)
    expect(offsetOfPoint(root, rest, 6)).toBe(27)
  })

  it('counts whole children when the point lies between nodes', () => {
    expect(offsetOfPoint(root, root, 0)).toBe(0)
    expect(offsetOfPoint(root, root, 2)).toBe(21)
    expect(offsetOfPoint(root, mark, 1)).toBe(21)
  })

  it('is null outside', () => {
    expect(offsetOfPoint(root, text('elsewhere'), 0)).toBeNull()
  })

  it('is the same however the text is cut into marks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 8 }),
        (parts) => {
          const nodes = parts.map(text)
          const tree = element(...nodes.map((node, i) => (i % 2 ? element(node) : node)))
          let before = 0
          nodes.forEach((node, i) => {
            expect(offsetOfPoint(tree, node, 1)).toBe(before + 1)
            before += parts[i]?.length ?? 0
          })
        },
      ),
    )
  })
})

describe('a quote', () => {
  it('is the text between two offsets, in either order', () => {
    const expected = { quote: 'buy a house', quoteStart: 10, quoteEnd: 21 }
    expect(quoteBetween('I want to buy a house.', 10, 21)).toEqual(expected)
    expect(quoteBetween('I want to buy a house.', 21, 10)).toEqual(expected)
  })

  it('has no white space at its ends', () => {
    expect(quoteBetween('I want to buy', 1, 7)).toEqual({ quote: 'want', quoteStart: 2, quoteEnd: 6 })
    expect(quoteBetween('a   b', 1, 4)).toBeNull()
  })

  it('holds no half of a surrogate pair', () => {
    expect(quoteBetween('👍👍', 1, 3)).toBeNull()
    expect(quoteBetween('a👍b', 0, 2)).toEqual({ quote: 'a', quoteStart: 0, quoteEnd: 1 })
  })

  it('counts UTF-16 units in any script', () => {
    const said = 'मुझे घर खरीदना है 👍 ok'
    const at = said.indexOf('ok')
    expect(quoteBetween(said, at, at + 2)).toEqual({ quote: 'ok', quoteStart: at, quoteEnd: at + 2 })
  })

  it('always equals the slice at its own offsets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(30), fc.nat(30), (said, a, b) => {
        const quote = quoteBetween(said, a, b)
        if (quote) expect(said.slice(quote.quoteStart, quote.quoteEnd)).toBe(quote.quote)
      }),
    )
  })

  it('is never longer than the contract takes', () => {
    expect(quoteBetween('x'.repeat(50_000), 0, 50_000)?.quote.length).toBe(20_000)
  })
})
