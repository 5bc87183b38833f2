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
  | 'date'
  | 'score'
  | 'duration'
  | 'has'
  | 'reviewed'
  | 'label'
  | 'reviewer'

/** What stands behind `field:`, understood. */
export type FilterValue =
  /** `isPrefix`: `comp*`, or the value is still being typed at the end of the box. */
  | { kind: 'text'; text: string; isPrefix: boolean }
  | { kind: 'choice'; choice: string }
  /** Whole days of the reader's calendar, both included; null: open. */
  | { kind: 'days'; first: string | null; last: string | null }
  /** The last `count` units up to now; `skip` units before that (`yesterday` is 1 day, skipping 1). */
  | { kind: 'recent'; unit: 'day' | 'month'; count: number; skip: number }
  /** Numbers (durations in seconds); null: open. */
  | { kind: 'range'; min: number | null; minIncluded: boolean; max: number | null; maxIncluded: boolean }

interface TermBase extends Place {
  isNegated: boolean
}

/** A word as typed, without its `*`. `isPrefix`: `hous*`, or the word is still being typed at the end of the box. */
export interface WordTerm extends TermBase {
  kind: 'word'
  text: string
  isPrefix: boolean
}

/** What stands between quotes; `isPrefix`: its last word is only begun. */
export interface PhraseTerm extends TermBase {
  kind: 'phrase'
  text: string
  isPrefix: boolean
}

export interface FilterTerm extends TermBase {
  kind: 'filter'
  field: FieldName
  value: FilterValue
  /** The value as typed, with its quotes. */
  raw: string
}

/** One thing that a call has to fulfil. Groups and alternatives will be further kinds. */
export type Term = WordTerm | PhraseTerm | FilterTerm

export interface ParsedQuery {
  /** All of them have to be fulfilled, except that several values of one field are alternatives. */
  terms: Term[]
  /** What could not be understood; it is left out of `terms`. */
  problems: QueryProblem[]
}
