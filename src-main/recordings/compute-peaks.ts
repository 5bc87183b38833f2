import type { Peaks } from '@contract/recordings'
import { FeatureAccumulator, type SoundFeatures } from './alignment/features'
import { type DecodedAudio, type DecodeOptions, decodeAudio } from './decode'
import { LoudnessMeter } from './loudness'
import { PeakAccumulator } from './peaks'

export interface ComputedPeaks {
  /** With facts. */
  readonly peaks: Peaks
  readonly durationSec: number
  readonly channels: number
  /** What the file is ("mp3", "wav", …) and how its sound is coded, for people. */
  readonly format: Pick<DecodedAudio, 'kind' | 'coding' | 'sampleRate'>
  /** True when the end is missing, or something in it could not be decoded. */
  readonly truncated: boolean
  /** What alignment needs; null where it was not asked for. */
  readonly sound: SoundFeatures | null
}

export interface PeaksOptions extends Pick<DecodeOptions, 'signal' | 'packetDecoder' | 'filesKey'> {
  /** Gets the waveform as far as it is: five times a second, ever more rarely as it gets longer, as drawing takes time too. */
  readonly onProgress?: ((peaks: Peaks) => void) | undefined
  /**
   * Whether the recording is to be listened to for alignment too: that takes twice as long as the waveform, and about
   * 2.7 kB of memory for each second of a channel.
   */
  readonly listens?: boolean
}

const PROGRESS_MS = 200
/** Of the time that decoding has taken: how much more it takes until the next. */
const PROGRESS_SHARE = 0.15

/**
 * Decodes a recording once and keeps its waveform, true length and loudness, and where asked what alignment needs. Works
 * for seconds on a long one: to be called in a worker.
 *
 * @throws EarmarkError as `decodeAudio` does
 */
export async function computePeaks(
  filePath: string,
  { onProgress, listens = false, ...options }: PeaksOptions = {},
): Promise<ComputedPeaks> {
  const accumulator = new PeakAccumulator()
  const meter = new LoudnessMeter()
  const features = listens ? new FeatureAccumulator() : null
  const startMs = performance.now()
  let nextMs = startMs + PROGRESS_MS
  const audio = await decodeAudio(filePath, {
    ...options,
    onChunk: (channelData, sampleRate) => {
      accumulator.add(channelData, sampleRate)
      meter.add(channelData, sampleRate)
      features?.add(channelData, sampleRate)
      const nowMs = performance.now()
      if (!onProgress || nowMs < nextMs) return
      nextMs = nowMs + Math.max(PROGRESS_MS, (nowMs - startMs) * PROGRESS_SHARE)
      const peaks = accumulator.soFar()
      if (peaks) onProgress(peaks)
    },
  })
  const { kind, coding, sampleRate, durationSec, channels, fileChannels, truncated } = audio
  const facts = { loudnessLufs: meter.integratedLufs, fileChannels, isTruncated: truncated }
  return {
    peaks: { ...accumulator.finish(), facts },
    durationSec,
    channels,
    format: { kind, coding, sampleRate },
    truncated,
    sound: features?.finish() ?? null,
  }
}
