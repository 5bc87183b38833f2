/** Samples a second of everything that the alignment listens to: a telephone's bandwidth. */
export const ANALYSIS_RATE = 8000

/** Zero crossings of the sinc on each side. */
const REACH = 6
const PHASES = 256

/**
 * Brings sound that comes piece by piece to `ANALYSIS_RATE`, with a windowed sinc (J. O. Smith, "Digital Audio
 * Resampling"). Sample n of the result is the sound at n / 8000 s of the source: nothing is shifted.
 */
export class Resampler {
  readonly #rate: number
  readonly #table: Float32Array
  readonly #half: number
  /** The last samples that are still needed; `#buffer[0]` is source sample `#first`. */
  #buffer = new Float32Array(0)
  #first: number
  #made = 0

  /** @param rate the source's samples a second */
  constructor(rate: number) {
    this.#rate = rate
    const cutoff = Math.min(1, ANALYSIS_RATE / rate)
    this.#half = Math.ceil(REACH / cutoff)
    this.#table = lowPass(this.#half, cutoff)
    this.#first = -this.#half
    this.#buffer = new Float32Array(this.#half)
  }

  /** What can be said of the sound so far; NaN and infinities are silence. */
  add(samples: Float32Array): Float32Array {
    const buffer = new Float32Array(this.#buffer.length + samples.length)
    buffer.set(this.#buffer)
    buffer.set(samples, this.#buffer.length)
    for (let i = this.#buffer.length; i < buffer.length; i += 1) {
      const sample = buffer[i] ?? 0
      if (!(Math.abs(sample) < 16)) buffer[i] = 0
    }
    this.#buffer = buffer
    if (this.#rate === ANALYSIS_RATE) return this.#asItIs()
    const width = 2 * this.#half
    const last = this.#first + buffer.length - this.#half - 1
    const end = Math.max(this.#made, Math.floor((last * ANALYSIS_RATE) / this.#rate))
    const out = new Float32Array(end - this.#made)
    for (let n = 0; n < out.length; n += 1) {
      const position = ((this.#made + n) * this.#rate) / ANALYSIS_RATE
      const whole = Math.floor(position)
      const phase = Math.round((position - whole) * PHASES)
      const from = whole - this.#half + 1 - this.#first
      const weights = phase * width
      let sum = 0
      for (let k = 0; k < width; k += 1) sum += (buffer[from + k] ?? 0) * (this.#table[weights + k] ?? 0)
      out[n] = sum
    }
    this.#made = end
    const keepFrom = Math.floor((end * this.#rate) / ANALYSIS_RATE) - this.#half - this.#first
    if (keepFrom > 0) {
      this.#buffer = buffer.slice(keepFrom)
      this.#first += keepFrom
    }
    return out
  }

  /** The rest. */
  finish(): Float32Array {
    return this.#rate === ANALYSIS_RATE ? new Float32Array(0) : this.add(new Float32Array(2 * this.#half))
  }

  #asItIs(): Float32Array {
    const out = this.#buffer.subarray(this.#made === 0 ? this.#half : 0)
    this.#made += out.length
    this.#buffer = new Float32Array(0)
    return out
  }
}

/** Weights for each of PHASES + 1 places between two samples, `2 * half` a place. */
function lowPass(half: number, cutoff: number): Float32Array {
  const width = 2 * half
  const table = new Float32Array((PHASES + 1) * width)
  for (let phase = 0; phase <= PHASES; phase += 1) {
    let sum = 0
    for (let k = 0; k < width; k += 1) {
      const x = k - half + 1 - phase / PHASES
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * cutoff) / (Math.PI * x * cutoff)
      const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * Math.max(-half, Math.min(half, x))) / half))
      table[phase * width + k] = weight
      sum += weight
    }
    for (let k = 0; k < width; k += 1) table[phase * width + k] = (table[phase * width + k] ?? 0) / sum
  }
  return table
}
