import type { Contract, Handlers } from '@contract'
import { snapshotOf } from '../annotations/call-snapshot'
import type { ReviewsContext } from '../annotations/handlers'
import { wellFormed } from '../annotations/text'
import { explained, writing } from '../db/open'
import { latestReview, markReviewed, readSettings, unmarkReviewed, writeSettings } from './queries'

export const reviewHandlers = ({
  db,
  readCalls,
  emit,
  now,
}: ReviewsContext): Handlers<Contract['reviews']> => ({
  get: ({ callId }) => explained(db, () => latestReview(db, callId)),
  set: ({ callId, reviewer: given, reviewed }) => {
    const reviewer = wellFormed(given)
    const call = reviewed ? snapshotOf(readCalls(), callId).call : null
    const latest = writing(db, () => {
      if (call) markReviewed(db, callId, reviewer, call, now())
      else unmarkReviewed(db, callId, reviewer)
      return latestReview(db, callId)
    })
    emit({ type: 'reviews.changed', callId })
    return latest
  },
  settings: () => explained(db, () => readSettings(db)),
  changeSettings: (changes) => writing(db, () => writeSettings(db, changes)),
})
