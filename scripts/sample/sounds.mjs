import { SAMPLE_RATE } from './speech.mjs'

const tone = (hz, sec) => Math.sin(2 * Math.PI * hz * sec)

/** One sample of each sound at `sec` after its start, before fading. */
const generators = {
  quiet: () => () => 0,
  /** North American ringback: 440 + 480 Hz, two seconds on, four off. */
  ringing: () => (sec) => (sec % 6 < 2 ? 0.05 * (tone(440, sec) + tone(480, sec)) : 0),
  beep: () => (sec) => 0.15 * tone(1000, sec),
  hold: (random) => {
    const noteSec = 0.45
    const scaleHz = [261.63, 293.66, 329.63, 392, 440, 523.25]
    const notes = Array.from({ length: 256 }, () => scaleHz[Math.floor(random() * scaleHz.length)])
    return (sec) => {
      const hz = notes[Math.floor(sec / noteSec) % notes.length]
      const sinceNote = sec % noteSec
      return 0.08 * Math.exp(-3 * sinceNote) * (tone(hz, sinceNote) + 0.3 * tone(2 * hz, sinceNote))
    }
  },
}

/** Mono samples of a sound that is not speech, `sec` long. `random` gives numbers in [0, 1). */
export function makeSound(kind, sec, random) {
  const sampleAt = generators[kind](random)
  const samples = new Float32Array(Math.round(sec * SAMPLE_RATE))
  for (let i = 0; i < samples.length; i++) {
    const fade = Math.min(1, i / 200, (samples.length - i) / 200)
    samples[i] = fade * sampleAt(i / SAMPLE_RATE)
  }
  return samples
}

/** How the far end of a telephone line sounds: 300 to 3,400 Hz and a first echo of the room. */
export function throughTelephone(samples) {
  const banded = biquad(biquad(samples, 'high', 300), 'low', 3400)
  const delay = Math.round(0.013 * SAMPLE_RATE)
  return banded.map((sample, i) => sample + (i >= delay ? 0.14 * banded[i - delay] : 0))
}

/**
 * A second-order high-pass or low-pass with Q = 0.707; coefficients from R. Bristow-Johnson's "Audio
 * EQ Cookbook".
 */
function biquad(samples, pass, cutoffHz) {
  const omega = (2 * Math.PI * cutoffHz) / SAMPLE_RATE
  const cosine = Math.cos(omega)
  const alpha = Math.sin(omega) / Math.SQRT2
  const a0 = 1 + alpha
  const outer = (pass === 'low' ? 1 - cosine : 1 + cosine) / 2 / a0
  const middle = (pass === 'low' ? 1 - cosine : -1 - cosine) / a0
  const a1 = (-2 * cosine) / a0
  const a2 = (1 - alpha) / a0
  const filtered = new Float32Array(samples.length)
  let x1 = 0
  let x2 = 0
  let y1 = 0
  let y2 = 0
  for (let i = 0; i < samples.length; i++) {
    const x0 = samples[i]
    const y0 = outer * x0 + middle * x1 + outer * x2 - a1 * y1 - a2 * y2
    filtered[i] = y0
    x2 = x1
    x1 = x0
    y2 = y1
    y1 = y0
  }
  return filtered
}
