import { execFileSync, spawnSync } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { EarmarkError } from '@contract/errors'
import type { SoundAnswer, SoundQuestion } from '@contract/sound-decoder'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AdtsHeader, adtsCutter } from './adts-frames'
import type { PacketDecoder } from './chromium-decoder'
import { computePeaks } from './compute-peaks'
import type { CutFrame } from './frame-cutter'
import { type Mp4Packet, readMp4 } from './mp4-track'
import { fixture, testFolder } from './testing'

/** Containers are compared with what ffprobe finds in them; the sound in them is decoded in e2e/aac.spec.ts. */
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const folder = testFolder()
const make = (name: string, ...args: string[]) =>
  execFileSync('ffmpeg', [
    ...'-v error -nostdin -y -i'.split(' '),
    fixture('cbr-stereo.mp3'),
    ...args,
    folder.path(name),
  ])

interface Probed {
  readonly pos: string
  readonly size: string
  readonly duration: number
}

function probed(name: string): Probed[] {
  const json = execFileSync('ffprobe', [
    ...'-v error -show_packets -select_streams a -of json'.split(' '),
    folder.path(name),
  ])
  return JSON.parse(json.toString()).packets
}

async function packetsOf(
  path: string,
): Promise<{ packets: Mp4Packet[]; skip: number; codec: string; truncated: boolean }> {
  const handle = await open(path)
  try {
    const { track, fragments, truncated } = await readMp4(handle, (await handle.stat()).size)
    const packets = [...track.indexed]
    for await (const packet of fragments) packets.push(packet)
    return { packets, skip: track.skip, codec: track.codec, truncated }
  } finally {
    await handle.close()
  }
}

/** Says "decoded" to everything: a thousand samples of silence a packet. Remembers what it was asked. */
function silentDecoder(): PacketDecoder & { readonly asked: SoundQuestion[] } {
  const asked: SoundQuestion[] = []
  const reply = (question: SoundQuestion): SoundAnswer => {
    if (question.type === 'open') return { id: 0, type: 'opened' }
    if (question.type === 'close') return { id: 0, type: 'closed' }
    const packets = question.type === 'decode' ? question.sizes.length : 0
    return {
      id: 0,
      type: 'sound',
      sampleRate: 44100,
      channels: packets ? [new Int16Array(packets * 1024)] : [],
      lost: 0,
    }
  }
  return {
    asked,
    ask: async (question) => {
      asked.push(question)
      return reply(question)
    },
  }
}

describe.runIf(hasFfmpeg)('AAC out of its container', () => {
  beforeAll(() => {
    make('plain.m4a', '-c:a', 'aac')
    make('first.m4a', '-c:a', 'aac', '-movflags', '+faststart')
    make('fragments.m4a', ...'-c:a aac -movflags frag_keyframe+empty_moov -frag_duration 400000'.split(' '))
    make(
      'base-moof.m4a',
      ...'-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 300000'.split(' '),
    )
    make('quicktime.mov', '-c:a', 'aac')
    make(
      'video.mp4',
      ...'-f lavfi -i testsrc=duration=2:size=64x64:rate=5 -c:a aac -c:v mpeg4 -shortest'.split(' '),
    )
    make('raw.aac', '-c:a', 'aac')
    make('alac.m4a', '-c:a', 'alac')
  })

  it.each(['plain.m4a', 'first.m4a', 'fragments.m4a', 'base-moof.m4a', 'quicktime.mov', 'video.mp4'])(
    'of %s: the same packets in the same places as ffprobe finds',
    async (name) => {
      const { packets, codec } = await packetsOf(folder.path(name))
      const wanted = probed(name)
      expect(packets.map(({ start, bytes }) => [start, bytes])).toEqual(
        wanted.map(({ pos, size }) => [Number(pos), Number(size)]),
      )
      expect(codec).toBe('mp4a.40.2')
      expect(wanted.length).toBeGreaterThan(80)
    },
  )

  it("with the encoder's silence at the start, where an edit list says so", async () => {
    expect((await packetsOf(folder.path('plain.m4a'))).skip).toBe(1024)
    expect((await packetsOf(folder.path('fragments.m4a'))).skip).toBe(0)
  })

  it('of ADTS frames, in pieces of any size, and around damage', async () => {
    const bytes = await readFile(folder.path('raw.aac'))
    const sizes = probed('raw.aac').map(({ size }) => Number(size) - 7)
    for (const step of [7, 100, 65536]) {
      const cutter = adtsCutter()
      const frames: CutFrame<AdtsHeader>[] = []
      for (let at = 0; at < bytes.length; at += step)
        frames.push(...cutter.push(bytes.subarray(at, at + step)))
      frames.push(...cutter.finish())
      expect(frames.map(({ header }) => header.length - header.headerBytes)).toEqual(sizes)
      expect(cutter.damaged).toBe(false)
    }
    const cutter = adtsCutter()
    const holed = Buffer.concat([bytes.subarray(0, 5000), bytes.subarray(5600)])
    const packets = [...cutter.push(holed), ...cutter.finish()]
    expect(cutter.damaged).toBe(true)
    expect(packets.length).toBeGreaterThan(sizes.length - 6)
  })

  it('goes to the decoder in bounded pieces; skip and padding are cut', async () => {
    const decoder = silentDecoder()
    const { durationSec, channels, format } = await computePeaks(folder.path('plain.m4a'), {
      packetDecoder: decoder,
    })
    expect(durationSec).toBe(110250 / 44100)
    expect({ channels, format }).toMatchObject({ channels: 1, format: { kind: 'm4a', coding: 'AAC-LC' } })
    expect(decoder.asked.map(({ type }) => type)).toEqual(['open', 'decode', 'flush', 'close'])
    expect(decoder.asked[0]).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 44100, channels: 2 })
  })

  it('is refused with a sentence where nothing decodes it, or it is something else', async () => {
    const refused = (name: string, packetDecoder: PacketDecoder | null) =>
      expect(computePeaks(folder.path(name), { packetDecoder })).rejects
    await refused('plain.m4a', null).toMatchObject({
      message: expect.stringMatching(/command line can’t decode AAC/),
    })
    await refused('raw.aac', null).toMatchObject({
      message: expect.stringMatching(/command line can’t decode AAC/),
    })
    await refused('alac.m4a', silentDecoder()).toMatchObject({
      message: expect.stringMatching(/Apple Lossless/),
    })
    const without: PacketDecoder = {
      ask: async ({ type }) =>
        type === 'close' ? { id: 0, type: 'closed' } : { id: 0, type: 'failed', reason: 'unsupported' },
    }
    await refused('plain.m4a', without).toMatchObject({
      code: 'recording_broken',
      message: expect.stringMatching(/This Electron can’t decode AAC/),
    })
  })

  it('by any change of its index ends in packets or in a refusal, soon', async () => {
    for (const name of ['first.m4a', 'fragments.m4a']) {
      const whole = await readFile(folder.path(name))
      const index = whole.indexOf('mdat')
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: index }),
          fc.constantFrom(0, 1, 0x7f, 0xff),
          async (at, value) => {
            const bytes = Buffer.from(whole)
            bytes.fill(value, at, at + 4)
            const path = folder.path('changed.m4a')
            await writeFile(path, bytes)
            const startMs = performance.now()
            const outcome = await computePeaks(path, { packetDecoder: silentDecoder() }).catch(
              (error: unknown) => error,
            )
            if (outcome instanceof Error) expect(outcome).toBeInstanceOf(EarmarkError)
            expect(performance.now() - startMs).toBeLessThan(3000)
          },
        ),
        { numRuns: 60 },
      )
    }
  })
})
