import { setImmediate as nextTick } from 'node:timers/promises'
import { type Contract, EarmarkError, type Handlers } from '@contract'
import type { ReadDb } from '../db/open'
import { facetSteps } from './facet-counts'
import { noticingDamage } from './index-damage'
import { windowSteps } from './positions'
import { countSteps, matchesInCall, pageSteps } from './queries'
import { similarSteps } from './similar'
import { suggestSteps } from './suggest'

/** What is worked on, in the order in which it is: rows before counts, and those before facets. */
type Rank = 'page' | 'count' | 'facets'
const RANKS: readonly Rank[] = ['page', 'count', 'facets']

interface Work {
  rank: Rank
  lane: string | null
  isSuperseded: boolean
}

/**
 * Works on several things at once, step by step, in one thread: the most urgent first, of equal ones the newest. What
 * a newer one of its lane has superseded gives up before its next step.
 */
export class Steps {
  readonly #open: Work[] = []

  /** Raises `superseded`, and what the work raises. */
  async run<T>(rank: Rank, lane: string | null, begin: () => Generator<void, T>): Promise<T> {
    const mine: Work = { rank, lane, isSuperseded: false }
    for (const other of this.#open)
      if (lane !== null && other.lane === lane && other.rank === rank) other.isSuperseded = true
    this.#open.push(mine)
    try {
      // What was asked in the same breath is all known before anything but rows is begun.
      if (rank !== 'page') await nextTick()
      const work = noticingDamage(begin)
      for (;;) {
        while (this.#mostUrgent() !== mine && !mine.isSuperseded) await nextTick()
        if (mine.isSuperseded) throw superseded()
        const step = noticingDamage(() => work.next())
        if (step.done) return step.value
        await nextTick()
      }
    } finally {
      this.#open.splice(this.#open.indexOf(mine), 1)
    }
  }

  #mostUrgent(): Work | undefined {
    for (const rank of RANKS) {
      const newest = this.#open.findLast((work) => work.rank === rank && !work.isSuperseded)
      if (newest) return newest
    }
    return undefined
  }
}

const superseded = (): EarmarkError =>
  new EarmarkError('superseded', 'A newer search has taken the place of this one.')

/** `db`: `calls.db` with `reviews.db` attached, read-only (`openBothForReading`). */
export function searchHandlers(db: ReadDb): Omit<Handlers<Contract['search']>, 'rebuild'> {
  const steps = new Steps()
  return {
    page: ({ lane, ...request }) => steps.run('page', lane, () => pageSteps(db, request, Date.now())),
    count: ({ query, lane }) => steps.run('count', lane, () => countSteps(db, query, Date.now())),
    facets: ({ query, lane }) => steps.run('facets', lane, () => facetSteps(db, query, Date.now())),
    suggest: ({ lane, ...at }) => steps.run('facets', lane, () => suggestSteps(db, at, Date.now())),
    similar: ({ callId, lane }) => steps.run('facets', lane, () => similarSteps(db, callId)),
    window: (input) => steps.run('page', null, () => windowSteps(db, input)),
    matches: ({ query, callId }) => noticingDamage(() => matchesInCall(db, query, callId, Date.now())),
  }
}
