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
/** Points that count as much as what is believed beforehand (Reynolds, Quatieri and Dunn, 2000, section 3.3). */
const RELEVANCE = 10

/** Logarithm of the density of point `at` under component `k`, its weight included. */
function logDensity(mixture: Mixture, k: number, constant: number, data: Float32Array, at: number): number {
  const { dimensions, mean, variance } = mixture
  let sum = constant
  for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1) {
    const off = (data[at + d] ?? 0) - (mean[c] ?? 0)
    sum -= (0.5 * off * off) / (variance[c] ?? 1)
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
    const constant = constants(mixture)
    const total = new Float64Array(components)
    const sum = new Float64Array(components * dimensions)
    const squares = new Float64Array(components * dimensions)
    for (let p = 0; p < count; p += 1) {
      const at = p * dimensions
      let most = Number.NEGATIVE_INFINITY
      for (let k = 0; k < components; k += 1) {
        const value = logDensity(mixture, k, constant[k] ?? 0, data, at)
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
  readonly #mixture: Mixture
  readonly #points: Points
  readonly #constant: Float64Array
  readonly #nearest: Uint8Array
  readonly #share: Float32Array
  readonly #log: Float32Array

  constructor(mixture: Mixture, points: Points) {
    this.#mixture = mixture
    this.#points = points
    this.#constant = constants(mixture)
    const components = mixture.logWeight.length
    const near = Math.min(NEAREST, components)
    this.#nearest = new Uint8Array(points.count * NEAREST)
    this.#share = new Float32Array(points.count * NEAREST)
    this.#log = new Float32Array(points.count)
    const densities = new Float64Array(components)
    for (let p = 0; p < points.count; p += 1) {
      for (let k = 0; k < components; k += 1)
        densities[k] = logDensity(mixture, k, this.#constant[k] ?? 0, points.data, p * points.dimensions)
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
      }
      this.#log[p] = most + Math.log(all)
      for (let n = 0; n < near; n += 1)
        this.#share[p * NEAREST + n] = (this.#share[p * NEAREST + n] ?? 0) / all
    }
  }

  /** The voice of the points with a weight over 0: the background's means, moved towards them. */
  adapt(weights: Float32Array): Mixture {
    const { dimensions, logWeight, mean, variance } = this.#mixture
    const total = new Float64Array(logWeight.length)
    const sum = new Float64Array(mean.length)
    for (let p = 0; p < this.#points.count; p += 1) {
      const weight = weights[p] ?? 0
      if (weight <= 0) continue
      for (let n = 0; n < NEAREST; n += 1) {
        const part = weight * (this.#share[p * NEAREST + n] ?? 0)
        if (part < 1e-3) continue
        const k = this.#nearest[p * NEAREST + n] ?? 0
        total[k] = (total[k] ?? 0) + part
        for (let d = 0, c = k * dimensions; d < dimensions; d += 1, c += 1)
          sum[c] = (sum[c] ?? 0) + part * (this.#points.data[p * dimensions + d] ?? 0)
      }
    }
    const moved = mean.map((value, c) => {
      const count = total[Math.floor(c / dimensions)] ?? 0
      return ((sum[c] ?? 0) + RELEVANCE * value) / (count + RELEVANCE)
    })
    return { dimensions, logWeight, mean: moved, variance }
  }

  /** Per point: how much better (natural logarithm) the voice explains it than the background; within `limit`. */
  scores(voice: Mixture, limit: number): Float32Array {
    const { count, dimensions, data } = this.#points
    const result = new Float32Array(count)
    for (let p = 0; p < count; p += 1) {
      let most = Number.NEGATIVE_INFINITY
      let all = 0
      for (let n = 0; n < NEAREST; n += 1) {
        const k = this.#nearest[p * NEAREST + n] ?? 0
        const value = logDensity(voice, k, this.#constant[k] ?? 0, data, p * dimensions)
        if (value > most) {
          all = all * Math.exp(most - value) + 1
          most = value
        } else all += Math.exp(value - most)
      }
      result[p] = Math.max(-limit, Math.min(limit, most + Math.log(all) - (this.#log[p] ?? 0)))
    }
    return result
  }
}
