import { open, readdir, readFile, writeFile } from 'node:fs/promises'
import { EarmarkError } from '@contract/errors'
import { describe, expect, it, vi } from 'vitest'
import { computePeaks } from './compute-peaks'
import { decodeAudio } from './decode'
import { oggChecksum } from './ogg-pages'
import { fixture, testFolder } from './testing'

const folder = testFolder()

async function saved(name: string, bytes: Uint8Array): Promise<string> {
  const path = folder.path(name)
  await writeFile(path, bytes)
  return path
}

const durationOf = async (path: string): Promise<number> => (await computePeaks(path)).durationSec

describe('decoding agrees with ffmpeg', () => {
  it.each([
    ['cbr-stereo.mp3', 110250 / 44100, 2],
    ['vbr-mono-8k.mp3', 20000 / 8000, 1],
    ['no-tag-mono.mp3', 61632 / 24000, 1],
    ['stereo.opus', 120000 / 48000, 2],
    ['mono.ogg', 40000 / 16000, 1],
    ['stereo.ogg', 110250 / 44100, 2],
    ['mono-8k.flac', 20000 / 8000, 1],
    ['mono.oga', 40000 / 16000, 1],
  ])('on %s: length to the sample, peaks within 1/128', async (name, durationSec, channels) => {
    const { peaks, ...audio } = await computePeaks(fixture(name))
    expect(audio).toMatchObject({ durationSec, channels, truncated: false })
    expect(peaks.durationSec).toBe(durationSec)
    const bytes = await readFile(fixture(`${name}.peaks-s16`))
    expect(peaks.data.length).toBe(bytes.length / 2)
    const worst = Math.max(
      ...Array.from(peaks.data, (v, i) => Math.abs(v / 128 - bytes.readInt16LE(i * 2) / 32768)),
    )
    expect(worst).toBeLessThanOrEqual(1 / 128)
    expect(Math.max(...peaks.data)).toBeGreaterThan(40)
  })
})

describe('damaged recordings', () => {
  it.each(['cbr-stereo.mp3', 'vbr-mono-8k.mp3', 'stereo.opus', 'mono.ogg', 'stereo.ogg'])(
    '%s cut anywhere gives what came before the cut, and says so',
    async (name) => {
      const whole = await readFile(fixture(name))
      const full = await durationOf(fixture(name))
      for (const part of [0.35, 0.6, 0.9]) {
        const path = await saved(`cut-${part}-${name}`, whole.subarray(0, Math.floor(whole.length * part)))
        const audio = await computePeaks(path).catch((error: unknown) => error)
        // Ogg pages hold up to a second: the first may be what is cut.
        if (audio instanceof EarmarkError) expect(audio.code).toBe('recording_broken')
        else
          expect(audio).toMatchObject({
            truncated: true,
            durationSec: expect.toSatisfy((d) => d < full && d > 0),
          })
      }
    },
  )

  it('an MP3 with a hole goes on behind it', async () => {
    const whole = await readFile(fixture('cbr-stereo.mp3'))
    const holed = Buffer.concat([whole.subarray(0, 6000), Buffer.alloc(500), whole.subarray(6700)])
    const audio = await computePeaks(await saved('hole.mp3', holed))
    expect(audio.truncated).toBe(true)
    expect(audio.durationSec).toBeGreaterThan(2.3)
    expect(audio.durationSec).toBeLessThan(2.5)
  })

  it('junk before and tags around an MP3 are no damage and no time', async () => {
    const whole = await readFile(fixture('cbr-stereo.mp3'))
    const picture = Buffer.concat([
      Buffer.from('ID3\x03\0\0\0\x08\0\0', 'latin1'),
      Buffer.alloc(131072, 0xff),
    ])
    const tail = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 0xff)])
    for (const [name, before] of [
      ['tags.mp3', picture],
      ['junk.mp3', Buffer.alloc(777, 0xff)],
    ] as const) {
      const audio = await computePeaks(await saved(name, Buffer.concat([before, whole, tail])))
      expect(audio).toMatchObject({ durationSec: 2.5, truncated: false })
    }
  })

  it('a wrong frame count in an MP3 header neither cuts nor lengthens the sound', async () => {
    const whole = await readFile(fixture('cbr-stereo.mp3'))
    const at = whole.indexOf('Info') + 8
    for (const [count, truncated] of [
      [10, false],
      [100_000, true],
    ] as const) {
      const lying = Buffer.from(whole)
      lying.writeUInt32BE(count, at)
      const audio = await computePeaks(await saved(`frames-${count}.mp3`, lying))
      expect(Math.abs(audio.durationSec - 2.5)).toBeLessThan(0.05)
      expect(audio.truncated).toBe(truncated)
    }
  })

  it('an Ogg page with a wrong checksum is skipped', async () => {
    const whole = await readFile(fixture('stereo.opus'))
    const bad = Buffer.from(whole)
    bad[3000] = (bad[3000] ?? 0) ^ 0xff
    const audio = await computePeaks(await saved('checksum.opus', bad))
    expect(audio.truncated).toBe(true)
    expect(audio.durationSec).toBeLessThan(2.5)
  })

  it('chained Ogg streams play one behind the other', async () => {
    for (const name of ['stereo.opus', 'stereo.ogg']) {
      const whole = await readFile(fixture(name))
      const audio = await computePeaks(await saved(`chained-${name}`, Buffer.concat([whole, whole])))
      expect(audio).toMatchObject({ durationSec: 5, truncated: false })
    }
  })

  it('Opus is as loud as its output gain says', async () => {
    const loudest = (data: Int8Array): number => Math.max(...data)
    const whole = await readFile(fixture('stereo.opus'))
    const quiet = Buffer.from(whole)
    const head = quiet.indexOf('OpusHead')
    quiet.writeInt16LE(Math.round(-6.0206 * 256), head + 16)
    // The first page is that packet alone: 19 bytes.
    quiet.writeUInt32LE(oggChecksum(quiet.subarray(0, head + 19)), 22)
    const normal = await computePeaks(fixture('stereo.opus'))
    const halved = await computePeaks(await saved('gain.opus', quiet))
    expect(Math.abs(loudest(halved.peaks.data) - loudest(normal.peaks.data) / 2)).toBeLessThanOrEqual(1)
  })
})

