import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { getConnection, listRuns } from '../connections/queries'
import type { ReadDb } from '../db/open'
import type { SyncEngine } from './engine'

export const syncHandlers = (
  db: ReadDb,
  engine: SyncEngine,
): Handlers<Contract['sync']> & Handlers<(typeof internalContract)['sync']> => ({
  start: ({ connectionId }) => {
    engine.start(connectionId, { recordings: 'all', secrets: null, trigger: 'person' })
    return {}
  },
  run: ({ connectionId, ...options }) => engine.start(connectionId, options).ended,
  cancel: async ({ connectionId }) => {
    await engine.cancel(connectionId)
    return {}
  },
  status: () => engine.status(),
  history: ({ connectionId, limit }) => {
    getConnection(db, connectionId)
    return listRuns(db, connectionId, limit)
  },
})
