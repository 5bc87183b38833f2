import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameCutter, type FrameSyntax } from './frame-cutter'

/** Frames of a mark, their own length and filling; two have to agree before one is believed. */
const MARK = 0xee
const syntax: FrameSyntax<{ length: number }> = {
  frameAt: (bytes, offset, { isSynced, isAtEnd }) => {
    if (bytes[offset] !== MARK) return null
    if (bytes.length - offset < 2) return 'more'
    const length = bytes[offset + 1] ?? 0
    if (length < 2) return null
    const next = offset + length
    if (next > bytes.length) return 'more'
    if (isSynced) return { length }
    if (next === bytes.length) return isAtEnd ? { length } : 'more'
    return bytes[next] === MARK ? { length } : null
  },
}
const frame = (length: number, filling = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at === 0 ? MARK : at === 1 ? length : filling))
const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((one) => [...one]))

/** The lengths of the frames found when the bytes come in pieces of `step`, and whether something was lost. */
function cut(bytes: Uint8Array, step = bytes.length || 1) {
  const cutter = new FrameCutter(syntax)
  const found = []
  for (let at = 0; at < bytes.length; at += step) found.push(...cutter.push(bytes.subarray(at, at + step)))
  found.push(...cutter.finish())
  return { lengths: found.map(({ bytes: one }) => one.length), damaged: cutter.damaged }
}

describe('Frames are cut', () => {
  const four = [frame(9), frame(30), frame(5), frame(12)]
  const lengths = four.map((one) => one.length)

  it('the same in pieces of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (step) => {
        expect(cut(joined(...four), step)).toEqual({ lengths, damaged: false })
      }),
    )
  })

  it('without counting what stands before the first, or a few bytes behind the last, as a loss', () => {
    const junk = new Uint8Array(8)
    expect(cut(joined(junk, junk, ...four, junk))).toEqual({ lengths, damaged: false })
  })

  it('and what is missing between two, as much as a frame behind the last, or half of the last, is one', () => {
    const [a, b, c, d] = four
    if (!a || !b || !c || !d) throw new Error('There are four.')
    expect(cut(joined(a, b, new Uint8Array(3), c, d))).toEqual({ lengths, damaged: true })
    expect(cut(joined(...four, new Uint8Array(9)))).toEqual({ lengths, damaged: true })
    expect(cut(joined(a, b, c, d.subarray(0, 7)))).toEqual({ lengths: lengths.slice(0, 3), damaged: true })
  })

  it('behind what only seems to begin one when the file has ended', () => {
    // Its length reaches beyond the end; the frames behind it are real.
    expect(cut(joined(Uint8Array.of(MARK, 250), ...four))).toEqual({ lengths, damaged: false })
  })
})
