import type { Contract, Handlers } from '@contract'
import type { ReadDb } from '../db/open'
import { callChanges, callRevisions } from './changes'
import { getCall, rawOfCall } from './queries'

/** `db`: `calls.db` with `reviews.db` attached, read-only (`openBothForReading`). */
export const callHandlers = (db: ReadDb): Handlers<Contract['calls']> => ({
  get: ({ callId }) => getCall(db, callId),
  raw: ({ callId }) => rawOfCall(db, callId),
  changes: (request) => callChanges(db, request),
  revisions: ({ callId }) => callRevisions(db, callId),
})
