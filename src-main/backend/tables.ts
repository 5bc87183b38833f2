import { annotationHandlers } from '../annotations/handlers'
import { callHandlers } from '../calls/handlers'
import { inWorkspace } from '../connections/accounts'
import { connectionHandlers } from '../connections/handlers'
import { openKeychain } from '../connections/secrets'
import { workspaceCounts } from '../db/counts'
import { keepBackups } from '../db/keep-backups'
import type { ReadDb } from '../db/open'
import { watchOtherWriters } from '../db/watch'
import {
  makeFolders,
  openBothForReading,
  openCallsForReading,
  openCallsForWriting,
  openReviewsForWriting,
} from '../db/workspace'
import { workspaceId } from '../db/workspace-id'
import { exportHandlers } from '../exports/handlers'
import { importHandlers } from '../imports/handlers'
import { archiveHandlers } from '../recordings/archive-handlers'
import { audioHandlers } from '../recordings/handlers'
import { locateRecording } from '../recordings/queries'
import { reviewHandlers } from '../reviews/handlers'
import { searchHandlers } from '../search/handlers'
import { ensureIndex } from '../search/search-index'
import { openSyncEngine } from '../sync/engine'
import { syncHandlers } from '../sync/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** What people write: the only writer of `reviews.db`, which never waits for a sync. */
export function reviewsTables({ workspaceRoot, emit }: WorkerContext): Served {
  const paths = makeFolders(workspaceRoot)
  const db = openReviewsForWriting(paths)
  // Opened when it is needed: what is written in reviews.db can be read without it.
  let calls: ReadDb | null = null
  const readCalls = () => {
    calls ??= openCallsForReading(paths)
    return calls
  }
  const context = { db, readCalls, paths, emit, now: () => Date.now() }
  const unwatch = watchOtherWriters(db, () => {
    emit({ type: 'annotations.changed', callId: null })
    emit({ type: 'reviews.changed', callId: null })
  })
  return {
    tables: { annotations: { ...annotationHandlers(context) }, reviews: { ...reviewHandlers(context) } },
    close: () => {
      unwatch()
      calls?.close()
      db.close()
    },
  }
}

/** What comes from vendors: the only writer of `calls.db`. */
export async function callsTables(worker: WorkerContext): Promise<Served> {
  const paths = makeFolders(worker.workspaceRoot)
  const db = openCallsForWriting(paths)
  const context = { ...worker, db, paths, secrets: inWorkspace(openKeychain(), workspaceId(db)) }
  const stop = new AbortController()
  const indexing = ensureIndex(db, { signal: stop.signal }).then((changed) => {
    if (changed) worker.emit({ type: 'calls.changed' })
  })
  const engine = openSyncEngine(context)
  const imports = importHandlers(context)
  const unwatch = watchOtherWriters(db, () => worker.emit({ type: 'calls.changed' }))
  return {
    tables: {
      connections: { ...connectionHandlers(context) },
      sync: { ...syncHandlers(db, engine) },
      imports: { ...imports },
      recordings: { ...archiveHandlers(context, engine) },
    },
    close: async () => {
      stop.abort()
      unwatch()
      await imports.cancel({})
      await engine.close()
      await indexing.catch(() => undefined)
      db.close()
    },
  }
}

/** Copies of what there is: exports and backups. They read for long, and neither a save nor a sync waits for them. */
export function exportsTables({ paths, emit }: WorkerContext): Served {
  const endBackups = keepBackups(paths)
  return {
    tables: { exports: { ...exportHandlers({ paths, emit }) } },
    close: endBackups,
  }
}

/** Reads both databases and writes none, so that typing never waits. */
export function searchTables({ paths }: WorkerContext): Served {
  const db = openBothForReading(paths)
  return {
    tables: {
      search: { ...searchHandlers(db) },
      calls: { ...callHandlers(db) },
      counts: { all: () => workspaceCounts(db) },
      recordings: {
        locate: ({ callId }: { callId: string }) => locateRecording(db, paths, callId),
      },
    },
    close: () => {
      db.close()
    },
  }
}

/** Decodes. */
export function audioTables({ paths }: WorkerContext): Served {
  const db = openCallsForReading(paths)
  return {
    tables: { recordings: { ...audioHandlers(db, paths) } },
    close: () => {
      db.close()
    },
  }
}
