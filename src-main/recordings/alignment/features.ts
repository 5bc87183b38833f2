import { Fft, hann } from './fft'
import { ANALYSIS_RATE, Resampler } from './resample'
import { quantile } from './smooth'

/** Frames a second. */
export const FRAMES_PER_SEC = 100
/** Bands of the mel spectrum. */
export const BANDS = 24
/** Tonality and pitch are looked at in every second frame only: neither changes faster. */
export const COARSE = 2

const HOP = ANALYSIS_RATE / FRAMES_PER_SEC
const BLOCK_FRAMES = 4
const WINDOW = 200
const FFT = 256
const TONE_FFT = 512
const PITCH_WINDOW = 200
const PITCH_RATE = ANALYSIS_RATE / 2
const MIN_LAG = Math.floor(PITCH_RATE / 400)
const MAX_LAG = Math.ceil(PITCH_RATE / 62)
/** Samples kept before and needed behind a frame's middle. */
const MARGIN = TONE_FFT / 2

/** Steps a decibel in `ChannelFeatures.bands`, and what 0 means there. */
const STEPS_PER_DB = 2
const LOWEST_DB = -110

/** The decibels of a stored band value. */
export const bandDb = (value: number): number => value / STEPS_PER_DB + LOWEST_DB
export const bandValue = (db: number): number => (db - LOWEST_DB) * STEPS_PER_DB

/** What is kept of one channel: about 2.7 kB a second. */
export interface ChannelFeatures {
  /** Frames of 10 ms; frame t is centred on t / 100 s. */
  readonly frames: number
  /** Mel spectrum, `BANDS` a frame, as half decibels over -110 dB. */
  readonly bands: Uint8Array
  /** Level between 200 and 3,600 Hz, dB. */
  readonly levelDb: Float32Array
  /** Every `COARSE` frames: how alike the peaks of the spectrum are 120 ms apart, 0..255. High in tones and music. */
  readonly steadiness: Uint8Array
  /** Every `COARSE` frames: natural logarithm of the pitch in Hz, whether or not there is one. */
  readonly logPitch: Float32Array
  /** Every `COARSE` frames: how periodic the sound is, 0..255. */
  readonly voicing: Uint8Array
}

/** What the alignment needs of a recording. */
export interface SoundFeatures {
  readonly durationSec: number
  /** One, or two that differ: two channels with the same sound are one here. */
  readonly channels: readonly ChannelFeatures[]
}

/** Above this share of common sound two channels are one (a mono call stored as stereo). */
const SAME_SOUND = 0.97

/**
 * Listens to a recording piece by piece and keeps what alignment needs, in bounded memory: about 2.7 kB for each
 * second of a channel. Of more than two channels the first two count.
 */
export class FeatureAccumulator {
  #channels: ChannelListener[] = []
  #rate = 0
  #samples = 0
  #ownPower = [0, 0]
  #commonPower = 0

  /** Decoded sound as `decodeAudio` gives it out; as many channels and the same rate each time. */
  add(channelData: readonly Float32Array[], sampleRate: number): void {
    const length = channelData[0]?.length ?? 0
    if (length === 0) return
    if (this.#samples === 0) {
      this.#rate = sampleRate
      this.#channels = channelData.slice(0, 2).map(() => new ChannelListener(sampleRate))
    }
    this.#samples += length
    const pieces = this.#channels.map((channel, c) => channel.add(channelData[c] ?? new Float32Array(length)))
    this.#compare(pieces)
  }

  /** All of it; the accumulator is not to be used afterwards. */
  finish(): SoundFeatures {
    this.#compare(this.#channels.map((channel) => channel.finish()))
    const channels = this.#channels.map((channel) => channel.features())
    const durationSec = this.#samples === 0 ? 0 : this.#samples / this.#rate
    const [left] = channels
    return { durationSec, channels: left && this.#sameSound() ? [left] : channels }
  }

  /** `pieces`: the channels' new samples at the analysis rate. */
  #compare([left, right]: readonly Float32Array[]): void {
    if (!left || !right) return
    let [own0 = 0, own1 = 0] = this.#ownPower
    let common = 0
    for (let i = 0; i < left.length; i += 1) {
      const a = left[i] ?? 0
      const b = right[i] ?? 0
      own0 += a * a
      own1 += b * b
      common += a * b
    }
    this.#ownPower = [own0, own1]
    this.#commonPower += common
  }

  #sameSound(): boolean {
    if (this.#channels.length < 2) return false
    const [left = 0, right = 0] = this.#ownPower
    return this.#commonPower >= SAME_SOUND * Math.sqrt(left * right)
  }
}

