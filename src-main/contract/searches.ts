import { z } from 'zod'
import { call, Done, Instant, Nothing } from './common'
import { Query, SearchSort } from './search'

export const SavedSearchId = z.uuid()
export type SavedSearchId = z.infer<typeof SavedSearchId>

/** How many searches can be kept under a name. */
export const MAX_SAVED = 200
/** How many recent searches are remembered. */
export const MAX_RECENT = 20

export const SearchName = z
  .string()
  .trim()
  .min(1, 'Give the search a name.')
  .max(100, 'A name has at most 100 characters.')

/** A search under a name. */
export const SavedSearch = z.object({
  id: SavedSearchId,
  name: z.string(),
  query: z.string(),
  sort: SearchSort,
  /** Shown above the list, with its count. */
  isPinned: z.boolean(),
})
export type SavedSearch = z.infer<typeof SavedSearch>

export const RecentSearch = z.object({ query: z.string(), usedAt: Instant })
export type RecentSearch = z.infer<typeof RecentSearch>

export const searches = {
  /** `saved` in the reader's own order, `recent` newest first. */
  list: call(
    Nothing,
    z.object({ saved: z.array(SavedSearch).max(MAX_SAVED), recent: z.array(RecentSearch).max(MAX_RECENT) }),
  ),
  /** `id`: made by who saves, so that saving twice is saving once. Raises `conflict` where the name is taken. */
  save: call(
    z.object({
      id: SavedSearchId,
      name: SearchName,
      query: Query,
      sort: SearchSort,
      isPinned: z.boolean().default(true),
    }),
    SavedSearch,
  ),
  /** What is given changes. Raises `conflict` where the name is taken, `not_found`. */
  update: call(
    z.object({
      id: SavedSearchId,
      name: SearchName.optional(),
      query: Query.optional(),
      sort: SearchSort.optional(),
      isPinned: z.boolean().optional(),
    }),
    SavedSearch,
  ),
  /** Puts it before another one; null: at the end. */
  move: call(z.object({ id: SavedSearchId, before: SavedSearchId.nullable() }), Done),
  remove: call(z.object({ id: SavedSearchId }), Done),
  /** Takes a removal back. Raises `conflict` where its name was given to another meanwhile. */
  restore: call(z.object({ id: SavedSearchId }), SavedSearch),
  /** Remembers a search that was really used. */
  noteRecent: call(z.object({ query: Query }), Done),
  /** Forgets one recent search; null: all. */
  forgetRecent: call(z.object({ query: Query.nullable() }), Done),
}
