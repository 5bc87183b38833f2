import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import type { WriteDb } from '../db/open'
import type { SyncEngine } from '../sync/engine'
import { noteFacts } from './archive'

/** The calls of `recordings` that write `calls.db`. */
export const archiveHandlers = (
  db: WriteDb,
  engine: Pick<SyncEngine, 'fetchRecording'>,
): Pick<Handlers<Contract['recordings']>, 'fetch'> &
  Pick<Handlers<(typeof internalContract)['recordings']>, 'noteFacts'> => ({
  fetch: async ({ callId }) => {
    await engine.fetchRecording(callId)
    return {}
  },
  noteFacts: ({ callId, durationSec, channels }) => {
    noteFacts(db, callId, durationSec, channels)
    return {}
  },
})
