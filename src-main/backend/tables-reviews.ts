import { annotationHandlers } from '../annotations/handlers'
import type { ReadDb } from '../db/open'
import { watchOtherWriters } from '../db/watch'
import { makeFolders, openCallsForReading, openReviewsForWriting } from '../db/workspace'
import { isMasking, maskingTables } from '../privacy/mask-answers'
import { holdWorkspace, opened } from '../protection/workspace-lock'
import { reviewHandlers } from '../reviews/handlers'
import { searchesHandlers } from '../searches/handlers'
import { timingHandlers } from '../timing/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** What people write: the only writer of `reviews.db`, which never waits for a sync. */
export function reviewsTables({ workspaceRoot, paths: { keys }, emit }: WorkerContext): Served {
  const paths = makeFolders(workspaceRoot, keys)
  const release = holdWorkspace(paths)
  const db = opened(() => openReviewsForWriting(paths), release)
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
    emit({ type: 'searches.changed' })
    emit({ type: 'timing.changed', callId: null })
  })
  return {
    tables: maskingTables(
      {
        annotations: { ...annotationHandlers(context) },
        reviews: { ...reviewHandlers(context) },
        searches: { ...searchesHandlers(context) },
        timing: { ...timingHandlers(context) },
      },
      () => isMasking(db),
    ),
    close: () => {
      unwatch()
      calls?.close()
      db.close()
      release()
    },
  }
}
