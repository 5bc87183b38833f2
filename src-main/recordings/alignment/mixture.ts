/** Points of `dimensions` numbers each, one after the other. */
export interface Points {
  readonly dimensions: number
  readonly count: number
  readonly data: Float32Array
}

/** A Gaussian mixture with diagonal covariances. */
export interface Mixture {
  readonly dimensions: number
  readonly logWeight: Float64Array
  /** `dimensions` a component. */
  readonly mean: Float64Array
  readonly variance: Float64Array
}

const ROUNDS = 12
/** Components of the background that are looked at when a point is scored. */
const NEAREST = 5
/** A density whose logarithm is so much less than another adds nothing to it. */
const NEGLIGIBLE = -20
/** Points that count as much as what is believed beforehand (Reynolds, Quatieri and Dunn, 2000, section 3.3). */
const RELEVANCE = 10

/** A mixture as densities are computed from it. */
export interface Density {
  readonly dimensions: number
  readonly mean: Float64Array
  /** Of each component and dimension: 1 / (2 x variance). */
  readonly narrowness: Float64Array
  readonly constant: Float64Array
}

const densityOf = (mixture: Mixture): Density => ({
  dimensions: mixture.dimensions,
  mean: mixture.mean,
  narrowness: mixture.variance.map((variance) => 0.5 / variance),
  constant: constants(mixture),
})

/** Logarithm of the density of point `at` under component `k`, its weight included. */
function logDensity(
  { dimensions, mean, narrowness, constant }: Density,
  k: number,
  data: Float32Array,
  at: number,
): number {
  let sum = constant[k] ?? 0
  for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1) {
    const off = (data[at + d] ?? 0) - (mean[c] ?? 0)
    sum -= off * off * (narrowness[c] ?? 1)
  }
  return sum
}

function constants({ dimensions, logWeight, variance }: Mixture): Float64Array {
  return logWeight.map((weight, k) => {
    let sum = weight
    for (let d = 0; d < dimensions; d += 1)
      sum -= 0.5 * Math.log(2 * Math.PI * (variance[k * dimensions + d] ?? 1))
    return sum
  })
}

/** Fits a mixture by expectation maximisation, from points chosen with `random`. */
export function fitMixture(points: Points, components: number, random: () => number): Mixture {
  const { dimensions, count, data } = points
  const spread = new Float64Array(dimensions)
  const centre = new Float64Array(dimensions)
  for (let p = 0; p < count; p += 1)
    for (let d = 0; d < dimensions; d += 1) {
      const value = data[p * dimensions + d] ?? 0
      centre[d] = (centre[d] ?? 0) + value / count
      spread[d] = (spread[d] ?? 0) + (value * value) / count
    }
  for (let d = 0; d < dimensions; d += 1) spread[d] = (spread[d] ?? 0) - (centre[d] ?? 0) ** 2 + 1e-3
  const mixture = {
    dimensions,
    logWeight: new Float64Array(components).fill(-Math.log(components)),
    mean: new Float64Array(components * dimensions),
    variance: new Float64Array(components * dimensions),
  }
  for (let k = 0; k < components; k += 1) {
    const chosen = Math.min(count - 1, Math.floor(random() * count)) * dimensions
    for (let d = 0; d < dimensions; d += 1) {
      mixture.mean[k * dimensions + d] = data[chosen + d] ?? 0
      mixture.variance[k * dimensions + d] = spread[d] ?? 1
    }
  }
  const share = new Float64Array(components)
  for (let round = 0; round < ROUNDS; round += 1) {
    const density = densityOf(mixture)
    const total = new Float64Array(components)
    const sum = new Float64Array(components * dimensions)
    const squares = new Float64Array(components * dimensions)
    for (let p = 0; p < count; p += 1) {
      const at = p * dimensions
      let most = Number.NEGATIVE_INFINITY
      for (let k = 0; k < components; k += 1) {
        const value = logDensity(density, k, data, at)
        share[k] = value
        if (value > most) most = value
      }
      let all = 0
      for (let k = 0; k < components; k += 1) {
        const value = Math.exp((share[k] ?? 0) - most)
        share[k] = value
        all += value
      }
      for (let k = 0; k < components; k += 1) {
        const part = (share[k] ?? 0) / all
        if (part < 1e-4) continue
        total[k] = (total[k] ?? 0) + part
        for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1) {
          const value = data[at + d] ?? 0
          sum[c] = (sum[c] ?? 0) + part * value
          squares[c] = (squares[c] ?? 0) + part * value * value
        }
      }
    }
    for (let k = 0; k < components; k += 1) {
      const weight = (total[k] ?? 0) + 1e-3
      mixture.logWeight[k] = Math.log(weight / (count + components * 1e-3))
      for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1) {
        const mean = (sum[c] ?? 0) / weight
        mixture.mean[c] = mean
        mixture.variance[c] = Math.max(
          (squares[c] ?? 0) / weight - mean * mean,
          0.05 * (spread[d] ?? 1) + 1e-4,
        )
      }
    }
  }
  return mixture
}

/**
 * A background mixture with what it says of each point of a recording: which components are near, and how near. Voices
 * are adapted from it and scored against it.
 */
