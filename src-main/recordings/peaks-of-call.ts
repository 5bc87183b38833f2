import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CallId, EarmarkError, type Peaks } from '@contract'
import { isNoSpace } from '../db/disk-room'
import type { WorkspacePaths } from '../db/workspace'
import { contentSize } from '../protection/sealed-format'
import { writePeaksFile } from './peaks-file'

/**
 * Where a recording's peaks are kept. The name holds the recording's size and time, so that peaks of a recording
 * that was replaced are never shown for the new one. Raises `recording_missing`.
 */
export async function peaksFileOf(
  paths: Pick<WorkspacePaths, 'peaks' | 'keys'>,
  callId: CallId,
  recording: string,
): Promise<string> {
  const { size, mtimeMs } = await stat(recording).catch((error: unknown) => {
    throw new EarmarkError(
      'recording_missing',
      'The recording of this call is no longer on this computer. Download it again.',
      { callId },
      { cause: error },
    )
  })
  // The same name, whether the workspace is protected or not.
  const bytes = (paths.keys && contentSize(size)) ?? size
  return join(paths.peaks, callId.slice(0, 2), `${callId}-${bytes}-${Math.floor(mtimeMs)}.peaks`)
}

/**
 * Keeps peaks at their place; whoever does so at the same moment does no harm. Where the disk is full they are not kept: they
 * are shown all the same, and computed again the next time. Raises the system's other errors.
 */
export async function storePeaks(
  { keys }: Pick<WorkspacePaths, 'keys'>,
  file: string,
  peaks: Peaks,
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writePeaksFile(file, peaks, keys?.files)
  } catch (error) {
    if (!isNoSpace(error)) throw error
  }
}

/** For a call without a recording here. */
export const noRecording = (callId: CallId): EarmarkError =>
  new EarmarkError('recording_missing', 'This call has no recording on this computer.', { callId })
