import { z } from 'zod'
import { Instant, Speaker } from './common'

/**
 * Which version of a call somebody saw: the hash of what it means to a reviewer, and those of the vendor's latest list
 * row and detail. Opaque outside of src-main/calls/meaning.ts.
 */
export const CallVersion = z.string().regex(/^[\w-]{43}(?:\.(?:[\w-]{43})?){2}$/)
export type CallVersion = z.infer<typeof CallVersion>

/** The parts in which differences are shown, in this order. */
export const DifferenceArea = z.enum(['transcript', 'results', 'facts'])
export type DifferenceArea = z.infer<typeof DifferenceArea>

/** What every vendor tells of a call under one name of ours. */
export const FactName = z.enum([
  'status',
  'sentiment',
  'goalAchieved',
  'from',
  'to',
  'party',
  'summary',
  'vendorScore',
  'duration',
  'started',
  'ended',
])
export type FactName = z.infer<typeof FactName>

/** A piece of a text and what became of it. `cut`: something equal, or too long to show, was left out here. */
export const WordPart = z.object({
  text: z.string(),
  kind: z.enum(['same', 'added', 'removed', 'cut']),
})
export type WordPart = z.infer<typeof WordPart>

export const Difference = z.object({
  area: DifferenceArea,
  kind: z.enum(['added', 'removed', 'changed']),
  /** What differs, in words: "Turn 4, agent" (the first turn is 1), "Status", "QA results › overall score". */
  path: z.string(),
  /** Of a turn's differences. */
  turn: z
    .object({
      /** Its index in the later version; null: it is no longer there. */
      index: z.number().int().nullable(),
      /** Its index in the earlier version; null: it was not there. */
      beforeIndex: z.number().int().nullable(),
      speaker: Speaker,
      aspect: z.enum(['text', 'speaker', 'redirect']),
    })
    .nullable(),
  /** Of a fact that has a name of ours; the vendor's own fields stand in `path` alone. */
  fact: FactName.nullable(),
  /** Null: it was not there. Long texts end in "…". */
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** For a changed text: both texts in one, word by word, unchanged stretches shortened. */
  words: z.array(WordPart).nullable(),
  /** When Earmark first saw the later version. */
  at: Instant,
})
export type Difference = z.infer<typeof Difference>

/** A version of the vendor's record that was kept. */
export const Revision = z.object({
  id: z.number().int(),
  /** From 1, the oldest. */
  number: z.number().int(),
  /** `summary`: a row of the vendor's list; `detail`: the call in full. */
  kind: z.enum(['summary', 'detail']),
  seenAt: Instant,
  bytes: z.number().int(),
})
export type Revision = z.infer<typeof Revision>

/** A reviewer's last look at a call: their review mark, else what they annotated, or the differences themselves. */
export const Look = z.object({
  reviewer: z.string(),
  kind: z.enum(['review', 'annotation', 'changes']),
  at: Instant,
})
export type Look = z.infer<typeof Look>

/** The most differences that one answer holds. */
export const MOST_DIFFERENCES = 200

export const CallChanges = z.object({
  /** Null: two revisions were asked for, or nobody of that name has looked at the call. */
  since: Look.nullable(),
  /** What is compared: the call as it was with this revision, and with that. Null: not kept in this workspace. */
  from: Revision.nullable(),
  to: Revision.nullable(),
  /** The version that `to` is, to be sent when the reviewer has seen it. */
  version: CallVersion,
  /** Whether the call is marked as changed for this reviewer. */
  isChanged: z.boolean(),
  /** At most `MOST_DIFFERENCES`, those of the transcript first. */
  differences: z.array(Difference).max(MOST_DIFFERENCES),
  count: z.number().int(),
})
export type CallChanges = z.infer<typeof CallChanges>
