import type { Contract, EarmarkEvent, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import type { WriteDb } from '../db/open'
import type { SyncEngine } from '../sync/engine'
import { noteFacts } from './archive'

/** The calls of `recordings` that write `calls.db`. */
export const archiveHandlers = (
  { db, emit }: { db: WriteDb; emit: (event: EarmarkEvent) => void },
  engine: Pick<SyncEngine, 'fetchRecording'>,
): Pick<Handlers<Contract['recordings']>, 'fetch'> &
  Pick<Handlers<(typeof internalContract)['recordings']>, 'noteFacts'> => ({
  fetch: async ({ callId }) => {
    await engine.fetchRecording(callId)
    return {}
  },
  noteFacts: ({ callId, durationSec, channels }) => {
    // Estimated times of turns rest on the length.
    if (noteFacts(db, callId, durationSec, channels))
      emit({ type: 'recordings.changed', callId, state: 'ready' })
    return {}
  },
})