const WINDOW_SHAPE = hann(WINDOW)
const TONE_SHAPE = hann(TONE_FFT)
const PITCH_SHAPE = hann(PITCH_WINDOW)
const BANK = melBank()
/** Bins of the 512-point spectrum between about 190 and 3,600 Hz. */
const TONE_LOW = 12
const TONE_BINS = 218
/** Frames of 20 ms between the spectra that are compared: 120 ms. */
const TONE_DISTANCE = 6
/** A peak is what is over so many times the floor of its bin. */
const OVER_NOISE = 4
const PITCH_WINDOW_FACTOR = pitchWindowFactor()

/** One channel: resampled, cut into frames, measured. */
class ChannelListener {
  readonly #resampler: Resampler
  readonly #fft = new Fft(FFT)
  readonly #toneFft = new Fft(TONE_FFT)
  readonly #re = new Float64Array(TONE_FFT)
  readonly #im = new Float64Array(TONE_FFT)
  readonly #powers = [new Float64Array(TONE_FFT / 2 + 1), new Float64Array(TONE_FFT / 2 + 1)] as const
  /** Samples at the analysis rate; `#buffer[0]` lies MARGIN before the middle of the next frame. */
  #buffer = new Float32Array(MARGIN + 1)
  #filled = MARGIN
  #samples = 0
  #frames = 0
  #bands = new Uint8Array(BANDS * 4096)
  #levelDb = new Float32Array(4096)
  #steadiness = new Uint8Array(2048)
  #logPitch = new Float32Array(2048)
  #voicing = new Uint8Array(2048)
  /** The last spectra with nothing but their peaks, each of length 1. */
  readonly #peaks = Array.from({ length: TONE_DISTANCE }, () => new Float64Array(TONE_BINS))
  readonly #peaksNow = new Float64Array(TONE_BINS)

  constructor(rate: number) {
    this.#resampler = new Resampler(rate)
  }

  add(samples: Float32Array): Float32Array {
    const piece = this.#resampler.add(samples)
    this.#take(piece)
    return piece
  }

