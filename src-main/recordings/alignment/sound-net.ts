import { SOUND_CLASSES } from './sound-classes'
import { BIASES, HIDDEN, INPUTS, SCALES, SHARES, WEIGHTS } from './sound-net-weights'
import { SOUND_DIMENSIONS, type SoundPoints } from './text-match'

/** Points before and behind, 20 ms each, that are looked at beside a point itself. */
const AROUND = [-7, -4, -2, 2, 4, 7]
/** What does not already tell of changes: level, voicing and the shape of the spectrum. */
const STATIC = Int32Array.from([0, ...Array.from({ length: 13 }, (_, n) => n + 2)])
/** How much a single point may tell for or against a class. */
const LIMIT = 3

const decoded = (() => {
  const bytes = Buffer.from(WEIGHTS, 'base64')
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const scaled = (from: number, count: number, scale: number): Float32Array =>
    Float32Array.from(values.subarray(from, from + count), (value) => value * scale)
  const first = scaled(0, INPUTS * HIDDEN, SCALES[0])
  const second = scaled(INPUTS * HIDDEN, HIDDEN * SOUND_CLASSES, SCALES[1])
  return { first, second }
})()

/**
 * Per point and class: how much better (natural logarithm) the class explains it than speech at large, by a net of one hidden layer
 * that has learnt from many voices which letters are heard as what.
 */
export function classScores({ count, data }: SoundPoints): Float32Array {
  const result = new Float32Array(count * SOUND_CLASSES)
  const input = new Float32Array(INPUTS)
  const hidden = new Float32Array(HIDDEN)
  const output = new Float64Array(SOUND_CLASSES)
  const { first, second } = decoded
  for (let p = 0; p < count; p += 1) {
    input.set(data.subarray(p * SOUND_DIMENSIONS, (p + 1) * SOUND_DIMENSIONS))
    let n = SOUND_DIMENSIONS
    for (const step of AROUND) {
      const at = Math.max(0, Math.min(count - 1, p + step)) * SOUND_DIMENSIONS
      for (let d = 0; d < STATIC.length; d += 1, n += 1) input[n] = data[at + (STATIC[d] ?? 0)] ?? 0
    }
    for (let c = 0; c < SOUND_CLASSES; c += 1) output[c] = BIASES[HIDDEN + c] ?? 0
    for (let h = 0, w = 0; h < HIDDEN; h += 1) {
      let sum = BIASES[h] ?? 0
      for (let i = 0; i < INPUTS; i += 1, w += 1) sum += (first[w] ?? 0) * (input[i] ?? 0)
      hidden[h] = sum > 0 ? sum : 0
    }
    for (let h = 0, w = 0; h < HIDDEN; h += 1) {
      const value = hidden[h] ?? 0
      if (value === 0) {
        w += SOUND_CLASSES
        continue
      }
      for (let c = 0; c < SOUND_CLASSES; c += 1, w += 1)
        output[c] = (output[c] ?? 0) + value * (second[w] ?? 0)
    }
    let most = Number.NEGATIVE_INFINITY
    for (let c = 0; c < SOUND_CLASSES; c += 1) most = Math.max(most, output[c] ?? 0)
    let all = 0
    for (let c = 0; c < SOUND_CLASSES; c += 1) all += Math.exp((output[c] ?? 0) - most)
    const whole = most + Math.log(all)
    for (let c = 0; c < SOUND_CLASSES; c += 1) {
      const score = (output[c] ?? 0) - whole - (SHARES[c] ?? 0)
      result[p * SOUND_CLASSES + c] = Math.max(-LIMIT, Math.min(LIMIT, score))
    }
  }
  return result
}
