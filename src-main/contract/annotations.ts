import { z } from 'zod'
import { CallId, call, Done, Instant, Nothing, Speaker, TimingSource } from './common'

export const Severity = z.enum(['minor', 'major', 'critical'])
export type Severity = z.infer<typeof Severity>

/** No call lasts eleven days. */
export const MAX_POSITION_SEC = 1_000_000
/** A position in audio, seconds. */
const PositionSec = z.number().min(0).max(MAX_POSITION_SEC)

/** What an annotation is on. Offsets are UTF-16, in the turn's text as shown. */
export const AnnotationPlace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call') }),
  z.object({ kind: z.literal('turn'), turnIndex: z.number().int().min(0) }),
  z.object({
    kind: z.literal('quote'),
    turnIndex: z.number().int().min(0),
    quote: z.string().min(1).max(20_000),
    quoteStart: z.number().int().min(0),
    quoteEnd: z.number().int().min(1),
  }),
  z
    .object({ kind: z.literal('time'), startSec: PositionSec, endSec: PositionSec })
    .refine((t) => t.endSec > t.startSec, 'The end must come after the start.'),
])
export type AnnotationPlace = z.infer<typeof AnnotationPlace>

export const LabelName = z.string().trim().min(1).max(200)
const Comment = z.string().max(20_000)
export const ReviewerName = z.string().trim().min(1).max(200)

export const AnnotationDraft = z.object({
  /** Made by the sender, so that a repeated `create` is the same annotation. */
  id: z.uuid(),
  callId: CallId,
  place: AnnotationPlace,
  label: LabelName,
  severity: Severity.nullable(),
  comment: Comment,
  reviewer: ReviewerName,
})
export type AnnotationDraft = z.infer<typeof AnnotationDraft>

/**
 * Of an annotation's place in the transcript as it is now. `moved`: found again elsewhere or in slightly other words,
 * because the vendor changed the transcript. `orphaned`: its text is gone, or not to be told from other places.
 */
export const AnchorStatus = z.enum(['anchored', 'moved', 'orphaned'])
export type AnchorStatus = z.infer<typeof AnchorStatus>

export const Annotation = z.object({
  id: z.uuid(),
  parentId: z.uuid().nullable(),
  callId: CallId,
  /** Where it is now; as written when it is `orphaned` or the cache does not have the call. */
  place: AnnotationPlace,
  /** The turn there, as shown; null for `call`, and for `time` where no turn was said then. */
  turnIndex: z.number().int().nullable(),
  turnSpeaker: Speaker.nullable(),
  turnText: z.string().nullable(),
  /** Of the turn, also for a quote in it; of `time` its own. */
  startSec: z.number().nullable(),
  endSec: z.number().nullable(),
  timingSource: TimingSource.nullable(),
  label: z.string(),
  severity: Severity.nullable(),
  comment: z.string(),
  reviewer: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
  status: AnchorStatus,
  /** Where it was written, and on what words: to be told when it `moved` or is `orphaned`. */
  written: z.object({
    turnIndex: z.number().int().nullable(),
    turnText: z.string().nullable(),
    quote: z.string().nullable(),
  }),
})
export type Annotation = z.infer<typeof Annotation>

export const AnnotationPatch = z
  .object({ label: LabelName, severity: Severity.nullable(), comment: Comment, place: AnnotationPlace })
  .partial()
export type AnnotationPatch = z.infer<typeof AnnotationPatch>

export const Label = z.object({ name: z.string(), count: z.number().int() })
export type Label = z.infer<typeof Label>

export const annotations = {
  /** On the whole call first, then in the order of the call, then by when they were written. */
  list: call(z.object({ callId: CallId }), z.array(Annotation)),
  /** Durable (on disk) when it answers. The same draft again answers the annotation that it made. */
  create: call(AnnotationDraft, Annotation),
  /** A new place takes the place of the old one, which is kept for `undoPlace`. */
  update: call(z.object({ id: z.uuid(), patch: AnnotationPatch }), Annotation),
  /** Gives an annotation the place back that it had before its last new one. */
  undoPlace: call(z.object({ id: z.uuid() }), Annotation),
  /** Kept for undo (`restore`) and never exported. */
  remove: call(z.object({ id: z.uuid() }), Done),
  restore: call(z.object({ id: z.uuid() }), Annotation),
  /** The labels to offer: those in use, most used first, then the built-in ones. */
  labels: call(Nothing, z.array(Label)),
}
