import type { Peaks } from '@contract/recordings'
import { type DecodedAudio, decodeAudio } from './decode'
import { PeakAccumulator } from './peaks'

export interface ComputedPeaks {
  readonly peaks: Peaks
  readonly durationSec: number
  readonly channels: number
  /** What the file is ("mp3", "wav", …) and how its sound is coded, for people. */
  readonly format: Pick<DecodedAudio, 'kind' | 'coding' | 'sampleRate'>
  /** True when the end is missing, or something in it could not be decoded. */
  readonly truncated: boolean
}

/**
 * Decodes a recording and keeps its waveform. Works for seconds on a long one: to be called in a worker.
 *
 * @throws EarmarkError as `decodeAudio` does
 */
export async function computePeaks(
  filePath: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ComputedPeaks> {
  const accumulator = new PeakAccumulator()
  const audio = await decodeAudio(filePath, {
    onChunk: (channelData, sampleRate) => accumulator.add(channelData, sampleRate),
    signal,
  })
  const { kind, coding, sampleRate, durationSec, channels, truncated } = audio
  return {
    peaks: accumulator.finish(),
    durationSec,
    channels,
    format: { kind, coding, sampleRate },
    truncated,
  }
}
