import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Peaks } from '@contract/recordings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePeaks, encodePeaks, readPeaksFile, writePeaksFile } from './peaks-file'
import { testFolder } from './testing'

const folder = testFolder()

const anyPeaks = fc
  .record({
    durationSec: fc.double({ min: 0, max: 1e6, noNaN: true }),
    channels: fc.integer({ min: 1, max: 8 }),
    bucketsPerSec: fc.constantFrom(20, 100),
    buckets: fc.nat(50),
    facts: fc.record({
      loudnessLufs: fc.option(fc.double({ min: -70, max: 10, noNaN: true })),
      fileChannels: fc.integer({ min: 1, max: 8 }),
      isTruncated: fc.boolean(),
    }),
  })
  .chain((shape) => {
    const length = shape.channels * shape.buckets * 2
    return fc.int8Array({ minLength: length, maxLength: length }).map((data) => ({ ...shape, data }))
  })

const some: Peaks = {
  durationSec: 0.02,
  channels: 1,
  bucketsPerSec: 100,
  buckets: 2,
  data: Int8Array.of(-3, 4, -5, 6),
  facts: { loudnessLufs: -23.5, fileChannels: 6, isTruncated: true },
}

describe('a peaks file', () => {
  it('gives back what was put in, in the shape of the contract', () => {
    fc.assert(
      fc.property(anyPeaks, (peaks) => {
        expect(Peaks.parse(decodePeaks(encodePeaks(peaks)))).toEqual(peaks)
      }),
    )
  })

  it('is refused after any change of a byte, any cut and anything behind it', () => {
    fc.assert(
      fc.property(anyPeaks, fc.nat(), fc.integer({ min: 1, max: 255 }), (peaks, position, change) => {
        const bytes = encodePeaks(peaks)
        const at = position % bytes.length
        expect(decodePeaks(bytes.subarray(0, at))).toBeNull()
        expect(decodePeaks(Buffer.concat([bytes, Buffer.of(change)]))).toBeNull()
        bytes[at] = (bytes[at] ?? 0) ^ change
        expect(decodePeaks(bytes)).toBeNull()
      }),
    )
  })

  it('is written over the one before, and leaves nothing beside it', async () => {
    const path = folder.path('a.peaks')
    await writePeaksFile(path, { ...some, durationSec: 9 })
    await writePeaksFile(path, some)
    expect(await readPeaksFile(path)).toEqual(some)
    expect((await readdir(dirname(path))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('is null when missing or damaged', async () => {
    const path = folder.path('b.peaks')
    expect(await readPeaksFile(path)).toBeNull()
    await writePeaksFile(path, some)
    const bytes = await readFile(path)
    bytes[bytes.length - 1] = 99
    await writeFile(path, bytes)
    expect(await readPeaksFile(path)).toBeNull()
  })

  it('that can not be written fails with the reason from the system', async () => {
    await expect(writePeaksFile(folder.path('none/c.peaks'), some)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
