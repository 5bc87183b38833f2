import type { CallId, EarmarkEvent, Peaks } from '@contract'
import PQueue from 'p-queue'
import type { ReadDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'
import type { PacketDecoder } from './chromium-decoder'
import { computePeaks } from './compute-peaks'
import { readPeaksFile } from './peaks-file'
import { noRecording, peaksFileOf, storePeaks } from './peaks-of-call'
import { locateRecording } from './queries'

/**
 * The audio worker's calls. Recordings are decoded one at a time, the last asked for first: the reviewer waits
 * for the call that is open, not for those passed by. What is being decoded is told as it comes (`recordings.peaks`).
 * `packetDecoder`: null where there is none, on the command line.
 */
export function audioHandlers(
  db: ReadDb,
  paths: WorkspacePaths,
  { emit, packetDecoder }: { emit: (event: EarmarkEvent) => void; packetDecoder: PacketDecoder | null },
) {
  const queue = new PQueue({ concurrency: 1 })
  const underWay = new Map<string, Promise<Peaks>>()
  let asked = 0

  const peaks = async ({ callId }: { callId: CallId }): Promise<Peaks> => {
    const recording = locateRecording(db, paths, callId)
    if (!recording) throw noRecording(callId)
    const file = await peaksFileOf(paths, callId, recording.path)
    const stored = await readPeaksFile(file, paths.keys?.files)
    if (stored) return stored

    const known = underWay.get(file)
    if (known) return known
    asked += 1
    const computing = queue
      .add(
        async () => {
          const computed = await computePeaks(recording.path, {
            packetDecoder,
            filesKey: paths.keys?.files,
            onProgress: (peaks) => emit({ type: 'recordings.peaks', callId, peaks }),
          })
          await storePeaks(paths, file, computed.peaks)
          return computed.peaks
        },
        { priority: asked },
      )
      .finally(() => underWay.delete(file))
    underWay.set(file, computing)
    return computing
  }
  return { peaks }
}
