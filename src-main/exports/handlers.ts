import { realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Contract, EarmarkError, type EarmarkEvent, type Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { openBothForReading, openReviewsForReading, type WorkspacePaths } from '../db/workspace'
import { countRows, type ExportSources, exportFile } from './export-file'

export interface ExportsContext {
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
}

/** Milliseconds between two events about the same export. */
const PROGRESS_MS = 200

/** Each export opens the databases for itself, read-only: it neither waits for writers nor keeps them waiting. */
export function exportHandlers({
  paths,
  emit,
}: ExportsContext): Pick<Handlers<Contract['exports']>, 'count' | 'cancel'> &
  Handlers<(typeof internalContract)['exports']> {
  let running: AbortController | null = null
  return {
    count: (options) =>
      withSources(paths, async (sources) => ({ rows: await countRows(sources, options, Date.now()) })),
    write: async ({ options, path }) => {
      if (running !== null)
        throw new EarmarkError(
          'busy',
          'An export is being written now. Wait until it has finished, or cancel it.',
        )
      const stop = new AbortController()
      running = stop
      let saidMs = 0
      try {
        return await withSources(paths, (sources) =>
          exportFile(sources, {
            path,
            options,
            nowMs: Date.now(),
            signal: stop.signal,
            isRefused: (folder, name) => ownFile(paths, join(folder, name)),
            onProgress: (rows, total) => {
              if (rows !== total && performance.now() - saidMs < PROGRESS_MS) return
              saidMs = performance.now()
              emit({ type: 'exports.progress', rows, total })
            },
          }),
        )
      } finally {
        running = null
      }
    },
    cancel: () => {
      running?.abort()
      return {}
    },
  }
}

/** The workspace's own files are no place for an export: a slip of the hand must not cost the annotations. */
function ownFile(paths: WorkspacePaths, target: string): string | null {
  const [first = '', ...below] = relative(realpathSync.native(paths.root), target).toLowerCase().split(sep)
  const isOwn =
    below.length === 0
      ? /^(?:calls|reviews)\.db(?:-wal|-shm|-journal)?$/.test(first)
      : [paths.recordings, paths.peaks, paths.backups, paths.locks].some(
          (folder) => relative(paths.root, folder).toLowerCase() === first,
        )
  return isOwn ? 'it is one of the workspace’s own files or folders' : null
}

async function withSources<T>(
  paths: WorkspacePaths,
  work: (sources: ExportSources) => Promise<T>,
): Promise<T> {
  const reviews = openReviewsForReading(paths)
  let calls: ExportSources['calls'] = null
  try {
    // What people wrote at one moment; their writes are small, so the log that this keeps is, too.
    reviews.exec('BEGIN')
    try {
      calls = openBothForReading(paths)
    } catch (error) {
      // A lost or damaged cache must not keep annotations from being exported.
      if (!(error instanceof EarmarkError)) throw error
    }
    return await work({ reviews, calls })
  } finally {
    calls?.close()
    reviews.close()
  }
}
