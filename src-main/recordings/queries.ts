import type { CallId } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { archivedPath, isReallyIn } from './archived-path'
import { mimeOfExtension } from './mime'

/**
 * Where a call's archived recording lies: absolute path and MIME type; null when there is none. A path that leaves
 * the workspace's recordings folder is none, whatever the database or a link says.
 */
export function locateRecording(
  db: ReadDb,
  paths: Pick<WorkspacePaths, 'recordings'>,
  callId: CallId,
): { path: string; mime: string } | null {
  const file = prepared<string | null>(
    db,
    `SELECT r.file FROM calls c CROSS JOIN recordings r ON r.call_pk = c.pk
     WHERE c.id = ? AND c.recording_state = 'ready'`,
  )
    .pluck()
    .get(callId)
  if (file === null || file === undefined) return null
  const path = archivedPath(paths.recordings, file)
  const mime = mimeOfExtension(file.slice(file.lastIndexOf('.') + 1))
  return path !== null && mime !== null && isReallyIn(paths.recordings, path) ? { path, mime } : null
}
