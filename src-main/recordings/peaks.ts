import type { Peaks } from '@contract/recordings'

/** Resolution of a short recording, and while accumulating: a bucket every 10 ms. */
const FINE_PER_SEC = 100
/** Resolution of a recording over `LONG_SEC`: a bucket every 50 ms. */
const COARSE_PER_SEC = 20
const FOLD = FINE_PER_SEC / COARSE_PER_SEC
const LONG_SEC = 600

/**
 * A sample as int8, to be drawn as `value / 128`. Rounded to the nearest step, so silence with a little noise stays a
 * line; only full scale (127 for 1) looks smaller, by 1/128. What is over full scale is cut, NaN is silence.
 */
const quantise = (sample: number): number => Math.max(-128, Math.min(127, Math.round(sample * 128)))

/** One channel's pairs (minimum, maximum), and the bucket that is being filled. */
class ChannelPeaks {
  pairs = new Int8Array(2 * 4096)
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY

  /** Ends the bucket; one without a sample is silence. */
  close(): void {
    const empty = this.min > this.max
    this.append(empty ? 0 : quantise(this.min), empty ? 0 : quantise(this.max))
    this.min = Number.POSITIVE_INFINITY
    this.max = Number.NEGATIVE_INFINITY
  }

  append(min: number, max: number): void {
    if (this.count * 2 === this.pairs.length) {
      const larger = new Int8Array(this.pairs.length * 2)
      larger.set(this.pairs)
      this.pairs = larger
    }
    this.pairs[this.count * 2] = min
    this.pairs[this.count * 2 + 1] = max
    this.count++
  }

  /** Joins every `FOLD` buckets from the start into one; the rest at the end is joined too. */
  fold(): void {
    const folded = Math.ceil(this.count / FOLD)
    for (let to = 0; to < folded; to++) {
      let min = 127
      let max = -128
      for (let from = to * FOLD; from < Math.min(this.count, (to + 1) * FOLD); from++) {
        min = Math.min(min, this.pairs[from * 2] ?? 0)
        max = Math.max(max, this.pairs[from * 2 + 1] ?? 0)
      }
      this.pairs[to * 2] = min
      this.pairs[to * 2 + 1] = max
    }
    this.count = folded
  }
}

/**
 * Makes a waveform's extremes from sound that comes piece by piece: 100 buckets a second, or 20 for a recording over
 * ten minutes (which is folded down as soon as it gets that long, so memory stays small). Sample n belongs to bucket
 * floor(n x buckets a second / sample rate).
 */
export class PeakAccumulator {
  #channels: ChannelPeaks[] = []
  #perSec = FINE_PER_SEC
  #samples = 0
  #sampleRate = 0

  /**
   * @param channelData one array a channel, all equally long; as many channels each time
   * @param sampleRate samples a second, the same each time
   */
  add(channelData: readonly Float32Array[], sampleRate: number): void {
    const length = channelData[0]?.length ?? 0
    if (length === 0) return
    if (this.#samples === 0) {
      this.#sampleRate = sampleRate
      this.#channels = channelData.map(() => new ChannelPeaks())
    } else if (sampleRate !== this.#sampleRate || channelData.length !== this.#channels.length)
      throw new RangeError('A recording keeps its sample rate and its channels.')

    let at = 0
    while (at < length) {
      const boundary = this.#openBucketEnd()
      const until = Math.min(length, at + boundary - this.#samples)
      for (const [i, samples] of channelData.entries()) {
        const channel = this.#channels[i]
        if (channel) widen(channel, samples, at, until)
      }
      this.#samples += until - at
      at = until
      if (this.#samples === boundary) this.#closeBucket()
    }
  }

  /** The waveform up to the last whole bucket; null before the first. */
  soFar(): Peaks | null {
    const buckets = this.#buckets
    return buckets === 0 ? null : this.#peaks(buckets / this.#perSec)
  }

  /** The whole waveform; the accumulator is not to be used afterwards. */
  finish(): Peaks {
    const open = this.#samples > 0 && this.#samples > this.#bucketStart(this.#buckets)
    if (open) this.#closeBucket()
    if (this.#isLong) this.#fold()
    return this.#peaks(this.#samples === 0 ? 0 : this.#samples / this.#sampleRate)
  }

  #peaks(durationSec: number): Peaks {
    const buckets = this.#buckets
    const data = new Int8Array(this.#channels.length * buckets * 2)
    for (const [i, channel] of this.#channels.entries())
      data.set(channel.pairs.subarray(0, buckets * 2), i * buckets * 2)
    return { durationSec, channels: this.#channels.length, bucketsPerSec: this.#perSec, buckets, data }
  }

  get #buckets(): number {
    return this.#channels[0]?.count ?? 0
  }

  /** The first sample of a bucket. */
  #bucketStart(bucket: number): number {
    return Math.ceil((bucket * this.#sampleRate) / this.#perSec)
  }

  #openBucketEnd(): number {
    return this.#bucketStart(this.#buckets + 1)
  }

  #closeBucket(): void {
    for (const channel of this.#channels) channel.close()
    if (this.#isLong && this.#buckets % FOLD === 0) this.#fold()
  }

  get #isLong(): boolean {
    return this.#samples > LONG_SEC * this.#sampleRate
  }

  #fold(): void {
    if (this.#perSec === COARSE_PER_SEC) return
    for (const channel of this.#channels) channel.fold()
    this.#perSec = COARSE_PER_SEC
  }
}

function widen(channel: ChannelPeaks, samples: Float32Array, from: number, until: number): void {
  let { min, max } = channel
  for (let i = from; i < until; i++) {
    const sample = samples[i] ?? 0
    // False for NaN, which so changes nothing.
    if (sample < min) min = sample
    if (sample > max) max = sample
  }
  channel.min = min
  channel.max = max
}
