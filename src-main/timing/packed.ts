import type { SpeechSegments } from '@contract'

/** When a turn was said, as the sound tells: milliseconds in the recording, confidence 0 to 1. */
export interface AlignedTimes {
  readonly startMs: number
  readonly endMs: number
  readonly confidence: number
}

/*
 * What is stored of a call's sound, in a few bytes a turn: numbers as LEB128 (seven bits a byte, the lowest first), each
 * the step from the one before. Who changes this gives `ALIGNMENT_METHOD` a new number: older ones are made again.
 */

/** The channels' speech: their count, then for each its count of numbers and those. */
export function packSpeech(channels: readonly SpeechSegments[]): Buffer {
  const bytes = new ByteWriter()
  bytes.number(channels.length)
  for (const pairs of channels) {
    bytes.number(pairs.length)
    let before = 0
    for (const ms of pairs) {
      bytes.number(ms - before)
      before = ms
    }
  }
  return bytes.end()
}

/** What `packSpeech` made; no channels for what it did not make. */
export function unpackSpeech(packed: Uint8Array): SpeechSegments[] {
  const bytes = new ByteReader(packed)
  const channels = Array.from({ length: Math.min(2, bytes.number()) }, () => {
    const count = bytes.number()
    // Each takes a byte at least: what claims more is no such thing.
    if (count > packed.length) return new Int32Array(0)
    let before = 0
    return Int32Array.from({ length: count }, () => {
      before += bytes.number()
      return before
    })
  })
  return bytes.isWhole ? channels : []
}

/** The turns' times: their count, then for each the step of its start, its length, its confidence in hundredths. */
export function packTurns(turns: readonly AlignedTimes[]): Buffer {
  const bytes = new ByteWriter()
  bytes.number(turns.length)
  let before = 0
  for (const { startMs, endMs, confidence } of turns) {
    const start = Math.max(before, Math.round(startMs))
    bytes.number(start - before)
    bytes.number(Math.max(0, Math.round(endMs) - start))
    bytes.number(Math.round(100 * Math.max(0, Math.min(1, confidence))))
    before = start
  }
  return bytes.end()
}

/** What `packTurns` made; null for what it did not make. */
export function unpackTurns(packed: Uint8Array): AlignedTimes[] | null {
  const bytes = new ByteReader(packed)
  const count = bytes.number()
  if (count > packed.length) return null
  let before = 0
  const turns = Array.from({ length: count }, () => {
    before += bytes.number()
    const startMs = before
    const endMs = startMs + bytes.number()
    return { startMs, endMs, confidence: bytes.number() / 100 }
  })
  return bytes.isWhole ? turns : null
}

class ByteWriter {
  readonly #bytes: number[] = []

  /** @param value whole, from 0 up to 2^31 - 1 */
  number(value: number): void {
    let rest = Math.max(0, Math.min(0x7fff_ffff, value))
    while (rest > 0x7f) {
      this.#bytes.push((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.#bytes.push(rest)
  }

  end(): Buffer {
    return Buffer.from(this.#bytes)
  }
}

class ByteReader {
  #at = 0
  #isShort = false

  constructor(readonly bytes: Uint8Array) {}

  number(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#at]
      this.#at += 1
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    this.#isShort = true
    return 0
  }

  /** Whether all of it was read, and no more. */
  get isWhole(): boolean {
    return !this.#isShort && this.#at === this.bytes.length
  }
}
