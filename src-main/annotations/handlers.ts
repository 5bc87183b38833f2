import type { Annotation, CallId, Contract, EarmarkEvent, Handlers } from '@contract'
import { explained, type ReadDb, type WriteDb } from '../db/open'
import {
  changeAnnotation,
  createAnnotation,
  listAnnotations,
  removeAnnotation,
  restoreAnnotation,
  undoPlace,
} from './annotate'
import { labelsToOffer } from './labels'
import { labelsInUse } from './queries'

/** What the reviews worker gives to the features that it serves. */
export interface ReviewsContext {
  /** `reviews.db`. */
  db: WriteDb
  /** `calls.db`, read-only: what is written on is copied from there. Raises where it can't be opened. */
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
  const changed = (callId: CallId): void => emit({ type: 'annotations.changed', callId })
  const announced = (annotation: Annotation): Annotation => {
    changed(annotation.callId)
    return annotation
  }
  return {
    list: ({ callId }) => listAnnotations(db, readCalls, callId),
    create: (draft) => announced(createAnnotation(db, readCalls, draft, now())),
    update: ({ id, patch }) => announced(changeAnnotation(db, readCalls, id, patch, now())),
    undoPlace: ({ id }) => announced(undoPlace(db, readCalls, id, now())),
    remove: ({ id }) => {
      changed(removeAnnotation(db, id, now()))
      return {}
    },
    restore: ({ id }) => announced(restoreAnnotation(db, readCalls, id)),
    labels: () => labelsToOffer(explained(db, () => labelsInUse(db))),
  }
}
