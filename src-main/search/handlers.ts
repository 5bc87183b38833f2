import type { Contract, Handlers } from '@contract'
import type { ReadDb } from '../db/open'
import { countCalls, facetsOf, matchesInCall, searchPage } from './queries'

/** `db`: `calls.db` with `reviews.db` attached, read-only (`openBothForReading`). */
export const searchHandlers = (db: ReadDb): Handlers<Contract['search']> => ({
  page: (request) => searchPage(db, request, Date.now()),
  count: ({ query }) => countCalls(db, query, Date.now()),
  facets: ({ query }) => facetsOf(db, query, Date.now()),
  matches: ({ query, callId }) => matchesInCall(db, query, callId, Date.now()),
})
