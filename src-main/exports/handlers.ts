import { type Contract, EarmarkError, type EarmarkEvent, type Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { openBothForReading, openReviewsForReading, type WorkspacePaths } from '../db/workspace'
import { countRows, type ExportSources, exportFile } from './export-file'

export interface ExportsContext {
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
}

/** Each export opens the databases for itself, read-only: it neither waits for writers nor keeps them waiting. */
export function exportHandlers({
  paths,
  emit,
}: ExportsContext): Pick<Handlers<Contract['exports']>, 'count' | 'cancel'> &
  Handlers<(typeof internalContract)['exports']> {
  let running: AbortController | null = null
  return {
    count: (options) => withSources(paths, (sources) => ({ rows: countRows(sources, options, Date.now()) })),
    write: async ({ options, path }) => {
      if (running !== null)
        throw new EarmarkError(
          'busy',
          'An export is being written now. Wait until it has finished, or cancel it.',
        )
      const stop = new AbortController()
      running = stop
      try {
        return await withSources(paths, (sources) =>
          exportFile(sources, {
            path,
            options,
            nowMs: Date.now(),
            signal: stop.signal,
            onProgress: (rows) => emit({ type: 'exports.progress', rows, total: null }),
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
  work: (sources: ExportSources) => T | Promise<T>,
): Promise<T> {
  const reviews = openReviewsForReading(paths)
  let calls: ExportSources['calls'] = null
  try {
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
