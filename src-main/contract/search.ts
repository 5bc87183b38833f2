import { z } from 'zod'
import { CallRow } from './calls'
import { CallId, call, Done, Nothing } from './common'

/** The text of the search box: words, "phrases", prefix*, -exclusions and field:value filters. */
export const Query = z.string().max(4000, 'A search has at most 4,000 characters: leave some words out.')
/** By date: newest first; by duration: longest first; by score: lowest first. */
export const SearchSort = z.enum(['date', 'relevance', 'duration', 'score'])
export type SearchSort = z.infer<typeof SearchSort>

/** A piece of text; `match` says whether the query found it. */
export const SnippetPart = z.object({ text: z.string(), match: z.boolean() })
export type SnippetPart = z.infer<typeof SnippetPart>

export const SearchHit = CallRow.extend({
  /** Of the best turn, else of the summary, else the number or id that was found; null when the query has no words. */
  snippet: z.array(SnippetPart).nullable(),
  /** The turn that the snippet is from; null when it is from elsewhere. */
  turnIndex: z.number().int().nullable(),
  /** In how many turns the query's words stand. */
  matchingTurns: z.number().int(),
})
export type SearchHit = z.infer<typeof SearchHit>

/** Something in the query that could not be understood, by its place (UTF-16 offsets). */
export const QueryProblem = z.object({ from: z.number().int(), to: z.number().int(), message: z.string() })
export type QueryProblem = z.infer<typeof QueryProblem>

export const SearchPage = z.object({
  hits: z.array(SearchHit),
  /** Give it back for the next page; null at the end. */
  cursor: z.string().nullable(),
  /** The query's own time in the worker, milliseconds. */
  tookMs: z.number(),
  problems: z.array(QueryProblem),
})
export type SearchPage = z.infer<typeof SearchPage>

export const FacetValue = z.object({
  /** What goes behind `field:` in the box; `withFilter` puts quotes around it where it needs them. */
  value: z.string(),
  label: z.string(),
  count: z.number().int(),
})
export type FacetValue = z.infer<typeof FacetValue>

/** By field name of the query language. */
export const Facets = z.object({
  source: z.array(FacetValue),
  connection: z.array(FacetValue),
  campaign: z.array(FacetValue),
  status: z.array(FacetValue),
  sentiment: z.array(FacetValue),
  /** Of annotations; a call counts once for each of its labels. */
  label: z.array(FacetValue),
})
export type Facets = z.infer<typeof Facets>

/** Something that can stand in the box where the cursor is. */
export const Suggestion = z.object({
  /** What takes the place of `from` to `to`. */
  text: z.string(),
  /** The value, or the field's name, as people know it. */
  label: z.string(),
  /** Quieter, behind it; '' for nothing. */
  detail: z.string(),
  /** How many calls it would leave, given the rest of the query; null: not known. */
  count: z.number().int().nullable(),
})
export type Suggestion = z.infer<typeof Suggestion>

/** UTF-16 offsets in the query: what the items take the place of. Without items, where the cursor is. */
export const Suggestions = z.object({
  from: z.number().int(),
  to: z.number().int(),
  items: z.array(Suggestion).max(50),
})
export type Suggestions = z.infer<typeof Suggestions>

/** A call that was worded alike. */
export const SimilarCall = CallRow.extend({
  /** The words that both have and few others, the rarest first. */
  sharedWords: z.array(z.string()).max(12),
  /** How much of what is rare in the one is in the other, 0 to 1. */
  likeness: z.number(),
})
export type SimilarCall = z.infer<typeof SimilarCall>

/** Where the query's words stand in a call's turns as shown, for marking and for walking through them. */
export const TurnMatches = z.object({
  turnIndex: z.number().int(),
  /** UTF-16 offsets in the turn's shown text: [from, to). */
  ranges: z.array(z.tuple([z.number().int(), z.number().int()])),
})
export type TurnMatches = z.infer<typeof TurnMatches>

/**
 * Who asks: a newer page, count or facets of the same lane takes the place of an older one that is still being worked
 * on, which ends as `superseded`. Null: nobody else's business.
 */
export const Lane = z.string().min(1).max(40).nullable().default(null)

export const search = {
  /** Makes the index anew, in the background; how far it is comes as `search.index` events. */
  rebuild: call(Nothing, Done),
  page: call(
    z.object({
      query: Query,
      lane: Lane,
      sort: SearchSort.default('date'),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().max(200).nullable().default(null),
    }),
    SearchPage,
  ),
  /** Exact up to 10,000; beyond that 10,000 and `isExact: false`. */
  count: call(
    z.object({ query: Query, lane: Lane }),
    z.object({ total: z.number().int(), isExact: z.boolean() }),
  ),
  /** Values of the filters with the number of calls that each would leave, given the rest of the query. */
  facets: call(z.object({ query: Query, lane: Lane }), Facets),
  /** Fields, paths and values that begin like what stands at the cursor (a UTF-16 offset). */
  suggest: call(
    z.object({ query: Query, cursor: z.number().int().min(0).max(4000), lane: Lane }),
    Suggestions,
  ),
  /** Calls with alike wording, most alike first. */
  similar: call(z.object({ callId: CallId, lane: Lane }), z.array(SimilarCall).max(20)),
  /** Rows of all calls by their place, newest first from 0: for a list that jumps. */
  window: call(
    z.object({ from: z.number().int().min(0), limit: z.number().int().min(1).max(200) }),
    z.object({
      total: z.number().int(),
      /** False: calls came or went since places were counted. Ask again in a moment. */
      isSettled: z.boolean(),
      hits: z.array(SearchHit),
    }),
  ),
  matches: call(z.object({ query: Query, callId: CallId }), z.array(TurnMatches)),
}
