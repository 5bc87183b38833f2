import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { mp3Cutter, parseMp3Info } from './mp3-frames'
import { wrapMp3 } from './mp3-in-mp4'
import { audioResponse } from './ranges'
import { fixture, testFolder } from './testing'

const folder = testFolder()

/** The numbers in a box, found by its name alone: behind version and flags, `each` bytes apart. */
function numbersIn(mp4: Buffer, name: string): number[] {
  const at = mp4.indexOf(name, 0, 'latin1')
  const size = mp4.readUInt32BE(at - 4)
  return Array.from({ length: (size - 12) / 4 }, (_, n) => mp4.readUInt32BE(at + 8 + n * 4))
}

/** The frames as a player of MP4 finds them, and when each begins, in samples. */
function framesOf(mp4: Buffer): { bytes: Buffer; atSample: number }[] {
  const [, , ...sizes] = numbersIn(mp4, 'stsz')
  const [, ...chunks] = numbersIn(mp4, 'stco')
  const [, ...stretches] = numbersIn(mp4, 'stsc')
  const [, ...times] = numbersIn(mp4, 'stts')
  const durations: number[] = []
  for (let n = 0; n < times.length; n += 2)
    durations.push(...Array.from({ length: times[n] ?? 0 }, () => times[n + 1] ?? 0))
  const frames: { bytes: Buffer; atSample: number }[] = []
  let atSample = 0
  chunks.forEach((chunk, n) => {
    let at = chunk
    for (let left = stretches[n * 3 + 1] ?? 0; left > 0; left--) {
      const bytes = sizes[frames.length] ?? 0
      const duration = durations[frames.length] ?? 0
      frames.push({ bytes: mp4.subarray(at, at + bytes), atSample })
      atSample += duration
      at += bytes
    }
  })
  return frames
}

async function served(path: string): Promise<{ mp4: Buffer; response: Response }> {
  const wrapped = await wrapMp3(path)
  if (!wrapped) throw new Error('It is not wrapped.')
  const response = await audioResponse(path, 'audio/mpeg', null, 'GET', wrapped)
  return { mp4: Buffer.from(await response.arrayBuffer()), response }
}

/** The frames that have sound, cut by what the peaks are made with. */
function soundFrames(mp3: Buffer) {
  const cutter = mp3Cutter()
  const frames = [...cutter.push(mp3), ...cutter.finish()]
  const [first] = frames
  const info = first ? parseMp3Info(first.bytes, first.header) : null
  return { info, frames: (info ? frames.slice(1) : frames).map(({ bytes }) => Buffer.from(bytes)) }
}

const saved = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(folder.path(name), bytes)
  return folder.path(name)
}

describe('An MP3 file served as MP4', () => {
  it.each(['cbr-stereo.mp3', 'vbr-mono-8k.mp3', 'no-tag-mono.mp3'])(
    'has every frame of %s at the sample where the peaks have it',
    async (name) => {
      const whole = await readFile(fixture(name))
      const { frames, info } = soundFrames(whole)
      const { mp4, response } = await served(fixture(name))
      expect(response.headers.get('Content-Type')).toBe('audio/mp4')
      expect(mp4.length).toBe(Number(response.headers.get('Content-Length')))
      const found = framesOf(mp4)
      const skip = info?.padding ? info.padding.startSamples + 529 : 0
      const samples = name === 'cbr-stereo.mp3' ? 1152 : 576
      const leftOut = Math.round(skip / samples)
      expect(found.length).toBeGreaterThan(frames.length - leftOut - 3)
      found.forEach(({ bytes, atSample }, n) => {
        expect(bytes.equals(frames[n + leftOut] ?? Buffer.alloc(0))).toBe(true)
        const truly = (n + leftOut) * samples - skip
        if (n > 0) expect(atSample).toBe(truly)
        else expect(Math.abs(truly)).toBeLessThanOrEqual(samples / 2)
      })
    },
  )

  it('keeps its times whatever the header says of its length', async () => {
    const whole = await readFile(fixture('cbr-stereo.mp3'))
    const times = framesOf((await served(fixture('cbr-stereo.mp3'))).mp4).map(({ atSample }) => atSample)
    for (const count of [1, 20, 100_000]) {
      const lying = Buffer.from(whole)
      lying.writeUInt32BE(count, whole.indexOf('Info') + 8)
      const { mp4 } = await served(await saved(`lying-${count}.mp3`, lying))
      expect(
        framesOf(mp4)
          .map(({ atSample }) => atSample)
          .slice(0, times.length),
      ).toEqual(times)
    }
  })

  it('steps over pictures before the sound and damage within it', async () => {
    const whole = await readFile(fixture('no-tag-mono.mp3'))
    const { frames } = soundFrames(whole)
    const picture = Buffer.concat([
      Buffer.from('ID3\x04\0\0\0\x08\0\0', 'latin1'),
      Buffer.alloc(131_072, 0xff),
    ])
    const hole = Buffer.alloc(1000)
    const [a, b] = [frames.slice(0, 12), frames.slice(12)]
    const path = await saved('damaged.mp3', Buffer.concat([picture, ...a, hole, ...b]))
    const found = framesOf((await served(path)).mp4)
    expect(Buffer.concat(found.map(({ bytes }) => bytes)).equals(Buffer.concat(frames))).toBe(true)
    expect(found.at(-1)?.atSample).toBe(
      (frames.length - 1) * ((found[2]?.atSample ?? 0) - (found[1]?.atSample ?? 0)),
    )
  })

  it('is served as it is where there are no frames to index', async () => {
    expect(await wrapMp3(await saved('text.mp3', Buffer.from('Not found')))).toBeNull()
    expect(await wrapMp3(await saved('empty.mp3', Buffer.alloc(0)))).toBeNull()
    const { frames } = soundFrames(await readFile(fixture('no-tag-mono.mp3')))
    expect(await wrapMp3(await saved('short.mp3', Buffer.concat(frames.slice(0, 2))))).toBeNull()
  })
})
