import type { CallId, Contract, Handlers } from '@contract'
import { snapshotOf } from '../annotations/call-snapshot'
import type { ReviewsContext } from '../annotations/handlers'
import { wellFormed } from '../annotations/text'
import { writing } from '../db/open'
import {
  type AnchoredCall,
  chooseAgentChannel,
  clearAnchors,
  removeAnchor,
  restoreAnchors,
  setAnchor,
  undoAnchor,
} from './anchors'

/** What people say about times: on disk when it answers. `timing.align` is answered by who has workers. */
export const timingHandlers = ({
  db,
  readCalls,
  emit,
  now,
}: ReviewsContext): Omit<Handlers<Contract['timing']>, 'align'> => {
  const changed = (callId: CallId): void => emit({ type: 'timing.changed', callId })
  const callOf = (callId: CallId) => {
    const { call, turns } = snapshotOf(readCalls(), callId, db)
    const { vendor, connection_id, connection, external_id } = call
    return { call: { vendor, connection_id, connection, external_id } satisfies AnchoredCall, turns }
  }
  return {
    setAnchor: (given) => {
      const { call, turns } = callOf(given.callId)
      const anchor = writing(db, () =>
        setAnchor(db, call, turns, { ...given, reviewer: wellFormed(given.reviewer) }, now()),
      )
      changed(given.callId)
      return anchor
    },
    undoAnchor: ({ id }) => {
      changed(writing(db, () => undoAnchor(db, id, now())))
      return {}
    },
    removeAnchor: ({ id }) => {
      changed(writing(db, () => removeAnchor(db, id, now())))
      return {}
    },
    clearAnchors: ({ callId }) => {
      const ids = writing(db, () => clearAnchors(db, callId, now()))
      changed(callId)
      return { ids }
    },
    restoreAnchors: ({ callId, ids }) => {
      writing(db, () => restoreAnchors(db, callId, ids))
      changed(callId)
      return {}
    },
    setAgentChannel: (given) => {
      const { call } = callOf(given.callId)
      const before = writing(db, () =>
        chooseAgentChannel(db, call, { ...given, reviewer: wellFormed(given.reviewer) }, now()),
      )
      changed(given.callId)
      return { before }
    },
  }
}
