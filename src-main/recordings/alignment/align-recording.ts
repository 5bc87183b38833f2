import { type DecodeOptions, decodeAudio } from '../decode'
import { alignTurns } from './align-turns'
import { FeatureAccumulator, type SoundFeatures } from './features'
import type { Alignment, TurnToAlign } from './turns'

/**
 * Listens to a recording's file.
 *
 * @throws EarmarkError as `decodeAudio` does
 */
export async function listenTo(
  filePath: string,
  options: Pick<DecodeOptions, 'signal' | 'packetDecoder' | 'filesKey'> = {},
): Promise<SoundFeatures> {
  const features = new FeatureAccumulator()
  await decodeAudio(filePath, { ...options, onChunk: (channelData, rate) => features.add(channelData, rate) })
  return features.finish()
}

/** Aligns turns to a recording's file: to be called in a worker. Throws as `listenTo` does. */
export async function alignRecording(
  filePath: string,
  turns: readonly TurnToAlign[],
  options: Pick<DecodeOptions, 'signal' | 'packetDecoder' | 'filesKey'> = {},
): Promise<Alignment> {
  return alignTurns(await listenTo(filePath, options), turns)
}
