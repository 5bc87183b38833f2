import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audioResponse } from '../recordings/ranges'
import { createContent, openContent, readContent } from './content'
import { WorkspaceKeys } from './keys'
import { openPart } from './part-content'
import { CONTENT_BYTES, contentSize, HEADER_BYTES, PIECE_BYTES, sealedSize } from './sealed-format'

const key = new WorkspaceKeys(randomBytes(32)).files
const other = new WorkspaceKeys(randomBytes(32)).files
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earmark-sealed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function sealed(name: string, content: Uint8Array, steps: readonly number[] = []): Promise<string> {
  const path = join(folder, name)
  const writer = await createContent(path, key, 'w')
  let at = 0
  for (const step of [...steps, content.length]) {
    await writer.append(content.subarray(at, at + step))
    at = Math.min(content.length, at + step)
  }
  await writer.finish()
  return path
}

/** Sizes around the borders of pieces, where mistakes are. */
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -2, max: 2 }))
    .map(([pieces, more]) => Math.max(0, pieces * CONTENT_BYTES + more)),
  fc.integer({ min: 0, max: 5 * CONTENT_BYTES }),
)

describe('a sealed file', () => {
  it('gives any range of any content, however it was written, and has the size that was foretold', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.integer({ min: 1, max: 2 * CONTENT_BYTES }), { maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(6 * CONTENT_BYTES), fc.nat(2 * CONTENT_BYTES)), { maxLength: 6 }),
        async (size, steps, ranges) => {
          const content = randomBytes(size)
          const path = await sealed('any', content, steps)
          expect((await readFile(path)).length).toBe(sealedSize(size))
          expect(contentSize(sealedSize(size))).toBe(size)
          expect(Buffer.compare(await readContent(path, key), content)).toBe(0)
          const handle = await openContent(path, key)
          try {
            expect(await handle.stat()).toEqual({ size })
            for (const [position, length] of ranges) {
              const bytes = Buffer.alloc(length + 3)
              const { bytesRead } = await handle.read(bytes, 3, length, position)
              const wanted = content.subarray(position, position + length)
              expect(bytesRead).toBe(wanted.length)
              expect(Buffer.compare(bytes.subarray(3, 3 + bytesRead), wanted)).toBe(0)
            }
          } finally {
            await handle.close()
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('answers requests for ranges as the plain file does', async () => {
    const content = randomBytes(3 * CONTENT_BYTES + 777)
    const plain = join(folder, 'plain.mp3')
    await writeFile(plain, content)
    const path = await sealed('sealed.mp3', content)
    const ranges = [
      null,
      'bytes=0-0',
      'bytes=65535-65536',
      'bytes=-5',
      'bytes=190000-',
      'bytes=999999-',
      'bytes=x',
    ]
    for (const range of ranges) {
      const [a, b] = await Promise.all([
        audioResponse(plain, 'audio/mpeg', range, 'GET'),
        audioResponse(path, 'audio/mpeg', range, 'GET', null, key),
      ])
      expect(b.status).toBe(a.status)
      for (const name of ['content-range', 'content-length', 'content-type'])
        expect(b.headers.get(name)).toBe(a.headers.get(name))
      expect(Buffer.compare(Buffer.from(await b.arrayBuffer()), Buffer.from(await a.arrayBuffer()))).toBe(0)
    }
  })

  it('holds nothing of its content in the clear', async () => {
    const word = Buffer.from('canary-of-a-recording')
    const path = await sealed('canary', Buffer.concat(Array.from({ length: 9000 }, () => word)))
    expect((await readFile(path)).includes(word)).toBe(false)
  })

  it('is refused with another key, and when one bit of it was flipped, wherever', async () => {
    const path = await sealed('flipped', randomBytes(2 * CONTENT_BYTES + 100))
    await expect(readContent(path, other)).rejects.toMatchObject({ code: 'recording_broken' })
    const whole = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        await writeFile(path, bytes)
        await expect(readContent(path, key)).rejects.toMatchObject({ code: 'recording_broken' })
      }),
      { numRuns: 60 },
    )
  })

  it('is refused when pieces are missing at its end, changed places, or come from another file', async () => {
    const path = await sealed('moved', randomBytes(3 * CONTENT_BYTES))
    const whole = await readFile(path)
    const second = await readFile(await sealed('second', randomBytes(3 * CONTENT_BYTES)))
    const piece = (of: Buffer, index: number) =>
      of.subarray(HEADER_BYTES + index * PIECE_BYTES, HEADER_BYTES + (index + 1) * PIECE_BYTES)
    const head = whole.subarray(0, HEADER_BYTES)
    const broken = [
      whole.subarray(0, whole.length - PIECE_BYTES),
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, HEADER_BYTES),
      Buffer.alloc(0),
      Buffer.concat([head, piece(whole, 1), piece(whole, 0), piece(whole, 2)]),
      Buffer.concat([head, piece(whole, 0), piece(second, 1), piece(whole, 2)]),
      Buffer.concat([whole, piece(whole, 2)]),
      randomBytes(whole.length),
    ]
    for (const bytes of broken) {
      await writeFile(path, bytes)
      await expect(readContent(path, key)).rejects.toMatchObject({ code: 'recording_broken' })
    }
  })

  it('seals the same content differently each time', async () => {
    const content = randomBytes(1000)
    const [a, b] = [await readFile(await sealed('a', content)), await readFile(await sealed('b', content))]
    expect(a.subarray(8 + 8).equals(b.subarray(8 + 8))).toBe(false)
  })
})

describe('an unfinished sealed file', () => {
  it('goes on behind its last whole piece, wherever it was cut, and ends as if it had never been', async () => {
    const path = join(folder, 'call.part')
    const content = randomBytes(4 * CONTENT_BYTES + 123)
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length), fc.nat(3 * PIECE_BYTES), async (begun, lost) => {
        await rm(path, { force: true })
        const first = await openPart(path, key, 0, () => undefined)
        await first.append(content.subarray(0, begun))
        await first.close()
        const handle = await open(path, 'r+')
        const { size } = await handle.stat()
        await handle.truncate(Math.max(0, size - lost))
        await handle.close()
        const there: Buffer[] = []
        const second = await openPart(path, key, content.length, (bytes) => there.push(Buffer.from(bytes)))
        const received = Buffer.concat(there)
        expect(Buffer.compare(received, content.subarray(0, received.length))).toBe(0)
        await second.append(content.subarray(received.length))
        await second.finish()
        expect(Buffer.compare(await readContent(path, key), content)).toBe(0)
      }),
      { numRuns: 25 },
    )
  })
})
