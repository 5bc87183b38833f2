import type { Contract, Handlers } from '@contract'
import { snapshotOf } from '../annotations/call-snapshot'
import type { ReviewsContext } from '../annotations/handlers'
import { wellFormed } from '../annotations/text'
import { storedVersion, versionParts } from '../calls/meaning'
import { explained, writing } from '../db/open'
import { forgetReview, noteLook } from './looks'
import { latestReview, markReviewed, readSettings, unmarkReviewed, writeSettings } from './queries'

export const reviewHandlers = ({
  db,
  readCalls,
  emit,
  now,
}: ReviewsContext): Handlers<Contract['reviews']> => ({
  get: ({ callId }) => explained(db, () => latestReview(db, callId)),
  set: ({ callId, reviewer: given, reviewed, version }) => {
    const reviewer = wellFormed(given)
    const call = reviewed ? snapshotOf(readCalls(), callId, db).call : null
    const seen = call && (version ? versionParts(version) : storedVersion(readCalls(), callId))
    const latest = writing(db, () => {
      if (call && seen) {
        markReviewed(db, callId, reviewer, call, now())
        noteLook(db, callId, reviewer, 'review', seen, now())
      } else if (!reviewed) {
        unmarkReviewed(db, callId, reviewer)
        forgetReview(db, callId, reviewer)
      }
      return latestReview(db, callId)
    })
    emit({ type: 'reviews.changed', callId })
    return latest
  },
  noteSeen: ({ callId, reviewer, version }) => {
    writing(db, () => noteLook(db, callId, wellFormed(reviewer), 'changes', versionParts(version), now()))
    emit({ type: 'reviews.changed', callId })
    return {}
  },
  settings: () => explained(db, () => readSettings(db)),
  changeSettings: (changes) => writing(db, () => writeSettings(db, changes)),
})