  finish(): Float32Array {
    const rest = this.#resampler.finish()
    this.#take(rest)
    const frames = Math.ceil(this.#samples / HOP)
    if (this.#frames < frames)
      this.#take(new Float32Array((frames - this.#frames + BLOCK_FRAMES) * HOP + 2 * MARGIN), true)
    this.#frames = frames
    return rest
  }

  features(): ChannelFeatures {
    const frames = this.#frames
    const coarse = Math.ceil(frames / COARSE)
    return {
      frames,
      bands: this.#bands.slice(0, frames * BANDS),
      levelDb: this.#levelDb.slice(0, frames),
      steadiness: centred(this.#steadiness.subarray(0, coarse)),
      logPitch: this.#logPitch.slice(0, coarse),
      voicing: this.#voicing.slice(0, coarse),
    }
  }

  #take(piece: Float32Array, padding = false): void {
    if (!padding) this.#samples += piece.length
    const needed = this.#filled + piece.length
    if (needed > this.#buffer.length) {
      const larger = new Float32Array(needed * 2)
      larger.set(this.#buffer.subarray(0, this.#filled))
      this.#buffer = larger
    }
    this.#buffer.set(piece, this.#filled)
    this.#filled = needed
    let at = 0
    while (at + (BLOCK_FRAMES - 1) * HOP + 2 * MARGIN <= this.#filled) {
      this.#block(at + MARGIN)
      at += BLOCK_FRAMES * HOP
    }
    this.#buffer.copyWithin(0, at, this.#filled)
    this.#filled -= at
  }

  /** Four frames; the first one's middle is at `middle` in the buffer. */
  #block(middle: number): void {
    this.#makeRoom()
    for (let f = 0; f < BLOCK_FRAMES; f += 2) {
      this.#load(middle + f * HOP - WINDOW / 2, middle + (f + 1) * HOP - WINDOW / 2, WINDOW_SHAPE, FFT)
      this.#fft.transform(this.#re, this.#im)
      this.#fft.powersOfPair(this.#re, this.#im, ...this.#powers)
      for (const [p, power] of this.#powers.entries()) this.#keepBands(power, this.#frames + f + p)
    }
    const coarse = this.#frames / COARSE
    this.#load(middle - TONE_FFT / 2, middle + 2 * HOP - TONE_FFT / 2, TONE_SHAPE, TONE_FFT)
    this.#toneFft.transform(this.#re, this.#im)
    this.#toneFft.powersOfPair(this.#re, this.#im, ...this.#powers)
    for (const [p, power] of this.#powers.entries()) this.#keepSteadiness(power, coarse + p)
    this.#pitchPair(middle, coarse)
    this.#frames += BLOCK_FRAMES
  }

  #load(first: number, second: number, shape: Float64Array, size: number): void {
    for (let i = 0; i < shape.length; i += 1) {
      const weight = shape[i] ?? 0
      this.#re[i] = (this.#buffer[first + i] ?? 0) * weight
      this.#im[i] = (this.#buffer[second + i] ?? 0) * weight
    }
    this.#re.fill(0, shape.length, size)
    this.#im.fill(0, shape.length, size)
  }

  #keepBands(power: Float64Array, frame: number): void {
    let total = 0
    for (const [b, { from, weights }] of BANK.entries()) {
      let sum = 0
      for (let i = 0; i < weights.length; i += 1) sum += (weights[i] ?? 0) * (power[from + i] ?? 0)
      const db = 10 * Math.log10(sum * POWER_SCALE + 1e-11)
      this.#bands[frame * BANDS + b] = Math.max(0, Math.min(255, Math.round(bandValue(db))))
    }
    for (let k = LEVEL_LOW; k < LEVEL_HIGH; k += 1) total += power[k] ?? 0
    this.#levelDb[frame] = 10 * Math.log10(total * POWER_SCALE + 1e-10)
  }

  /** Keeps the spectrum's peaks and compares them with those of 120 ms ago. */
  #keepSteadiness(power: Float64Array, coarse: number): void {
    const now = this.#peaksNow
    const reach = 6
    // What noise there is, bin by bin, must not hide a tone.
    const noise = this.#noise
    const pace = coarse < 100 ? 0.1 : 0.02
    // A tone that the recording begins with is not to be taken for noise: it stands out of the other bins.
    const usual = coarse === 0 ? Math.sqrt(quantile(power.subarray(TONE_LOW, TONE_LOW + TONE_BINS), 0.5)) : 0
    for (let k = 0; k < TONE_BINS; k += 1) {
      const magnitude = Math.sqrt(power[TONE_LOW + k] ?? 0)
      const floor = coarse === 0 ? Math.min(magnitude, usual) / 2 : (noise[k] ?? 0)
      noise[k] = floor * (magnitude > floor ? 1 + 0.2 * pace : 1 - 0.8 * pace) + 1e-9
      now[k] = Math.sqrt(Math.max(0, magnitude - OVER_NOISE * floor))
    }
    // What stands out of the mean of 13 bins around it is a peak.
    const first = now[0] ?? 0
    const last = now[TONE_BINS - 1] ?? 0
    let sum = first * reach
    for (let k = 0; k <= reach; k += 1) sum += now[k] ?? 0
    const old = this.#peaks[coarse % TONE_DISTANCE]
    if (!old) return
    let common = 0
    let squares = 0
    const fresh = this.#scratch
    for (let k = 0; k < TONE_BINS; k += 1) {
      const peak = Math.max(0, (now[k] ?? 0) - (1.1 * sum) / (2 * reach + 1))
      fresh[k] = peak
      squares += peak * peak
      common += peak * (old[k] ?? 0)
      sum +=
        (k + reach + 1 < TONE_BINS ? (now[k + reach + 1] ?? 0) : last) -
        (k - reach >= 0 ? (now[k - reach] ?? 0) : first)
    }
    const length = Math.sqrt(squares) + 1e-9
    this.#steadiness[coarse] = Math.round((255 * common) / length)
    for (let k = 0; k < TONE_BINS; k += 1) old[k] = (fresh[k] ?? 0) / length
  }
  readonly #scratch = new Float64Array(TONE_BINS)
  /** Per bin the magnitude that four fifths exceed: of noise about half its mean. */
  readonly #noise = new Float64Array(TONE_BINS)

  /** The pitch of two frames 20 ms apart, by autocorrelation at 4 kHz (Wiener and Khinchin). */
  #pitchPair(middle: number, coarse: number): void {
    const { size } = this.#toneFft
    const half = (n: number): number =>
      0.25 * (this.#buffer[n - 1] ?? 0) + 0.5 * (this.#buffer[n] ?? 0) + 0.25 * (this.#buffer[n + 1] ?? 0)
    let meanA = 0
    let meanB = 0
    for (let i = 0; i < PITCH_WINDOW; i += 1) {
      const at = middle - PITCH_WINDOW + 2 * i
      const a = half(at)
      const b = half(at + 2 * HOP)
      this.#re[i] = a
      this.#im[i] = b
      meanA += a / PITCH_WINDOW
      meanB += b / PITCH_WINDOW
    }
    for (let i = 0; i < PITCH_WINDOW; i += 1) {
      const weight = PITCH_SHAPE[i] ?? 0
      this.#re[i] = ((this.#re[i] ?? 0) - meanA) * weight
      this.#im[i] = ((this.#im[i] ?? 0) - meanB) * weight
    }
    this.#re.fill(0, PITCH_WINDOW)
    this.#im.fill(0, PITCH_WINDOW)
    this.#toneFft.transform(this.#re, this.#im)
    const [first, second] = this.#powers
    this.#toneFft.powersOfPair(this.#re, this.#im, first, second)
    // Spectra are real and even, so the way back is the same transform, and again two at once.
    for (let k = 0; k < size; k += 1) {
      const bin = k <= size / 2 ? k : size - k
      this.#re[k] = first[bin] ?? 0
      this.#im[k] = second[bin] ?? 0
    }
    this.#toneFft.transform(this.#re, this.#im)
    this.#keepPitch(this.#re, coarse)
    this.#keepPitch(this.#im, coarse + 1)
  }

  #keepPitch(autocorrelation: Float64Array, coarse: number): void {
    const zero = (autocorrelation[0] ?? 0) + 1e-9
    const at = (lag: number): number => (autocorrelation[lag] ?? 0) / zero / (PITCH_WINDOW_FACTOR[lag] ?? 1)
    let lag = MIN_LAG
    let best = at(lag)
    for (let candidate = MIN_LAG + 1; candidate <= MAX_LAG; candidate += 1) {
      const value = at(candidate)
      if (value > best) {
        best = value
        lag = candidate
      }
    }
    const before = at(lag - 1)
    const behind = at(lag + 1)
    const curve = before - 2 * best + behind
    const shift = curve < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (before - behind)) / curve)) : 0
    this.#logPitch[coarse] = Math.log(PITCH_RATE / (lag + shift))
    this.#voicing[coarse] = Math.max(0, Math.min(255, Math.round(best * 255)))
  }

  #makeRoom(): void {
    if (this.#frames + BLOCK_FRAMES <= this.#levelDb.length) return
    const grow = <T extends Uint8Array | Float32Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.#bands = grow(this.#bands, new Uint8Array(this.#bands.length * 2))
    this.#levelDb = grow(this.#levelDb, new Float32Array(this.#levelDb.length * 2))
    this.#steadiness = grow(this.#steadiness, new Uint8Array(this.#steadiness.length * 2))
    this.#logPitch = grow(this.#logPitch, new Float32Array(this.#logPitch.length * 2))
    this.#voicing = grow(this.#voicing, new Uint8Array(this.#voicing.length * 2))
  }
}

