import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeNonAudio, sniffAudio } from './sniff'
import { fixture, wavFile } from './testing'

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes each. */
function mp3Frames(count: number): Uint8Array {
  const bytes = new Uint8Array(417 * count)
  for (let i = 0; i < count; i++) bytes.set([0xff, 0xfb, 0x90, 0x00], i * 417)
  return bytes
}

describe('sniffAudio', () => {
  it.each([
    ['cbr-stereo.mp3', 'mp3'],
    ['no-tag-mono.mp3', 'mp3'],
    ['stereo.opus', 'ogg-opus'],
    ['stereo.ogg', 'ogg-vorbis'],
    ['mono-8k.flac', 'flac'],
    ['mono.oga', 'ogg-flac'],
  ])('knows %s by its bytes', async (name, kind) => {
    expect(sniffAudio(await readFile(fixture(name)))).toBe(kind)
  })

  it('knows WAV, FLAC and MP4 by their signatures', () => {
    const data = new Uint8Array(8)
    expect(sniffAudio(wavFile({ tag: 1, bits: 16, channels: 1, sampleRate: 8000, data }))).toBe('wav')
    expect(sniffAudio(text('fLaC\0\0\0\x22'))).toBe('flac')
    expect(sniffAudio(text('\0\0\0\x20ftypM4A \0\0\0\0'))).toBe('m4a')
  })

  it('knows AAC in ADTS frames by three headers that agree', () => {
    const frame = Buffer.concat([Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x04, 0x1f, 0xfc]), Buffer.alloc(25)])
    expect(sniffAudio(Buffer.concat([frame, frame, frame]))).toBe('aac')
    const otherRate = Buffer.from(frame)
    otherRate[2] = 0x54
    expect(sniffAudio(Buffer.concat([frame, frame, otherRate]))).toBeNull()
    expect(sniffAudio(Buffer.concat([frame, Buffer.alloc(100)]))).toBeNull()
  })

  it('takes one frame header for MP3 only when the next stands where it says', () => {
    expect(sniffAudio(mp3Frames(2))).toBe('mp3')
    const broken = mp3Frames(2)
    broken[417] = 0
    expect(sniffAudio(broken)).toBeNull()
    expect(sniffAudio(mp3Frames(1))).toBe('mp3')
    const otherRate = mp3Frames(2)
    otherRate[417 + 2] = 0x94
    expect(sniffAudio(otherRate)).toBeNull()
  })

  it('finds MP3 behind junk and behind a tag, also one that is longer than the head', () => {
    expect(sniffAudio(Buffer.concat([Buffer.alloc(1000, 0xaa), mp3Frames(4)]))).toBe('mp3')
    const tag = Buffer.concat([text('ID3\x03\0\0\0\0\x02\x00'), Buffer.alloc(256)])
    expect(sniffAudio(Buffer.concat([tag, mp3Frames(2)]))).toBe('mp3')
    expect(sniffAudio(text('ID3\x03\0\0\x01\0\0\0'))).toBe('mp3')
  })

  it('never takes text for audio, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4000 }), (content) => {
        fc.pre(!/^(RIFF|RF64|BW64|OggS|fLaC|ID3)|^.{4}ftyp/s.test(content))
        expect(sniffAudio(text(content))).toBeNull()
      }),
    )
  })

  it('reads any bytes without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        sniffAudio(bytes)
        expect(describeNonAudio(bytes)).not.toBe('')
      }),
    )
  })
})

describe('describeNonAudio', () => {
  it.each([
    ['', 'empty'],
    ['<!DOCTYPE html><html><body>Sign in</body></html>', 'HTML page'],
    ['\n  <html lang="en">', 'HTML page'],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'XML document'],
    ['{"detail":"Not authenticated"}', 'JSON'],
    ['Not found', 'plain text'],
    ['%PDF-1.7', 'PDF'],
    ['OggS\0\0', 'codec'],
  ])('says of %j that it is %s', (content, what) => {
    expect(sniffAudio(text(content))).toBeNull()
    expect(describeNonAudio(text(content))).toContain(what)
  })

  it('knows an HTML page in UTF-16, and AAC in a form of its own', () => {
    const page = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<html><body>', 'utf16le')])
    expect(sniffAudio(page)).toBeNull()
    expect(describeNonAudio(page)).toContain('HTML')
    expect(describeNonAudio(text('ADIF'))).toContain('AAC')
  })
})
