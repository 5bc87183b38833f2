import type { Contract, Handlers } from '@contract'
import { snapshotOf } from '../annotations/call-snapshot'
import type { ReviewsContext } from '../annotations/handlers'
import { latestReview, markReviewed, readSettings, unmarkReviewed, writeSettings } from './queries'

export const reviewHandlers = ({
  db,
  readCalls,
  emit,
  now,
}: ReviewsContext): Handlers<Contract['reviews']> => ({
  get: ({ callId }) => latestReview(db, callId),
  set: ({ callId, reviewer, reviewed }) => {
    if (reviewed) markReviewed(db, callId, reviewer, snapshotOf(readCalls(), callId).call, now())
    else unmarkReviewed(db, callId, reviewer)
    emit({ type: 'reviews.changed', callId })
    return latestReview(db, callId)
  },
  settings: () => readSettings(db),
  changeSettings: (changes) =>
    writeSettings(db, Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))),
})
