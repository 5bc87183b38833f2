import { inWorkspace } from '../connections/accounts'
import { connectionHandlers } from '../connections/handlers'
import { openKeychain } from '../connections/secrets'
import { watchOtherWriters } from '../db/watch'
import { makeFolders, openCallsForWriting } from '../db/workspace'
import { workspaceId } from '../db/workspace-id'
import { importHandlers } from '../imports/handlers'
import { archiveHandlers } from '../recordings/archive-handlers'
import { ensureIndex } from '../search/search-index'
import { openSyncEngine } from '../sync/engine'
import { syncHandlers } from '../sync/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

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
