import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** A folder for the tests of one file, removed afterwards; to be called at the file's top level. */
export function testFolder(): { readonly path: (name: string) => string } {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earmark-recordings-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  return { path: (name) => join(folder, name) }
}

/** The path of a file in `fixtures/`. */
export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)

export interface WavParts {
  /** `wFormatTag`: 1 PCM, 3 float, 6 A-law, 7 µ-law. */
  readonly tag: number
  readonly bits: number
  readonly channels: number
  readonly sampleRate: number
  /** The data chunk's bytes. */
  readonly data: Uint8Array
  /** What the header says instead of the data's length. */
  readonly claimedDataBytes?: number
  /** Written as WAVE_FORMAT_EXTENSIBLE. */
  readonly extensible?: boolean
  /** Whole chunks (name, size, body) between format and data. */
  readonly chunksBefore?: Uint8Array
  /** Bytes behind the data. */
  readonly behind?: Uint8Array
}

/** A WAV file, byte by byte from its description: independent of what reads it. */
export function wavFile(parts: WavParts): Uint8Array {
  const { tag, bits, channels, sampleRate, data } = parts
  const format = Buffer.alloc(parts.extensible ? 40 : 16)
  format.writeUInt16LE(parts.extensible ? 0xfffe : tag, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(sampleRate, 4)
  format.writeUInt32LE((sampleRate * channels * bits) / 8, 8)
  format.writeUInt16LE(((channels * bits) / 8) & 0xffff, 12)
  format.writeUInt16LE(bits, 14)
  if (parts.extensible) {
    format.writeUInt16LE(22, 16)
    format.writeUInt16LE(bits, 18)
    format.writeUInt16LE(tag, 24)
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26)
  }
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', format),
    parts.chunksBefore ?? Buffer.alloc(0),
    chunk('data', data, parts.claimedDataBytes),
    parts.behind ?? Buffer.alloc(0),
  ])
  return chunk('RIFF', body)
}

/** A RIFF chunk; `claimed` replaces the size that it says. */
export function chunk(name: string, body: Uint8Array, claimed = body.length): Uint8Array {
  const head = Buffer.alloc(8)
  head.write(name, 0, 'latin1')
  head.writeUInt32LE(claimed, 4)
  return Buffer.concat([head, body])
}