describe('what is no recording', () => {
  it('is refused as such, with what it is instead', async () => {
    const page = Buffer.from('<!doctype html><title>Sign in</title>')
    await expect(computePeaks(await saved('call.mp3', page))).rejects.toMatchObject({
      code: 'not_audio',
      message: expect.stringContaining('HTML page'),
    })
    await expect(computePeaks(await saved('empty.wav', new Uint8Array(0)))).rejects.toMatchObject({
      code: 'not_audio',
      message: expect.stringContaining('empty'),
    })
  })

  it('is told from a broken recording, and from a missing file', async () => {
    await expect(computePeaks(await saved('x.flac', Buffer.from('fLaC....')))).rejects.toMatchObject({
      code: 'recording_broken',
      message: expect.stringContaining('FLAC'),
    })
    await expect(computePeaks(folder.path('nowhere.mp3'))).rejects.toMatchObject({
      code: 'recording_missing',
    })
    await expect(computePeaks(import.meta.dirname)).rejects.toMatchObject({ code: 'file_unreadable' })
  })
})

describe('decodeAudio', () => {
  it('stops when cancelled, also in the middle', async () => {
    const stop = new AbortController()
    const pieces = vi.fn(() => stop.abort())
    const decoding = decodeAudio(fixture('stereo.opus'), { onChunk: pieces, signal: stop.signal })
    await expect(decoding).rejects.toMatchObject({ code: 'cancelled' })
    expect(pieces).toHaveBeenCalledTimes(1)
  })

  it('passes on what the receiver throws', async () => {
    const onChunk = () => {
      throw new TypeError('mine')
    }
    await expect(decodeAudio(fixture('stereo.ogg'), { onChunk })).rejects.toThrow('mine')
  })

  it('leaves a handle that it was given open, and closes what it opened', async () => {
    const handle = await open(fixture('mono.ogg'), 'r')
    const audio = await decodeAudio(handle, { onChunk: () => undefined })
    expect(audio.durationSec).toBe(2.5)
    await handle.stat()
    await handle.close()
    if (process.platform !== 'linux') return
    const openFiles = async () => (await readdir('/proc/self/fd')).length
    const before = await openFiles()
    for (let i = 0; i < 5; i++) await decodeAudio(fixture('mono.ogg'), { onChunk: () => undefined })
    expect(await openFiles()).toBe(before)
  })
})
