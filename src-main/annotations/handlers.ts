import type { Contract, EarmarkEvent, Handlers } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { changeAnnotation, createAnnotation, listAnnotations, setDeleted } from './annotate'
import { labelsToOffer } from './labels'
import { labelsInUse } from './queries'

/** What the reviews worker gives to the features that it serves. */
export interface ReviewsContext {
  /** `reviews.db`. */
  db: WriteDb
  /** `calls.db`, read-only: what is written on is copied from there. */
  readCalls: () => ReadDb
  emit: (event: EarmarkEvent) => void
  now: () => number
}

export const annotationHandlers = ({
  db,
  readCalls,
  emit,
  now,
}: ReviewsContext): Handlers<Contract['annotations']> => {
  const changed = <A extends { callId: string }>(annotation: A): A => {
    emit({ type: 'annotations.changed', callId: annotation.callId })
    return annotation
  }
  return {
    list: ({ callId }) => listAnnotations(db, readCalls(), callId),
    create: (draft) => changed(createAnnotation(db, readCalls(), draft, now())),
    update: ({ id, patch }) => changed(changeAnnotation(db, readCalls(), id, patch, now())),
    remove: ({ id }) => {
      changed(setDeleted(db, readCalls(), id, now()))
      return {}
    },
    restore: ({ id }) => changed(setDeleted(db, readCalls(), id, null)),
    labels: () => labelsToOffer(labelsInUse(db)),
  }
}
