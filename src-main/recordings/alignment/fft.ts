/** In-place complex Fourier transform of a power-of-two size (Cooley and Tukey, decimation in time). */
export class Fft {
  readonly size: number
  readonly #cosine: Float64Array
  readonly #sine: Float64Array
  readonly #reversed: Uint16Array

  /** @param size a power of two, at most 65,536 */
  constructor(size: number) {
    this.size = size
    this.#cosine = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size))
    this.#sine = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size))
    this.#reversed = new Uint16Array(size)
    for (let i = 1; i < size; i += 1)
      this.#reversed[i] = ((this.#reversed[i >> 1] ?? 0) >> 1) | (i & 1 ? size >> 1 : 0)
  }

  /** Transforms (re, im) in place. Two real signals may go as one: the first in `re`, the second in `im`. */
  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this
    const cosine = this.#cosine
    const sine = this.#sine
    for (let i = 0; i < size; i += 1) {
      const j = this.#reversed[i] ?? 0
      if (j <= i) continue
      const r = re[i] ?? 0
      re[i] = re[j] ?? 0
      re[j] = r
      const m = im[i] ?? 0
      im[i] = im[j] ?? 0
      im[j] = m
    }
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half)
      for (let k = 0; k < half; k += 1) {
        const c = cosine[k * step] ?? 1
        const s = sine[k * step] ?? 0
        for (let a = k; a < size; a += 2 * half) {
          const b = a + half
          const br = re[b] ?? 0
          const bi = im[b] ?? 0
          const tr = br * c - bi * s
          const ti = br * s + bi * c
          const ar = re[a] ?? 0
          const ai = im[a] ?? 0
          re[b] = ar - tr
          im[b] = ai - ti
          re[a] = ar + tr
          im[a] = ai + ti
        }
      }
    }
  }

  /**
   * Power spectra of two real signals that were transformed as one, bins 0 to size / 2, into `first` and `second`.
   * (The transform of a real signal is symmetric, so the two can be told apart.)
   */
  powersOfPair(re: Float64Array, im: Float64Array, first: Float64Array, second: Float64Array): void {
    const mask = this.size - 1
    for (let k = 0; k <= this.size / 2; k += 1) {
      const m = (this.size - k) & mask
      const rk = re[k] ?? 0
      const rm = re[m] ?? 0
      const ik = im[k] ?? 0
      const jm = im[m] ?? 0
      const ar = rk + rm
      const ai = ik - jm
      const br = ik + jm
      const bi = rm - rk
      first[k] = (ar * ar + ai * ai) / 4
      second[k] = (br * br + bi * bi) / 4
    }
  }
}

/** A Hann window of `length`. */
export const hann = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1)))
