import { type Annotation, AnnotationPlace, CallId, Instant, Severity } from '@contract'
import { z } from 'zod'

/**
 * What a reviewer is writing, from the first key press until the backend has it on disk. It survives a closed
 * composer, another call, a restart and a killed process (see draft-storage.ts).
 */
export const Draft = z.object({
  /** Also the id of the annotation that it becomes: sent twice, it is still one. */
  id: z.uuid(),
  callId: CallId,
  /** The annotation that is being changed; null for a new one. */
  editing: z.uuid().nullable(),
  place: AnnotationPlace,
  /** What was pointed at when it was begun; `place` may have been widened since. */
  origin: AnnotationPlace,
  label: z.string(),
  severity: Severity.nullable(),
  comment: z.string(),
  reviewer: z.string(),
  /** `saving`: sent, no answer yet. `failed`: not saved; `problem` says why. */
  phase: z.enum(['writing', 'saving', 'failed']),
  problem: z.string().nullable(),
  writtenAt: Instant,
})
export type Draft = z.infer<typeof Draft>

export type DraftText = Partial<Pick<Draft, 'place' | 'label' | 'severity' | 'comment' | 'reviewer'>>

export const newDraft = (
  callId: CallId,
  place: AnnotationPlace,
  now: Date,
  id: string = crypto.randomUUID(),
): Draft => ({
  id,
  callId,
  editing: null,
  place,
  origin: place,
  label: '',
  severity: null,
  comment: '',
  reviewer: '',
  phase: 'writing',
  problem: null,
  writtenAt: now.toISOString(),
})

export const draftOf = (annotation: Annotation, now: Date, id: string = crypto.randomUUID()): Draft => ({
  ...newDraft(annotation.callId, annotation.place, now, id),
  editing: annotation.id,
  label: annotation.label,
  severity: annotation.severity,
  comment: annotation.comment,
  reviewer: annotation.reviewer,
})

/** Whether nothing would be lost without it: nothing typed, or nothing changed in what it edits. */
export function isEmpty(draft: Draft, edited: Annotation | null): boolean {
  const { label, severity, comment, place } = draft
  if (!edited) return label.trim() === '' && comment.trim() === '' && severity === null
  return (
    label === edited.label &&
    severity === edited.severity &&
    comment === edited.comment &&
    JSON.stringify(place) === JSON.stringify(edited.place)
  )
}

/** What was stored, without what can't be read any more; what was being sent is to be sent again. */
export function restoreDrafts(stored: readonly unknown[]): { drafts: Draft[]; unsent: Draft[] } {
  const drafts = stored.flatMap((one) => {
    const parsed = Draft.safeParse(one)
    return parsed.success ? [parsed.data] : []
  })
  return { drafts, unsent: drafts.filter((draft) => draft.phase === 'saving') }
}

/** A draft as the annotation that it will be, for showing it before the backend has answered. */
export function previewOf(draft: Draft, edited: Annotation | null): Annotation {
  const { label, severity, comment, place } = draft
  if (edited) return { ...edited, label, severity, comment, place }
  return {
    id: draft.id,
    parentId: null,
    callId: draft.callId,
    place,
    turnIndex: 'turnIndex' in place ? place.turnIndex : null,
    turnSpeaker: null,
    turnText: null,
    startSec: place.kind === 'time' ? place.startSec : null,
    endSec: place.kind === 'time' ? place.endSec : null,
    timingSource: null,
    label,
    severity,
    comment,
    reviewer: draft.reviewer,
    createdAt: draft.writtenAt,
    updatedAt: draft.writtenAt,
    status: 'anchored',
    written: { turnIndex: null, turnText: null, quote: null },
  }
}

/** An annotation as it is shown: saved as it stands, or with what is on its way over it. */
export interface ShownAnnotation {
  annotation: Annotation
  /** What is not saved of it yet; null when all is. */
  unsaved: Draft | null
}

/**
 * Saved annotations and those on their way, each once: a draft that is being sent (or could not be) shows what it
 * will be. `hidden`: deleted a moment ago.
 */
export function withDrafts(
  saved: readonly Annotation[],
  drafts: readonly Draft[],
  hidden: ReadonlySet<string>,
): ShownAnnotation[] {
  const sent = drafts.filter((draft) => draft.phase !== 'writing')
  const known = new Set(saved.map((annotation) => annotation.id))
  const changed = saved
    .filter((annotation) => !hidden.has(annotation.id))
    .map((annotation): ShownAnnotation => {
      const unsaved =
        sent.find((draft) => draft.editing === annotation.id || draft.id === annotation.id) ?? null
      return { annotation: unsaved ? previewOf(unsaved, annotation) : annotation, unsaved }
    })
  // A change to what another process deleted has nowhere to go; it is shown all the same.
  const added = sent
    .filter((draft) => !known.has(draft.editing ?? draft.id) && !hidden.has(draft.editing ?? draft.id))
    .map((draft): ShownAnnotation => ({ annotation: previewOf(draft, null), unsaved: draft }))
  return [...changed, ...added]
}
