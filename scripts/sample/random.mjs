import { createHash } from 'node:crypto'

/** Numbers in [0, 1) that are the same in every run for the same `seed` text (mulberry32). */
export function seededRandom(seed) {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `length` hexadecimal digits that belong to `seed`; at most 64. */
export const seededHex = (seed, length) => createHash('sha256').update(seed).digest('hex').slice(0, length)

/** An identifier in the shape of a version 4 UUID that belongs to `seed`. */
export function seededUuid(seed) {
  const hex = seededHex(seed, 32)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-')
}
