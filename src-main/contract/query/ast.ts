import type { QueryProblem } from '../search'

/** Where something stands in the text of the box: UTF-16 offsets, [from, to). */
export interface Place {
  from: number
  to: number
}

export type FieldName =
  | 'source'
  | 'connection'
  | 'campaign'
  | 'status'
  | 'sentiment'
  | 'goal'
  | 'redirect'
  | 'from'
  | 'to'
  | 'speaker'
  | 'date'
  | 'score'
  | 'duration'
  | 'talk'
  | 'silence'
  | 'deadair'
  | 'monologue'
  | 'interruptions'
  | 'latency'
  | 'has'
  | 'recording'
  | 'kept'
  | 'reviewed'
  | 'changed'
  | 'label'
  | 'reviewer'
  | 'data'
  | 'qa'

/** What stands behind `field:`, understood. */
export type FilterValue =
  /** `isPrefix`: `comp*`, or the value is still being typed at the end of the box. */
  | { kind: 'text'; text: string; isPrefix: boolean }
  | { kind: 'choice'; choice: string }
  /** Whole days of the reader's calendar, both included; null: open. */
  | { kind: 'days'; first: string | null; last: string | null }
  /** The last `count` units up to now; `skip` units before that (`yesterday` is 1 day, skipping 1). */
  | { kind: 'recent'; unit: 'day' | 'month'; count: number; skip: number }
  /** Numbers (durations in seconds, shares in percent); null: open. */
  | { kind: 'range'; min: number | null; minIncluded: boolean; max: number | null; maxIncluded: boolean }

interface NodeBase extends Place {
  isNegated: boolean
}

/** A word as typed, without its `*`. `isPrefix`: `hous*`, or the word is still being typed at the end of the box. */
export interface WordTerm extends NodeBase {
  kind: 'word'
  text: string
  isPrefix: boolean
}

/** What stands between quotes; `isPrefix`: its last word is only begun. */
export interface PhraseTerm extends NodeBase {
  kind: 'phrase'
  text: string
  isPrefix: boolean
}

/** `NEAR(buy "big house", 5)`: in one turn, in any order, with at most `distance` words between one and the next. */
export interface NearTerm extends NodeBase {
  kind: 'near'
  phrases: { text: string; isPrefix: boolean }[]
  distance: number
}

export interface FilterTerm extends NodeBase {
  kind: 'filter'
  field: FieldName
  /** Of `data.` and `qa.`: what stands behind the dot, as `normalPath` makes it; else null. */
  path: string | null
  value: FilterValue
  /** The value as typed, with its quotes. */
  raw: string
}

/** One thing that a call has to fulfil. */
export type Term = WordTerm | PhraseTerm | NearTerm | FilterTerm

/**
 * All of them, except that several values of one field are alternatives. A `speaker:` binds the words of the group
 * that it stands in, and of the groups in that which have none of their own.
 */
export interface AndGroup extends NodeBase {
  kind: 'and'
  nodes: QueryNode[]
}

/** Any of them. */
export interface OrGroup extends NodeBase {
  kind: 'or'
  nodes: QueryNode[]
}

export type QueryNode = AndGroup | OrGroup | Term

export interface ParsedQuery {
  /** Not negated; without nodes it finds every call. */
  root: AndGroup
  /** The terms that stand in the root itself: those that chips can show. */
  terms: Term[]
  /** What could not be understood; it is left out of `root`. */
  problems: QueryProblem[]
}
