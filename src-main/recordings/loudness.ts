/** Energies are summed over steps of this length; a block is four of them, so that blocks overlap by 75 %. */
const STEPS_PER_SEC = 10
const STEPS_PER_BLOCK = 4
/** Blocks below are silence, whatever the recording. */
const ABSOLUTE_GATE_LUFS = -70
const RELATIVE_GATE_LU = -10
/** Blocks are kept by level in bins of this width, so that a day takes no more memory than a minute. */
const BIN_LU = 0.1
const LOUDEST_LUFS = 30
const BINS = Math.round((LOUDEST_LUFS - ABSOLUTE_GATE_LUFS) / BIN_LU)

const lufs = (energy: number): number => -0.691 + 10 * Math.log10(energy)

/** One second-order filter (direct form II transposed) over one channel. */
interface Biquad {
  readonly b0: number
  readonly b1: number
  readonly b2: number
  readonly a1: number
  readonly a2: number
}

/**
 * The two stages of K-weighting. BS.1770 gives coefficients for 48 kHz alone; at other rates they follow from the analogue
 * filters behind them (B. De Man, "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018).
 */
function kWeighting(sampleRate: number): readonly [Biquad, Biquad] {
  const shelf = (() => {
    const k = Math.tan((Math.PI * Math.min(1681.974450955533, 0.49 * sampleRate)) / sampleRate)
    const q = 0.7071752369554196
    const high = 10 ** (3.999843853973347 / 20)
    const band = high ** 0.4996667741545416
    const a0 = 1 + k / q + k * k
    return {
      b0: (high + (band * k) / q + k * k) / a0,
      b1: (2 * (k * k - high)) / a0,
      b2: (high - (band * k) / q + k * k) / a0,
      a1: (2 * (k * k - 1)) / a0,
      a2: (1 - k / q + k * k) / a0,
    }
  })()
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRate)
  const q = 0.5003270373238773
  const a0 = 1 + k / q + k * k
  return [shelf, { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 }]
}

/**
 * Integrated loudness in LUFS of sound that comes piece by piece: ITU-R BS.1770-5 (K-weighting, blocks of 400 ms, gates at
 * -70 LUFS and 10 LU below the mean), for one or two channels. Levels are kept in bins of 0.1 LU: the relative gate
 * falls on a bin's edge, the energies are exact.
 */
export class LoudnessMeter {
  #stages: readonly [Biquad, Biquad] | null = null
  #state: Float64Array = new Float64Array(0)
  #sampleRate = 0
  #position = 0
  #stepEnd = 0
  #steps = 0
  #energy = 0
  readonly #last = new Float64Array(STEPS_PER_BLOCK)
  readonly #counts = new Float64Array(BINS)
  readonly #energies = new Float64Array(BINS)

  /** @param channelData one array a channel, -1..1; as many, and the same rate, each time */
  add(channelData: readonly Float32Array[], sampleRate: number): void {
    if (!this.#stages) {
      this.#stages = kWeighting(sampleRate)
      this.#sampleRate = sampleRate
      this.#state = new Float64Array(channelData.length * 4)
      this.#stepEnd = this.#endOfStep(0)
    }
    const length = channelData[0]?.length ?? 0
    for (let at = 0; at < length; ) {
      const until = Math.min(length, at + this.#stepEnd - this.#position)
      for (const [channel, samples] of channelData.entries())
        this.#energy += this.#filter(samples, at, until, channel)
      this.#position += until - at
      at = until
      if (this.#position === this.#stepEnd) this.#closeStep()
    }
  }

  /** Null where there is nothing louder than silence, or less than a block. */
  get integratedLufs(): number | null {
    const mean = this.#meanAbove(0)
    if (mean === null) return null
    const gate = Math.ceil((lufs(mean) + RELATIVE_GATE_LU - ABSOLUTE_GATE_LUFS) / BIN_LU)
    const gated = this.#meanAbove(Math.max(0, gate))
    return gated === null ? null : lufs(gated)
  }

  #endOfStep(step: number): number {
    return Math.round(((step + 1) * this.#sampleRate) / STEPS_PER_SEC)
  }

  #closeStep(): void {
    this.#last[this.#steps % STEPS_PER_BLOCK] = this.#energy
    this.#energy = 0
    this.#steps++
    this.#stepEnd = this.#endOfStep(this.#steps)
    if (this.#steps < STEPS_PER_BLOCK) return
    const energy =
      this.#last.reduce((sum, one) => sum + one, 0) / ((STEPS_PER_BLOCK * this.#sampleRate) / STEPS_PER_SEC)
    const level = lufs(energy)
    if (!(level >= ABSOLUTE_GATE_LUFS)) return
    const bin = Math.min(BINS - 1, Math.floor((level - ABSOLUTE_GATE_LUFS) / BIN_LU))
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.#energies[bin] = (this.#energies[bin] ?? 0) + energy
  }

  #meanAbove(from: number): number | null {
    let count = 0
    let energy = 0
    for (let bin = from; bin < BINS; bin++) {
      count += this.#counts[bin] ?? 0
      energy += this.#energies[bin] ?? 0
    }
    return count === 0 ? null : energy / count
  }

  /** The sum of squares of samples `from` up to `until` after both filters. */
  #filter(samples: Float32Array, from: number, until: number, channel: number): number {
    if (!this.#stages) return 0
    const [shelf, pass] = this.#stages
    const state = this.#state
    const at = channel * 4
    let s1 = state[at] ?? 0
    let s2 = state[at + 1] ?? 0
    let p1 = state[at + 2] ?? 0
    let p2 = state[at + 3] ?? 0
    const { b0, b1, b2, a1, a2 } = shelf
    const { b1: c1, b2: c2, a1: d1, a2: d2 } = pass
    let sum = 0
    for (let i = from; i < until; i++) {
      const sample = samples[i] ?? 0
      // One value that is no number would stay in the filters for ever.
      const x = Number.isFinite(sample) ? sample : 0
      const y = b0 * x + s1
      s1 = b1 * x - a1 * y + s2
      s2 = b2 * x - a2 * y
      const z = y + p1
      p1 = c1 * y - d1 * z + p2
      p2 = c2 * y - d2 * z
      sum += z * z
    }
    state[at] = s1
    state[at + 1] = s2
    state[at + 2] = p1
    state[at + 3] = p2
    return sum
  }
}
