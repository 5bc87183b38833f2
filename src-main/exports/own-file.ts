import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import type { WorkspacePaths } from '../db/workspace'

/**
 * Why a path is no place for an export; null: it is one. The workspace's own files are none: a slip of the hand must not
 * cost the annotations.
 */
export function ownFile(paths: WorkspacePaths, target: string): string | null {
  const [first = '', ...below] = relative(realpathSync.native(paths.root), target).toLowerCase().split(sep)
  const isOwn =
    below.length === 0
      ? /^(?:calls|reviews)\.db(?:-wal|-shm|-journal)?$/.test(first)
      : [paths.recordings, paths.peaks, paths.backups, paths.locks].some(
          (folder) => relative(paths.root, folder).toLowerCase() === first,
        )
  return isOwn ? 'it is one of the workspace’s own files or folders' : null
}
