import { z } from 'zod'
import { CallRow } from './calls'
import { CallId, call } from './common'

/** The text of the search box: words, "phrases", prefix*, -exclusions and field:value filters. */
export const Query = z.string().max(4000, 'A search has at most 4,000 characters: leave some words out.')
export const SearchSort = z.enum(['date', 'relevance'])
export type SearchSort = z.infer<typeof SearchSort>

/** A piece of text; `match` says whether the query found it. */
export const SnippetPart = z.object({ text: z.string(), match: z.boolean() })
export type SnippetPart = z.infer<typeof SnippetPart>

export const SearchHit = CallRow.extend({
  /** Of the best turn, else of the summary, else the number or id that was found; null when the query has no words. */
  snippet: z.array(SnippetPart).nullable(),
  /** The turn that the snippet is from; null when it is from elsewhere. */
  turnIndex: z.number().int().nullable(),
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
  connection: z.array(FacetValue),
  campaign: z.array(FacetValue),
  status: z.array(FacetValue),
  sentiment: z.array(FacetValue),
})
export type Facets = z.infer<typeof Facets>

/** Where the query's words stand in a call's turns as shown, for marking and for walking through them. */
export const TurnMatches = z.object({
  turnIndex: z.number().int(),
  /** UTF-16 offsets in the turn's shown text: [from, to). */
  ranges: z.array(z.tuple([z.number().int(), z.number().int()])),
})
export type TurnMatches = z.infer<typeof TurnMatches>

export const search = {
  page: call(
    z.object({
      query: Query,
      sort: SearchSort.default('date'),
      limit: z.number().int().min(1).max(200).default(50),
      cursor: z.string().max(200).nullable().default(null),
    }),
    SearchPage,
  ),
  /** Exact up to 10,000; beyond that 10,000 and `isExact: false`. */
  count: call(z.object({ query: Query }), z.object({ total: z.number().int(), isExact: z.boolean() })),
  /** Values of the filters with the number of calls that each would leave, given the rest of the query. */
  facets: call(z.object({ query: Query }), Facets),
  matches: call(z.object({ query: Query, callId: CallId }), z.array(TurnMatches)),
}
