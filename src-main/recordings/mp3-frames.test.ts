import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { mp3Cutter, parseMp3Info } from './mp3-frames'
import { parseMp3Header } from './mp3-header'
import { fixture } from './testing'

let whole: Buffer
let frames: Buffer[]

beforeAll(async () => {
  whole = await readFile(fixture('cbr-stereo.mp3'))
  frames = cut(whole, [])
})

/** The frames of `bytes` when they come in pieces that end at `places`. */
function cut(bytes: Uint8Array, places: readonly number[], cutter = mp3Cutter()): Buffer[] {
  const ends = [...places, bytes.length].sort((a, b) => a - b)
  const found = ends.flatMap((end, i) => cutter.push(bytes.subarray(ends[i - 1] ?? 0, end)))
  return [...found, ...cutter.finish()].map(({ bytes: frame }) => Buffer.from(frame))
}

describe('A cutter of MP3 bytes', () => {
  it('finds the same frames however the file is cut into pieces', () => {
    expect(Buffer.concat(frames).equals(whole.subarray(whole.indexOf(0xff)))).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 40 }), (places) => {
        const found = cut(whole, places)
        expect(found.length).toBe(frames.length)
        expect(Buffer.concat(found).equals(Buffer.concat(frames))).toBe(true)
      }),
    )
  })

  it('goes on behind damage only where two frames agree', () => {
    const [a, b, c, d, e] = frames.slice(1, 6)
    if (!a || !b || !c || !d || !e) throw new Error('The fixture is too short.')
    const lure = Buffer.concat([a.subarray(0, 4), Buffer.alloc(300)])
    const cutter = mp3Cutter()
    const found = cut(Buffer.concat([a, b, c, Buffer.alloc(9), lure, c, d, e]), [], cutter)
    expect(found.length).toBe(6)
    expect(Buffer.concat(found).equals(Buffer.concat([a, b, c, c, d, e]))).toBe(true)
    expect(cutter.damaged).toBe(true)
  })

  it('drops a tag of any length without keeping it', () => {
    const tag = Buffer.concat([Buffer.from('ID3\x04\0\0\0\x08\0\0', 'latin1'), Buffer.alloc(131072, 0xff)])
    expect(cut(Buffer.concat([tag, whole]), [5, 1000, 70000]).length).toBe(frames.length)
    const cutter = mp3Cutter()
    expect(cut(tag.subarray(0, 5000), [], cutter)).toEqual([])
    expect(cutter.damaged).toBe(false)
  })

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const kept = cut(bytes, []).reduce((sum, frame) => sum + frame.length, 0)
        expect(kept).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})

describe('parseMp3Info', () => {
  it("reads the frame count and the encoder's silence from the first frame, and nothing from another", () => {
    const [first, second] = frames
    const header = first && parseMp3Header(first, 0)
    if (!first || !second || !header) throw new Error('The fixture has no frames.')
    expect(parseMp3Info(second, header)).toBeNull()
    const info = parseMp3Info(first, header)
    expect(info?.frames).toBe(frames.length - 1)
    // LAME's own delay is 576 samples; together they fill up the frames.
    expect(info?.padding?.startSamples).toBe(576)
    const padding = (info?.padding?.startSamples ?? 0) + (info?.padding?.endSamples ?? 0)
    expect((frames.length - 1) * 1152 - padding).toBe(110250)
  })
})
