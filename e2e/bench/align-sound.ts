import { BENCH_RATE } from './align-speech'

type Random = () => number

const tone = (hz: number, sec: number): number => Math.sin(2 * Math.PI * hz * sec)

/** Ringback as in North America, Europe or Britain: cadence and frequencies differ. */
export function ringing(sec: number, random: Random): Float32Array {
  const kinds = [
    { hz: [440, 480], on: (t: number) => t % 6 < 2 },
    { hz: [425, 425], on: (t: number) => t % 5 < 1 },
    { hz: [400, 450], on: (t: number) => t % 3 < 0.4 || (t % 3 > 0.6 && t % 3 < 1) },
  ]
  const kind = kinds[Math.floor(random() * kinds.length)] ?? kinds[0]
  const [a = 440, b = 480] = kind?.hz ?? []
  return faded(sec, (t) => (kind?.on(t) ? 0.06 * (tone(a, t) + tone(b, t)) : 0))
}

/** Hold music: chords and a melody of plucked or held notes over a bass; the instrument differs. */
export function holdMusic(sec: number, random: Random): Float32Array {
  const noteSec = 0.22 + 0.5 * random()
  const decay = random() < 0.5 ? 0.8 : 3
  const root = 180 + 120 * random()
  const steps = [0, 2, 4, 5, 7, 9, 11, 12]
  const melody = Array.from({ length: 400 }, () => steps[Math.floor(random() * steps.length)] ?? 0)
  const chords = [0, 5, 7, 9, 5, 2].map((s) => [s, s + 4, s + 7])
  const harmonics = 2 + Math.floor(random() * 4)
  const hz = (semitones: number): number => root * 2 ** (semitones / 12)
  return faded(sec, (t) => {
    const since = t % noteSec
    const note = melody[Math.floor(t / noteSec) % melody.length] ?? 0
    let value = 0
    for (let h = 1; h <= harmonics; h += 1)
      value += (0.07 / h) * Math.exp(-decay * since) * tone(hz(note) * h, t)
    const barSec = 8 * noteSec
    for (const step of chords[Math.floor(t / barSec) % chords.length] ?? [])
      value += 0.02 * Math.exp(-0.4 * (t % barSec)) * (tone(hz(step), t) + 0.4 * tone(hz(step) * 2, t))
    return value
  })
}

/** An answering machine's tone. */
export const beep = (sec: number): Float32Array => faded(sec, (t) => 0.12 * tone(1000, t))

function faded(sec: number, at: (sec: number) => number): Float32Array {
  const samples = new Float32Array(Math.round(sec * BENCH_RATE))
  for (let i = 0; i < samples.length; i += 1)
    samples[i] = at(i / BENCH_RATE) * Math.min(1, i / 300, (samples.length - i) / 300)
  return samples
}

/** Noise of a line or a street with that root mean square; `kind` 0 white, 1 pink, 2 swelling, 3 with hum. */
export function noise(length: number, rms: number, kind: number, random: Random): Float32Array {
  const samples = new Float32Array(length)
  let low = 0
  let lower = 0
  let swell = 1
  let target = 1
  let squares = 0
  for (let i = 0; i < length; i += 1) {
    const white = random() + random() + random() - 1.5
    low += 0.35 * (white - low)
    lower += 0.04 * (white - lower)
    let value = kind === 0 ? white : kind === 3 ? low + 0.35 * tone(100, i / BENCH_RATE) : low + 2 * lower
    if (kind === 2) {
      if (i % 4000 === 0) target = 0.4 + 1.2 * random()
      swell += 0.0004 * (target - swell)
      value *= swell
    }
    samples[i] = value
    squares += value * value
  }
  const gain = rms / Math.sqrt(squares / Math.max(1, length) || 1)
  return samples.map((s) => s * gain)
}

/** A small room: early reflections and a short, noisy tail, from -10 to -22 dB. */
export function inRoom(samples: Float32Array, random: Random): Float32Array {
  const taps = Array.from({ length: 24 }, () => {
    const sec = 0.004 + 0.16 * random() ** 1.5
    return { delay: Math.round(sec * BENCH_RATE), gain: (random() - 0.5) * 0.34 * Math.exp(-sec / 0.06) }
  })
  const wet = samples.slice()
  for (const { delay, gain } of taps)
    for (let i = delay; i < wet.length; i += 1) wet[i] = (wet[i] ?? 0) + gain * (samples[i - delay] ?? 0)
  return wet
}

/** 300 to 3,400 Hz: second-order high-pass and low-pass (R. Bristow-Johnson, "Audio EQ Cookbook", Q = 0.707). */
export const overTelephone = (samples: Float32Array): Float32Array =>
  biquad(biquad(samples, 300, true), 3400, false)

function biquad(samples: Float32Array, cutoffHz: number, high: boolean): Float32Array {
  const omega = (2 * Math.PI * cutoffHz) / BENCH_RATE
  const cosine = Math.cos(omega)
  const alpha = Math.sin(omega) / Math.SQRT2
  const a0 = 1 + alpha
  const outer = (high ? 1 + cosine : 1 - cosine) / 2 / a0
  const middle = (high ? -1 - cosine : 1 - cosine) / a0
  const out = new Float32Array(samples.length)
  let [x1, x2, y1, y2] = [0, 0, 0, 0]
  for (let i = 0; i < samples.length; i += 1) {
    const x0 = samples[i] ?? 0
    const y0 = outer * x0 + middle * x1 + outer * x2 + (2 * cosine * y1 - (1 - alpha) * y2) / a0
    out[i] = y0
    ;[x2, x1, y2, y1] = [x1, x0, y1, y0]
  }
  return out
}
