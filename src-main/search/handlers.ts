import { setImmediate as nextTick } from 'node:timers/promises'
import type { Contract, Facets, Handlers } from '@contract'
import type { ReadDb } from '../db/open'
import { countCalls, facetSlices, matchesInCall, searchPage } from './queries'

/**
 * `db`: `calls.db` with `reviews.db` attached, read-only (`openBothForReading`). The rows never wait: counts follow
 * what was asked at the same moment, and facets are counted in slices behind all of it, the last asked for first.
 */
export function searchHandlers(db: ReadDb): Handlers<Contract['search']> {
  const counting: symbol[] = []
  const facets = async (query: string): Promise<Facets> => {
    const mine = Symbol(query)
    counting.push(mine)
    try {
      // Two turns: counts, which wait for one, are in front.
      await nextTick()
      const work = facetSlices(db, query, Date.now())
      for (;;) {
        await nextTick()
        // Whoever types on looks at the newer ones; these are finished when those are.
        if (counting.at(-1) !== mine) continue
        const step = work.next()
        if (step.done) return step.value
      }
    } finally {
      counting.splice(counting.indexOf(mine), 1)
    }
  }
  return {
    page: (request) => searchPage(db, request, Date.now()),
    count: async ({ query }) => {
      await nextTick()
      return countCalls(db, query, Date.now())
    },
    facets: ({ query }) => facets(query),
    matches: ({ query, callId }) => matchesInCall(db, query, callId, Date.now()),
  }
}
