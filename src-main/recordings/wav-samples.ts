import type { WavCoding } from './wav-header'

type PlainCoding = Exclude<WavCoding, 'mp3'>

interface SampleReader {
  readonly bytes: number
  readonly label: string
  /** One sample as -1..1. */
  readonly read: (view: DataView, offset: number) => number
}

/** ITU-T G.711 table 2: 8 bits to 14-bit linear, here scaled to 16 as usual. */
function mulawSample(code: number): number {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84
  return (bits & 0x80 ? -magnitude : magnitude) / 32768
}

/** ITU-T G.711 table 1: 8 bits, every second one inverted, to 13-bit linear, scaled to 16. */
function alawSample(code: number): number {
  const bits = code ^ 0x55
  const exponent = (bits >> 4) & 7
  const mantissa = ((bits & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return (bits & 0x80 ? magnitude : -magnitude) / 32768
}

const MULAW = Float32Array.from({ length: 256 }, (_, code) => mulawSample(code))
const ALAW = Float32Array.from({ length: 256 }, (_, code) => alawSample(code))

const READERS = {
  u8: { bytes: 1, label: 'PCM 8 bit', read: (v, o) => (v.getUint8(o) - 128) / 128 },
  s16: { bytes: 2, label: 'PCM 16 bit', read: (v, o) => v.getInt16(o, true) / 0x8000 },
  s24: {
    bytes: 3,
    label: 'PCM 24 bit',
    read: (v, o) => (v.getUint16(o, true) + v.getInt8(o + 2) * 0x10000) / 0x800000,
  },
  s32: { bytes: 4, label: 'PCM 32 bit', read: (v, o) => v.getInt32(o, true) / 0x80000000 },
  f32: { bytes: 4, label: 'float 32 bit', read: (v, o) => v.getFloat32(o, true) },
  f64: { bytes: 8, label: 'float 64 bit', read: (v, o) => v.getFloat64(o, true) },
  alaw: { bytes: 1, label: 'A-law', read: (v, o) => ALAW[v.getUint8(o)] ?? 0 },
  mulaw: { bytes: 1, label: 'µ-law', read: (v, o) => MULAW[v.getUint8(o)] ?? 0 },
} as const satisfies Record<PlainCoding, SampleReader>

/** Bytes of one sample of one channel. */
export const sampleBytes = (coding: PlainCoding): number => READERS[coding].bytes

/** "PCM 16 bit", "µ-law". */
export const codingLabel = (coding: PlainCoding): string => READERS[coding].label

/**
 * Interleaved WAV samples to one array a channel, -1..1.
 *
 * @param bytes whole sample frames only; a rest is ignored
 */
export function wavSamples(bytes: Uint8Array, coding: PlainCoding, channels: number): Float32Array[] {
  const reader: SampleReader = READERS[coding]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frameBytes = reader.bytes * channels
  const frames = Math.floor(bytes.length / frameBytes)
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames)
    for (let i = 0, at = channel * reader.bytes; i < frames; i++, at += frameBytes)
      samples[i] = reader.read(view, at)
    return samples
  })
}