/** A full-scale sine is about 0 dB. */
const POWER_SCALE = 4 / (WINDOW * WINDOW)
const LEVEL_LOW = Math.ceil((200 * FFT) / ANALYSIS_RATE)
const LEVEL_HIGH = Math.floor((3600 * FFT) / ANALYSIS_RATE)

/** The similarity of t - 120 ms and t tells about the middle between them. */
function centred(steadiness: Uint8Array): Uint8Array {
  const result = new Uint8Array(steadiness.length)
  result.set(steadiness.subarray(TONE_DISTANCE / 2))
  return result
}

/** Triangles of equal width on the mel scale (Davis and Mermelstein, 1980), 150 to 3,700 Hz. */
function melBank(): { from: number; weights: Float64Array }[] {
  const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700)
  const edge = (i: number): number =>
    700 * (10 ** ((mel(150) + ((mel(3700) - mel(150)) * i) / (BANDS + 1)) / 2595) - 1)
  return Array.from({ length: BANDS }, (_, b) => {
    const [low, top, high] = [edge(b), edge(b + 1), edge(b + 2)]
    const weights: number[] = []
    let from = -1
    for (let k = 0; k <= FFT / 2; k += 1) {
      const hz = (k * ANALYSIS_RATE) / FFT
      const weight = Math.min((hz - low) / (top - low), (high - hz) / (high - top))
      if (weight <= 0) continue
      if (from < 0) from = k
      weights.push(weight)
    }
    // A triangle narrower than a bin takes the bin nearest to its top.
    if (from < 0) return { from: Math.round((top * FFT) / ANALYSIS_RATE), weights: Float64Array.of(1) }
    return { from, weights: Float64Array.from(weights) }
  })
}

/** The window's own autocorrelation, by which that of the sound is divided. */
function pitchWindowFactor(): Float64Array {
  const at = (lag: number): number => {
    let sum = 0
    for (let i = 0; i + lag < PITCH_WINDOW; i += 1) sum += (PITCH_SHAPE[i] ?? 0) * (PITCH_SHAPE[i + lag] ?? 0)
    return sum
  }
  return Float64Array.from({ length: MAX_LAG + 2 }, (_, lag) => at(lag) / at(0) + 1e-3)
}
