import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { computePeaks } from './compute-peaks'
import { oggChecksum } from './ogg-pages'
import { fixture, testFolder } from './testing'

/**
 * Every format that Chromium is not needed for, made by ffmpeg and compared with what ffmpeg decodes it to. Where there is no
 * ffmpeg, the stored fixtures in decode.test.ts stand for all of it.
 */
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0

const folder = testFolder()
const ffmpeg = (...args: string[]): Buffer =>
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { maxBuffer: 1 << 28 })

const FORMATS: readonly (readonly [name: string, rate: number, channels: number, ...coding: string[]])[] = [
  ['u8.wav', 8000, 1, '-c:a', 'pcm_u8'],
  ['s16.wav', 8000, 2, '-c:a', 'pcm_s16le'],
  ['s16-11k.wav', 11025, 1, '-c:a', 'pcm_s16le'],
  ['s24.wav', 44100, 2, '-c:a', 'pcm_s24le'],
  ['s32.wav', 48000, 1, '-c:a', 'pcm_s32le'],
  ['f32.wav', 22050, 2, '-c:a', 'pcm_f32le'],
  ['f64.wav', 16000, 1, '-c:a', 'pcm_f64le'],
  ['alaw.wav', 8000, 2, '-c:a', 'pcm_alaw'],
  ['mulaw.wav', 8000, 1, '-c:a', 'pcm_mulaw'],
  ['rf64.wav', 32000, 2, '-c:a', 'pcm_s16le', '-rf64', 'always'],
  ['mp3-in.wav', 44100, 2, '-c:a', 'libmp3lame', '-b:a', '64k', '-f', 'wav'],
  ['cbr.mp3', 48000, 2, '-b:a', '96k'],
  ['vbr.mp3', 24000, 1, '-q:a', '5'],
  ['no-header.mp3', 16000, 2, '-q:a', '6', '-write_xing', '0'],
  ['narrow.mp3', 8000, 1, '-b:a', '16k'],
  ['joint.mp3', 32000, 2, '-b:a', '48k', '-joint_stereo', '1'],
  ['voice.opus', 16000, 1, '-c:a', 'libopus', '-b:a', '16k', '-application', 'voip'],
  ['stereo.opus', 48000, 2, '-c:a', 'libopus', '-b:a', '48k'],
  ['mono.ogg', 8000, 1, '-c:a', 'libvorbis', '-q:a', '2'],
  ['stereo.ogg', 44100, 2, '-c:a', 'libvorbis', '-q:a', '3'],
  ['mono.flac', 8000, 1, '-c:a', 'flac'],
  ['stereo.flac', 44100, 2, '-c:a', 'flac', '-compression_level', '8'],
  ['s24.flac', 48000, 2, '-c:a', 'flac', '-sample_fmt', 's32'],
  ['lpc.flac', 22050, 1, '-c:a', 'flac', '-frame_size', '1000'],
  ['stereo.oga', 44100, 2, '-c:a', 'flac', '-f', 'ogg'],
  ['mono.oga', 16000, 1, '-c:a', 'flac', '-f', 'ogg'],
]

const bytesOf = (path: string): number => statSync(path).size

/** Extremes of each hundredth of a second, from raw samples: the definition, as `peaks.test.ts` has it. */
function reference(
  path: string,
  channels: number,
  rate: number,
  isOpus: boolean,
): { extremes: number[]; samples: number } {
  const decoder = isOpus ? ['-c:a', 'libopus'] : []
  const raw = Uint8Array.from(ffmpeg(...decoder, '-i', path, '-f', 'f32le', '-c:a', 'pcm_f32le', '-'))
  const values = new Float32Array(raw.buffer)
  const samples = values.length / channels
  const extremes: number[] = []
  for (let c = 0; c < channels; c++)
    for (let from = 0, bucket = 1; from < samples; bucket++) {
      const until = Math.min(samples, Math.ceil((bucket * rate) / 100))
      let min = Infinity
      let max = -Infinity
      for (; from < until; from++) {
        const value = values[from * channels + c] ?? 0
        if (value < min) min = value
        if (value > max) max = value
      }
      extremes.push(min, max)
    }
  return { extremes, samples }
}

