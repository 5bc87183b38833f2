import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CallId, EarmarkError, type EarmarkEvent, type Peaks } from '@contract'
import PQueue from 'p-queue'
import type { ReadDb } from '../db/open'
import type { WorkspacePaths } from '../db/workspace'
import type { PacketDecoder } from './chromium-decoder'
import { computePeaks } from './compute-peaks'
import { readPeaksFile, writePeaksFile } from './peaks-file'
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
    if (!recording)
      throw new EarmarkError('recording_missing', 'This call has no recording on this computer.', { callId })
    const file = await peaksFileOf(paths, callId, recording.path)
    const stored = await readPeaksFile(file)
    if (stored) return stored

    const known = underWay.get(file)
    if (known) return known
    asked += 1
    const computing = queue
      .add(
        async () => {
          const computed = await computePeaks(recording.path, {
            packetDecoder,
            onProgress: (peaks) => emit({ type: 'recordings.peaks', callId, peaks }),
          })
          await mkdir(dirname(file), { recursive: true, mode: 0o700 })
          await writePeaksFile(file, computed.peaks)
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

/**
 * Where a recording's peaks are kept. The name holds the recording's size and time, so that peaks of a recording
 * that was replaced are never shown for the new one.
 */
async function peaksFileOf(paths: WorkspacePaths, callId: CallId, recording: string): Promise<string> {
  const { size, mtimeMs } = await stat(recording).catch((error: unknown) => {
    throw new EarmarkError(
      'recording_missing',
      'The recording of this call is no longer on this computer. Download it again.',
      { callId },
      { cause: error },
    )
  })
  return join(paths.peaks, callId.slice(0, 2), `${callId}-${size}-${Math.floor(mtimeMs)}.peaks`)
}
