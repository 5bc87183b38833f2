import { writeFile } from 'node:fs/promises'
import { EarmarkError } from '@contract/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DecodedAudio, decodeAudio } from './decode'
import { chunk, testFolder, type WavParts, wavFile } from './testing'

const folder = testFolder()
let files = 0

async function decode(bytes: Uint8Array): Promise<DecodedAudio & { samples: number[][] }> {
  const path = folder.path(`${files++}.wav`)
  await writeFile(path, bytes)
  const samples: number[][] = []
  const audio = await decodeAudio(path, {
    onChunk: (channelData) => {
      for (const [i, channel] of channelData.entries()) {
        samples[i] ??= []
        for (const sample of channel) samples[i]?.push(sample)
      }
    },
  })
  return { ...audio, samples }
}

const refusal = (bytes: Uint8Array) =>
  decode(bytes).then(
    () => null,
    (error: unknown) => error,
  )

/** 16 bit, mono, 8 kHz. */
const plain = (samples: readonly number[], more: Partial<WavParts> = {}): Uint8Array =>
  wavFile({ tag: 1, bits: 16, channels: 1, sampleRate: 8000, data: s16(samples), ...more })

function s16(samples: readonly number[]): Uint8Array {
  const data = Buffer.alloc(samples.length * 2)
  for (const [i, sample] of samples.entries()) data.writeInt16LE(sample, i * 2)
  return data
}