describe.runIf(hasFfmpeg)('peaks agree with ffmpeg within 1/128', () => {
  let source = ''
  beforeAll(() => {
    source = folder.path('source.wav')
    ffmpeg('-i', fixture('cbr-stereo.mp3'), source)
  })

  it.each(FORMATS.map(([name, rate, channels, ...coding]) => ({ name, rate, channels, coding })))(
    'on $name at $rate Hz, $channels channels, and in length',
    async ({ name, rate, channels, coding }) => {
      const path = folder.path(name)
      ffmpeg('-i', source, '-ar', String(rate), '-ac', String(channels), ...coding, path)
      const { peaks, truncated, format } = await computePeaks(path)
      const { extremes, samples } = reference(path, channels, format.sampleRate, format.kind === 'ogg-opus')
      expect(peaks.durationSec).toBe(samples / format.sampleRate)
      expect(truncated).toBe(false)
      expect(peaks.data.length).toBe(extremes.length)
      const clipped = (v: number) => Math.max(-1, Math.min(1, v))
      const worst = Math.max(...extremes.map((v, i) => Math.abs((peaks.data[i] ?? 0) / 128 - clipped(v))))
      expect(worst).toBeLessThanOrEqual(1 / 128)
      expect(Math.max(...peaks.data)).toBeGreaterThan(30)
    },
  )

  it('with more than two channels on the first two, and says so', async () => {
    for (const name of ['six.wav', 'six.flac']) {
      const path = folder.path(name)
      const map = 'pan=5.1|c0=c0|c1=c1|c2=0.1*c0|c3=0.1*c0|c4=0.1*c1|c5=0.1*c1'
      ffmpeg('-i', source, '-af', map, path)
      const six = await computePeaks(path)
      const two = await computePeaks(source)
      expect(six.format.coding).toContain('first 2 of 6 channels')
      expect(six.peaks).toMatchObject({ channels: 2, facts: { fileChannels: 6 } })
      // The other order of ffmpeg's arithmetic changes a last bit.
      expect(six.peaks.data.length).toBe(two.peaks.data.length)
      expect(six.peaks.data.every((v, i) => Math.abs(v - (two.peaks.data[i] ?? 0)) <= 1)).toBe(true)
    }
  })

  it('and so does the loudness, within 0.2 LU of its EBU R128 filter', async () => {
    for (const [rate, channels, gain] of [
      [44100, 2, 1],
      [8000, 1, 0.3],
      [48000, 2, 0.05],
    ] as const) {
      const path = folder.path(`loud-${rate}-${gain}.wav`)
      ffmpeg('-i', source, '-ar', String(rate), '-ac', String(channels), '-af', `volume=${gain}`, path)
      const { stderr } = spawnSync('ffmpeg', ['-nostdin', '-i', path, '-af', 'ebur128', '-f', 'null', '-'], {
        encoding: 'utf8',
      })
      const wanted = Number([...stderr.matchAll(/I:\s+(-?[\d.]+) LUFS/g)].at(-1)?.[1])
      const { peaks } = await computePeaks(path)
      expect(Math.abs((peaks.facts?.loudnessLufs ?? 0) - wanted)).toBeLessThanOrEqual(0.2)
    }
  })

  it('of FLAC with a hole: what is behind it keeps its time', async () => {
    const path = folder.path('whole.flac')
    ffmpeg('-i', source, path)
    const whole = await readFile(path)
    const bytes = Buffer.from(whole)
    bytes.fill(0x55, Math.floor(whole.length * 0.4), Math.floor(whole.length * 0.4) + 300)
    const holed = folder.path('hole.flac')
    await writeFile(holed, bytes)
    const before = await computePeaks(path)
    const after = await computePeaks(holed)
    expect(after).toMatchObject({ truncated: true, durationSec: before.durationSec })
    expect(after.peaks.data.subarray(-200)).toEqual(before.peaks.data.subarray(-200))
  })

  it.each(['stereo.flac', 'stereo.oga', 's24.wav', 'rf64.wav', 'vbr.mp3'])(
    'of %s cut anywhere: what came before the cut',
    async (name) => {
      const whole = await readFile(folder.path(name))
      const full = await computePeaks(folder.path(name))
      // A page of Ogg FLAC holds a second: the first may be what is cut.
      for (const part of name.endsWith('.oga') ? [0.7, 0.95] : [0.3, 0.7, 0.95]) {
        const path = folder.path(`cut-${part}-${name}`)
        await writeFile(path, whole.subarray(0, Math.floor(whole.length * part)))
        const cut = await computePeaks(path)
        expect(cut.truncated).toBe(true)
        expect(cut.durationSec).toBeLessThan(full.durationSec)
        expect(cut.durationSec).toBeGreaterThan(full.durationSec * part * 0.4)
        const same = Math.floor(cut.durationSec * 90) * 2
        expect(cut.peaks.data.subarray(0, same)).toEqual(full.peaks.data.subarray(0, same))
      }
    },
  )

  it('of FLAC whose header says a wrong length: no longer, no shorter', async () => {
    const bytes = Buffer.from(await readFile(folder.path('mono.flac')))
    const { durationSec } = await computePeaks(folder.path('mono.flac'))
    for (const [total, truncated] of [
      [77, false],
      [9_000_000, true],
    ] as const) {
      bytes.writeUInt32BE(total, 22)
      const path = folder.path(`total-${total}.flac`)
      await writeFile(path, bytes)
      expect(await computePeaks(path)).toMatchObject({ durationSec, truncated })
    }
  })

  it('of Ogg whose last page says another length: what there is, and nothing is taken away', async () => {
    for (const name of ['stereo.opus', 'stereo.ogg']) {
      const bytes = Buffer.from(await readFile(fixture(name)))
      const { durationSec } = await computePeaks(fixture(name))
      const page = bytes.lastIndexOf('OggS')
      const last = bytes.readBigInt64LE(page + 6)
      for (const granule of [last * 100n, last - 1_000_000n]) {
        bytes.writeBigInt64LE(granule, page + 6)
        bytes.writeUInt32LE(oggChecksum(bytes.subarray(page)), page + 22)
        const path = folder.path(`granule-${granule}-${name}`)
        await writeFile(path, bytes)
        const said = await computePeaks(path)
        // Up to a page of padding that the right length would have cut.
        expect(said.durationSec).toBeGreaterThanOrEqual(durationSec)
        expect(said.durationSec).toBeLessThan(durationSec + 0.1)
      }
    }
  })

  it("of the sample's own recordings", async () => {
    const sample = join(import.meta.dirname, '..', '..', 'resources', 'sample', 'recordings')
    // The smallest of each kind.
    const names = (await readdir(sample)).sort((a, b) => bytesOf(join(sample, a)) - bytesOf(join(sample, b)))
    for (const name of names.filter((n, i) => names.findIndex((m) => extname(m) === extname(n)) === i)) {
      const path = join(sample, name)
      const { peaks, format, channels } = await computePeaks(path)
      const { extremes, samples } = reference(path, channels, format.sampleRate, format.kind === 'ogg-opus')
      expect(peaks.durationSec).toBe(samples / format.sampleRate)
      if (peaks.bucketsPerSec !== 100) continue
      const worst = extremes.reduce(
        (most, v, i) => Math.max(most, Math.abs((peaks.data[i] ?? 0) / 128 - v)),
        0,
      )
      expect(worst).toBeLessThanOrEqual(1 / 128)
    }
  })
})