export class Background {
  readonly #density: Density
  readonly #points: Points
  readonly #nearest: Uint8Array
  readonly #share: Float32Array
  /** Logarithms of the densities of the nearest. */
  readonly #densities: Float64Array
  readonly #log: Float32Array

  constructor(mixture: Mixture, points: Points) {
    this.#points = points
    const density = densityOf(mixture)
    this.#density = density
    const components = mixture.logWeight.length
    const near = Math.min(NEAREST, components)
    this.#nearest = new Uint8Array(points.count * NEAREST)
    this.#share = new Float32Array(points.count * NEAREST)
    this.#densities = new Float64Array(points.count * NEAREST)
    this.#log = new Float32Array(points.count)
    const densities = new Float64Array(components)
    for (let p = 0; p < points.count; p += 1) {
      for (let k = 0; k < components; k += 1)
        densities[k] = logDensity(density, k, points.data, p * points.dimensions)
      let most = 0
      let all = 0
      for (let n = 0; n < near; n += 1) {
        let best = 0
        for (let k = 1; k < components; k += 1) if ((densities[k] ?? 0) > (densities[best] ?? 0)) best = k
        const density = densities[best] ?? 0
        densities[best] = Number.NEGATIVE_INFINITY
        if (n === 0) most = density
        const share = Math.exp(density - most)
        all += share
        this.#nearest[p * NEAREST + n] = best
        this.#share[p * NEAREST + n] = share
        this.#densities[p * NEAREST + n] = density
      }
      this.#log[p] = most + Math.log(all)
      for (let n = 0; n < near; n += 1)
        this.#share[p * NEAREST + n] = (this.#share[p * NEAREST + n] ?? 0) / all
    }
  }

  /** Nothing heard yet. */
  nothing(): Heard {
    const { constant, mean } = this.#density
    return { count: new Float64Array(constant.length), sum: new Float64Array(mean.length) }
  }

  /** Adds points `from` up to, not including, `until` to what was heard. */
  hear(heard: Heard, from: number, until: number): void {
    const { dimensions } = this.#density
    const { data } = this.#points
    const { count, sum } = heard
    for (let p = from; p < until; p += 1)
      for (let n = p * NEAREST; n < (p + 1) * NEAREST; n += 1) {
        const part = this.#share[n] ?? 0
        if (part < 1e-3) continue
        const k = this.#nearest[n] ?? 0
        count[k] = (count[k] ?? 0) + part
        for (let d = 0, c = k * dimensions, at = p * dimensions; d < dimensions; d += 1, c += 1, at += 1)
          sum[c] = (sum[c] ?? 0) + part * (data[at] ?? 0)
      }
  }

  /** The voice of what was heard: the background's means, moved towards it. */
  voiceOf({ count, sum }: Heard): Density {
    const { dimensions } = this.#density
    const mean = this.#density.mean.map((value, c) => {
      const points = count[Math.floor(c / dimensions)] ?? 0
      return ((sum[c] ?? 0) + RELEVANCE * value) / (points + RELEVANCE)
    })
    return { ...this.#density, mean }
  }

  /**
   * Per point: how much better (natural logarithm) the voice explains it than the background; within `limit`. A voice has the
   * background's variances, so that its density differs by what is linear in the point.
   */
  scores(voice: Density, limit: number): Float32Array {
    const { dimensions, count, data } = this.#points
    const { slope, shift } = shiftOf(this.#density, voice)
    const values = new Float64Array(NEAREST)
    const result = new Float32Array(count)
    for (let p = 0; p < count; p += 1) {
      let most = Number.NEGATIVE_INFINITY
      for (let n = 0; n < NEAREST; n += 1) {
        const k = this.#nearest[p * NEAREST + n] ?? 0
        let value = (this.#densities[p * NEAREST + n] ?? 0) + (shift[k] ?? 0)
        for (let d = 0, c = k * dimensions, at = p * dimensions; d < dimensions; d += 1, c += 1, at += 1)
          value += (slope[c] ?? 0) * (data[at] ?? 0)
        values[n] = value
        if (value > most) most = value
      }
      let all = 0
      for (let n = 0; n < NEAREST; n += 1) {
        const behind = (values[n] ?? 0) - most
        if (behind > NEGLIGIBLE) all += Math.exp(behind)
      }
      result[p] = Math.max(-limit, Math.min(limit, most + Math.log(all) - (this.#log[p] ?? 0)))
    }
    return result
  }
}

/** How the logarithm of a density changes when each component's mean moves to that of `voice`: `shift`, and `slope` times the point. */
function shiftOf(
  { dimensions, mean, narrowness }: Density,
  voice: Density,
): { slope: Float64Array; shift: Float64Array } {
  const slope = mean.map((from, c) => 2 * (narrowness[c] ?? 1) * ((voice.mean[c] ?? 0) - from))
  const shift = voice.constant.map((_, k) => {
    let sum = 0
    for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1)
      sum += (narrowness[c] ?? 1) * ((mean[c] ?? 0) ** 2 - (voice.mean[c] ?? 0) ** 2)
    return sum
  })
  return { slope, shift }
}

/** Points as voices are adapted from them: per component how many, and their sums. */
export interface Heard {
  readonly count: Float64Array
  readonly sum: Float64Array
}
