import { join } from 'node:path'
import { type Contract, EarmarkError, type EarmarkEvent, type Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { openBothForReading, openReviewsForReading, type WorkspacePaths } from '../db/workspace'
import { countRows, type ExportSources, exportFile } from './export-file'
import { ownFile } from './own-file'
import { noteUnfinished } from './unfinished'

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
    write: async ({ options, path, before }) => {
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
            beforeMs: before === null ? null : Date.parse(before),
            nowMs: Date.now(),
            signal: stop.signal,
            isRefused: (folder, name) => ownFile(paths, join(folder, name)),
            onUnfinished: (unfinished) => noteUnfinished(paths, unfinished),
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
