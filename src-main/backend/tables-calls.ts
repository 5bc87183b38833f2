import { isMainThread } from 'node:worker_threads'
import { finishRestore } from '../backup/finish-restore'
import { isCached } from '../calls/queries'
import { inWorkspace } from '../connections/accounts'
import { connectionHandlers } from '../connections/handlers'
import { openKeychain } from '../connections/secrets'
import { removeLeftOvers } from '../db/left-overs'
import type { ReadDb } from '../db/open'
import { watchOtherWriters } from '../db/watch'
import {
  CALLS_MIGRATIONS,
  makeFolders,
  openCallsForWriting,
  openReviewsForReading,
  REVIEWS_MIGRATIONS,
} from '../db/workspace'
import { noteFormat } from '../db/workspace-format'
import { workspaceId } from '../db/workspace-id'
import { importHandlers } from '../imports/handlers'
import { watchFolders } from '../imports/watch-folders'
import { isMasking, maskingTables } from '../privacy/mask-answers'
import { holdWorkspace, opened } from '../protection/workspace-lock'
import { archiveHandlers } from '../recordings/archive-handlers'
import { removeOldParts } from '../recordings/partial'
import { retentionHandlers } from '../retention/handlers'
import { keepRetention } from '../retention/keeper'
import { keepIndex } from '../search/index-keeper'
import { programOf } from '../sync/context'
import { openSyncEngine } from '../sync/engine'
import { syncHandlers } from '../sync/handlers'
import { openScheduler } from '../sync/scheduler'
import { noteHandlers } from '../timing/note-handlers'
import { webhookHandlers } from '../webhooks/handlers'
import { openWebhooks, type Webhooks } from '../webhooks/webhooks'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** The first screen comes first. */
const LISTEN_AFTER_MS = 2000

/** What comes from vendors: the only writer of `calls.db`. */
export async function callsTables(worker: WorkerContext): Promise<Served> {
  const paths = makeFolders(worker.workspaceRoot, worker.paths.keys)
  const release = holdWorkspace(paths)
  const db = opened(() => {
    finishRestore(paths)
    return openCallsForWriting(paths)
  }, release)
  noteFormat(paths.root, {
    earmark: worker.appVersion,
    calls: CALLS_MIGRATIONS.length,
    reviews: REVIEWS_MIGRATIONS.length,
  })
  let webhooks: Webhooks | null = null
  const emit: WorkerContext['emit'] = (event) => {
    worker.emit(event)
    webhooks?.follow(event)
  }
  const context = { ...worker, emit, db, paths, secrets: inWorkspace(openKeychain(), workspaceId(db)) }
  const stop = new AbortController()
  const index = keepIndex(db, worker.emit)
  const isKnown = (callId: string) => isCached(db, callId)
  const tidying = removeOldParts(paths, isKnown, { nowMs: Date.now(), signal: stop.signal })
  const sweeping = removeLeftOvers(paths, stop.signal)
  const engine = openSyncEngine(context)
  // In the window alone: whoever gives a command wants that and no more.
  const folders = isMainThread ? null : watchFolders(context, engine)
  const scheduler = isMainThread ? null : openScheduler(db, engine)
  const receivers = openWebhooks(context, engine)
  webhooks = receivers
  const listening = isMainThread ? undefined : setTimeout(() => void receivers.begin(), LISTEN_AFTER_MS)
  listening?.unref()
  const retention = keepRetention({ db, paths, emit, program: programOf({}), now: Date.now }, !isMainThread)
  const imports = importHandlers(context)
  const unwatch = watchOtherWriters(db, () => worker.emit({ type: 'calls.changed' }))
  const tables = {
    connections: { ...connectionHandlers(context) },
    sync: { ...syncHandlers(db, engine) },
    webhooks: { ...webhookHandlers(receivers) },
    imports: { ...imports },
    search: {
      rebuild: () => {
        index.rebuild().catch(() => undefined)
        return {}
      },
      rebuildNow: async () => {
        await index.rebuild()
        return {}
      },
    },
    recordings: { ...archiveHandlers(context, engine) },
    timing: { ...noteHandlers(db, Date.now) },
    retention: { ...retentionHandlers(retention) },
  }
  // What people chose is read where it is asked for: the file may be made a moment later.
  let reviews: ReadDb | null = null
  const isMaskingNow = () => {
    reviews ??= openReviewsForReading(paths)
    return isMasking(reviews)
  }
  return {
    tables: maskingTables(tables, isMaskingNow),
    close: async () => {
      stop.abort()
      unwatch()
      scheduler?.close()
      clearTimeout(listening)
      await retention.close()
      await receivers.close()
      await imports.cancel({})
      const unwatched = folders?.close()
      await engine.close()
      await unwatched
      await index.close()
      await tidying.catch(() => undefined)
      await sweeping.catch(() => undefined)
      reviews?.close()
      db.close()
      release()
    },
  }
}
