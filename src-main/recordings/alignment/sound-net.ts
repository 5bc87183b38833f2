import { SOUND_CLASSES } from './sound-classes'
import { BIASES, HIDDEN, INPUTS, SCALES, SHARES, WEIGHTS } from './sound-net-weights'
import { SOUND_DIMENSIONS, type SoundPoints } from './text-match'

/** Points before and behind, 20 ms each, that are looked at beside a point itself. */
const AROUND = [-7, -4, -2, 2, 4, 7]
/** What does not already tell of changes: level, voicing and the shape of the spectrum. */
const STATIC = Int32Array.from([0, ...Array.from({ length: 13 }, (_, n) => n + 2)])
/** How much a single point may tell for or against a class. */
const LIMIT = 3

/** Points that go through the net at once: each weight is read once for all of them. */
const TOGETHER = 4

const decoded = (() => {
  const bytes = Buffer.from(WEIGHTS, 'base64')
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const scaled = (from: number, count: number, scale: number): Float64Array =>
    Float64Array.from(values.subarray(from, from + count), (value) => Math.fround(value * scale))
  const first = scaled(0, INPUTS * HIDDEN, SCALES[0])
  const second = scaled(INPUTS * HIDDEN, HIDDEN * SOUND_CLASSES, SCALES[1])
  return { first, second }
})()

/**
 * Per point and class: how much better (natural logarithm) the class explains it than speech at large, by a net of one hidden layer
 * that has learnt from many voices which letters are heard as what.
 */
export function classScores(points: SoundPoints): Float32Array {
  const { count } = points
  const result = new Float32Array(count * SOUND_CLASSES)
  const input = new Float64Array(INPUTS * TOGETHER)
  const hidden = new Float64Array(HIDDEN * TOGETHER)
  const { first } = decoded
  for (let p = 0; p < count; p += TOGETHER) {
    for (let q = 0; q < TOGETHER; q += 1) readInput(points, p + q, input, q)
    for (let h = 0, w = 0; h < HIDDEN; h += 1) {
      const bias = BIASES[h] ?? 0
      let [a, b, c, d] = [bias, bias, bias, bias]
      for (let n = 0; n < INPUTS * TOGETHER; n += TOGETHER, w += 1) {
        const weight = first[w] ?? 0
        a += weight * (input[n] ?? 0)
        b += weight * (input[n + 1] ?? 0)
        c += weight * (input[n + 2] ?? 0)
        d += weight * (input[n + 3] ?? 0)
      }
      hidden[h] = Math.max(0, a)
      hidden[HIDDEN + h] = Math.max(0, b)
      hidden[2 * HIDDEN + h] = Math.max(0, c)
      hidden[3 * HIDDEN + h] = Math.max(0, d)
    }
    for (let q = 0; q < TOGETHER && p + q < count; q += 1)
      readOutput(hidden.subarray(q * HIDDEN, (q + 1) * HIDDEN), result, (p + q) * SOUND_CLASSES)
  }
  return result
}

/** What the net sees of point `p`, at every TOGETHER-th place of `input` from `place` on; behind the last point nothing new. */
function readInput({ count, data }: SoundPoints, p: number, input: Float64Array, place: number): void {
  const pointAt = (at: number): number => Math.max(0, Math.min(count - 1, at)) * SOUND_DIMENSIONS
  const own = pointAt(p)
  let n = place
  for (let d = 0; d < SOUND_DIMENSIONS; d += 1, n += TOGETHER) input[n] = data[own + d] ?? 0
  for (const step of AROUND) {
    const at = pointAt(p + step)
    for (let d = 0; d < STATIC.length; d += 1, n += TOGETHER) input[n] = data[at + (STATIC[d] ?? 0)] ?? 0
  }
}

/** The classes' scores of one point, from `at` on in `result`. */
function readOutput(hidden: Float64Array, result: Float32Array, at: number): void {
  const { second } = decoded
  const output = OUTPUT
  for (let c = 0; c < SOUND_CLASSES; c += 1) output[c] = BIASES[HIDDEN + c] ?? 0
  for (let h = 0, w = 0; h < HIDDEN; h += 1) {
    const value = hidden[h] ?? 0
    if (value === 0) {
      w += SOUND_CLASSES
      continue
    }
    for (let c = 0; c < SOUND_CLASSES; c += 1, w += 1) output[c] = (output[c] ?? 0) + value * (second[w] ?? 0)
  }
  let most = Number.NEGATIVE_INFINITY
  for (let c = 0; c < SOUND_CLASSES; c += 1) most = Math.max(most, output[c] ?? 0)
  let all = 0
  for (let c = 0; c < SOUND_CLASSES; c += 1) all += Math.exp((output[c] ?? 0) - most)
  const whole = most + Math.log(all)
  for (let c = 0; c < SOUND_CLASSES; c += 1) {
    const score = (output[c] ?? 0) - whole - (SHARES[c] ?? 0)
    result[at + c] = Math.max(-LIMIT, Math.min(LIMIT, score))
  }
}

const OUTPUT = new Float64Array(SOUND_CLASSES)
