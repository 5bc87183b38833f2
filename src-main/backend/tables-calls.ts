import { isMainThread } from 'node:worker_threads'
import { inWorkspace } from '../connections/accounts'
import { connectionHandlers } from '../connections/handlers'
import { openKeychain } from '../connections/secrets'
import { prepared } from '../db/prepared'
import { watchOtherWriters } from '../db/watch'
import { makeFolders, openCallsForWriting } from '../db/workspace'
import { workspaceId } from '../db/workspace-id'
import { importHandlers } from '../imports/handlers'
import { watchFolders } from '../imports/watch-folders'
import { holdWorkspace, opened } from '../protection/workspace-lock'
import { archiveHandlers } from '../recordings/archive-handlers'
import { removeOldParts } from '../recordings/partial'
import { keepIndex } from '../search/index-keeper'
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
  const release = holdWorkspace(paths.locks)
  const db = opened(() => openCallsForWriting(paths), release)
  let webhooks: Webhooks | null = null
  const emit: WorkerContext['emit'] = (event) => {
    worker.emit(event)
    webhooks?.follow(event)
  }
  const context = { ...worker, emit, db, paths, secrets: inWorkspace(openKeychain(), workspaceId(db)) }
  const stop = new AbortController()
  const index = keepIndex(db, worker.emit)
  const isKnown = (callId: string) =>
    prepared(db, 'SELECT 1 FROM calls WHERE id = ?').get(callId) !== undefined
  const tidying = removeOldParts(paths, isKnown, { nowMs: Date.now(), signal: stop.signal })
  const engine = openSyncEngine(context)
  // In the window alone: whoever gives a command wants that and no more.
  const folders = isMainThread ? null : watchFolders(context, engine)
  const scheduler = isMainThread ? null : openScheduler(db, engine)
  const receivers = openWebhooks(context, engine)
  webhooks = receivers
  const listening = isMainThread ? undefined : setTimeout(() => void receivers.begin(), LISTEN_AFTER_MS)
  listening?.unref()
  const imports = importHandlers(context)
  const unwatch = watchOtherWriters(db, () => worker.emit({ type: 'calls.changed' }))
  return {
    tables: {
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
    },
    close: async () => {
      stop.abort()
      unwatch()
      scheduler?.close()
      clearTimeout(listening)
      await receivers.close()
      await imports.cancel({})
      const unwatched = folders?.close()
      await engine.close()
      await unwatched
      await index.close()
      await tidying.catch(() => undefined)
      db.close()
      release()
    },
  }
}
