/** Mean of `width` values around each; the ends are continued. */
export function smoothed(values: ArrayLike<number>, width: number): Float32Array {
  const { length } = values
  const result = new Float32Array(length)
  if (length === 0) return result
  const before = width >> 1
  const behind = width - 1 - before
  const at = (i: number): number => values[Math.max(0, Math.min(length - 1, i))] ?? 0
  let sum = 0
  for (let i = -before; i <= behind; i += 1) sum += at(i)
  const inner = length - behind - 1
  for (let i = 0; i < length; i += 1) {
    result[i] = sum / width
    // Away from the ends without asking where they are.
    if (i >= before && i < inner) sum += (values[i + behind + 1] ?? 0) - (values[i - before] ?? 0)
    else sum += at(i + behind + 1) - at(i - before)
  }
  return result
}

/** The value below which `share` (0..1) of them lie; 0 for none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = new Float32Array(values).sort()
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.floor(share * (sorted.length - 1) + 0.5)))] ?? 0
}

/** The value at which half of the weight is reached. */
export function weightedMedian(pairs: readonly { value: number; weight: number }[]): number {
  const sorted = pairs.toSorted((a, b) => a.value - b.value)
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2
  let sum = 0
  for (const { value, weight } of sorted) {
    sum += weight
    if (sum >= half) return value
  }
  return 0
}

/** How far to both sides the floor looks, frames; and how often it is looked up. */
const FLOOR_REACH = 1500
const FLOOR_STEP = 100
const BINS = 1024

/**
 * The level of what is there when nobody speaks: the 8th percentile of 15 s to both sides, per frame.
 *
 * @param values in any unit; those under `lowest` count as `lowest`
 */
export function floorOf(values: ArrayLike<number>, lowest: number): Float32Array {
  const calm = smoothed(values, 10)
  const { length } = calm
  if (length === 0) return calm
  let highest = lowest
  for (let i = 0; i < length; i += 1) {
    calm[i] = Math.max(calm[i] ?? 0, lowest)
    highest = Math.max(highest, calm[i] ?? 0)
  }
  const step = (highest - lowest) / (BINS - 1) || 1
  const bins = new Uint16Array(length)
  for (let i = 0; i < length; i += 1) bins[i] = Math.round(((calm[i] ?? 0) - lowest) / step)
  const counts = new Uint32Array(BINS)
  let from = 0
  let until = 0
  const result = new Float32Array(length)
  for (let start = 0; start < length; start += FLOOR_STEP) {
    for (; until < Math.min(length, start + FLOOR_REACH); until += 1) {
      const bin = bins[until] ?? 0
      counts[bin] = (counts[bin] ?? 0) + 1
    }
    for (; from < start - FLOOR_REACH; from += 1) {
      const bin = bins[from] ?? 0
      counts[bin] = (counts[bin] ?? 0) - 1
    }
    let rest = 0.08 * (until - from)
    let bin = 0
    while (bin < BINS - 1 && rest >= (counts[bin] ?? 0)) {
      rest -= counts[bin] ?? 0
      bin += 1
    }
    result.fill(lowest + bin * step, start, Math.min(length, start + FLOOR_STEP))
  }
  return smoothed(result, FLOOR_STEP + 1)
}
