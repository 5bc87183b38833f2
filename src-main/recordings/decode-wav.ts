import { type ReadHandle, readAt } from '../protection/content'
import { READ_BYTES } from './byte-range'
import { decodeMp3 } from './decode-mp3'
import type { Decoder } from './decoder'
import { readWavLayout } from './wav-header'
import { codingLabel, sampleBytes, wavSamples } from './wav-samples'

/**
 * Decodes a WAV file: PCM, float, A-law and µ-law by ourselves, MP3 in a WAV shell by the MP3 decoder.
 *
 * @throws EarmarkError `recording_broken` for a header without sense, or another coding
 */
export async function* decodeWav(handle: ReadHandle, fileBytes: number): Decoder {
  const { format, parts, truncated } = await readWavLayout(handle, fileBytes)
  const { coding, channels, sampleRate } = format
  if (coding === 'mp3') {
    const [part] = parts
    const end = yield* decodeMp3(handle, part?.start ?? 0, part?.end ?? 0)
    return { ...end, truncated: truncated || end.truncated }
  }
  const frameBytes = sampleBytes(coding) * channels
  const pieceBytes = READ_BYTES - (READ_BYTES % frameBytes)
  let cutFrame = false
  for (const { start, end } of parts) {
    for (let position = start; position < end; ) {
      const bytes = await readAt(handle, position, Math.min(pieceBytes, end - position))
      if (bytes.length === 0) break
      if (bytes.length % frameBytes !== 0) cutFrame = true
      if (bytes.length >= frameBytes) yield { channelData: wavSamples(bytes, coding, channels), sampleRate }
      position += bytes.length
    }
  }
  return { coding: codingLabel(coding), truncated: truncated || cutFrame }
}