describe('WAV samples', () => {
  const wanted = [0, 0.5, -0.5, 0.25, -1, 0.75]

  it.each<[string, number, number, (data: Buffer, sample: number, at: number) => void]>([
    ['8 bit', 1, 8, (d, s, at) => d.writeUInt8(128 + s * 128, at)],
    ['16 bit', 1, 16, (d, s, at) => d.writeInt16LE(s * 0x8000, at)],
    ['24 bit', 1, 24, (d, s, at) => d.writeIntLE(s * 0x800000, at, 3)],
    ['32 bit', 1, 32, (d, s, at) => d.writeInt32LE(s * 0x80000000, at)],
    ['float 32 bit', 3, 32, (d, s, at) => d.writeFloatLE(s, at)],
    ['float 64 bit', 3, 64, (d, s, at) => d.writeDoubleLE(s, at)],
  ])('are read exactly from %s, plain and extensible, mono and stereo', async (label, tag, bits, write) => {
    const data = Buffer.alloc((wanted.length * bits) / 8)
    for (const [i, sample] of wanted.entries()) write(data, sample, (i * bits) / 8)
    for (const extensible of [false, true]) {
      const mono = await decode(wavFile({ tag, bits, channels: 1, sampleRate: 16000, data, extensible }))
      expect(mono.samples).toEqual([wanted])
      expect(mono.coding).toContain(label)
      expect(mono).toMatchObject({ channels: 1, durationSec: 6 / 16000, truncated: false })
      const stereo = await decode(wavFile({ tag, bits, channels: 2, sampleRate: 16000, data, extensible }))
      expect(stereo.samples).toEqual([
        [0, -0.5, -1],
        [0.5, 0.25, 0.75],
      ])
    }
  })

  it('are read from A-law and µ-law as G.711 says', async () => {
    const g711 = (tag: number, codes: readonly number[]) =>
      decode(wavFile({ tag, bits: 8, channels: 1, sampleRate: 8000, data: Uint8Array.from(codes) }))
    // Quietest and loudest of each sign (G.711 tables 1a to 2b, scaled to 16 bit).
    const alaw = await g711(6, [0xd5, 0x55, 0xaa, 0x2a, 0x80])
    expect(alaw.samples[0]?.map((s) => s * 32768)).toEqual([8, -8, 32256, -32256, 5504])
    const mulaw = await g711(7, [0xff, 0x7f, 0x80, 0x00, 0xef])
    expect(mulaw.samples[0]?.map((s) => s * 32768)).toEqual([0, -0, 32124, -32124, 132])
  })

  it('come back from any 16-bit recording, over piece boundaries too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(1, 700),
        async (pattern, channels, times) => {
          const frames = pattern.flatMap((sample) => Array.from({ length: channels }, (_, c) => sample ^ c))
          const all = Array.from({ length: times }, () => frames).flat()
          const { samples } = await decode(
            wavFile({ tag: 1, bits: 16, channels, sampleRate: 8000, data: s16(all) }),
          )
          // The rest of more than two channels is left out.
          expect(samples.length).toBe(Math.min(2, channels))
          for (const [c, channel] of samples.entries()) {
            expect(channel.length).toBe(pattern.length * times)
            const wrong = channel.findIndex((s, i) => s * 32768 !== ((pattern[i % pattern.length] ?? 0) ^ c))
            expect(wrong).toBe(-1)
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('WAV sizes', () => {
  const sound = [1, 2, 3, 4, 5, 6].map((n) => n * 1000)

  it.each([0, 0xffffffff, 0x7fffffff, 0xffffffff - 36])(
    'of %i are placeholders: the sound goes on to the end of the file',
    async (claimedDataBytes) => {
      const audio = await decode(plain(sound, { claimedDataBytes }))
      expect(audio.samples[0]?.length).toBe(6)
      expect(audio.truncated).toBe(false)
    },
  )

  it('beyond the file give what there is and say that the end is missing', async () => {
    const audio = await decode(plain(sound, { claimedDataBytes: 5000 }))
    expect(audio.samples[0]?.length).toBe(6)
    expect(audio.truncated).toBe(true)
  })

  it('smaller than the file end the sound there', async () => {
    const audio = await decode(plain(sound, { behind: chunk('LIST', Buffer.from('INFOxxxx')) }))
    expect(audio.samples[0]?.length).toBe(6)
    expect(audio.truncated).toBe(false)
  })

  it('that cut a sample in two lose only that sample', async () => {
    const audio = await decode(plain(sound).subarray(0, -1))
    expect(audio.samples[0]?.length).toBe(5)
    expect(audio.truncated).toBe(true)
  })

  it('of odd chunks before the sound are stepped over, with and without the filling byte', async () => {
    for (const filling of [[0], []]) {
      const odd = Buffer.concat([chunk('note', Buffer.from('odd')), Buffer.from(filling)])
      const audio = await decode(plain(sound, { chunksBefore: odd }))
      expect(audio.samples[0]?.map((s) => s * 32768)).toEqual(sound)
    }
  })

  it('of several data chunks are added up', async () => {
    const audio = await decode(plain(sound, { behind: chunk('data', s16([7000, 8000])) }))
    expect(audio.samples[0]?.map((s) => s * 32768)).toEqual([...sound, 7000, 8000])
  })

  it('of RF64 are taken from its own chunk', async () => {
    const sizes = Buffer.alloc(28)
    sizes.writeBigUInt64LE(12n, 8)
    const bytes = Buffer.from(
      plain(sound, {
        chunksBefore: chunk('ds64', sizes),
        claimedDataBytes: 0xffffffff,
        behind: Buffer.from('not sound!'),
      }),
    )
    bytes.write('RF64', 0)
    const audio = await decode(bytes)
    expect(audio.samples[0]?.length).toBe(6)
  })
})

describe('a WAV file that can not be decoded', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['another coding', plain([1], { tag: 0x31 }), /GSM 6\.10/],
    ['an unknown coding', plain([1], { tag: 0x1234 }), /format 4660, 16 bit/],
    ['no channel', plain([1], { channels: 0 }), /0 channels/],
    ['thousands of channels', plain([1], { channels: 40000 }), /40000 channels/],
    ['no sample rate', plain([1], { sampleRate: 0 }), /0 samples a second/],
    ['no sound', plain([]), /no sound in it/],
    ['no format', Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), chunk('data', s16([1]))]), /missing/],
    ['its header alone', Buffer.from('RIFF\0\0\0\0WAVE'), /missing/],
  ])('for %s is refused with a sentence', async (_, bytes, words) => {
    const error = await refusal(bytes)
    expect(error).toBeInstanceOf(EarmarkError)
    expect(error).toMatchObject({ code: 'recording_broken', message: expect.stringMatching(words) })
    expect(error).toMatchObject({ message: expect.stringMatching(/^This recording is a WAV file.*\.$/s) })
  })

  it('by any change of its header ends in samples or in a refusal, never otherwise', async () => {
    const whole = plain([1, 2, 3, 4], { extensible: true })
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, value) => {
        const bytes = Uint8Array.from(whole)
        bytes[at] = value
        const outcome = await refusal(bytes)
        if (outcome !== null) expect(outcome).toBeInstanceOf(EarmarkError)
      }),
      { numRuns: 300 },
    )
  })
})
