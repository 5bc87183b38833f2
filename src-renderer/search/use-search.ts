import type { SearchHit } from '@contract'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { client } from '../app/client'
import { useSearch } from './search-state'

/** Rows a page; the next one is asked for while this many rows are still below. */
export const PAGE_ROWS = 50

/** Answers to texts that nobody looks at any more are kept this long, for stepping back. */
const KEEP_MS = 30_000

/** The rows of several pages as one list. A call that moved between pages while they were read stands once. */
export function rowsOf(pages: readonly { hits: readonly SearchHit[] }[]): SearchHit[] {
  const seen = new Set<string>()
  const rows: SearchHit[] = []
  for (const page of pages)
    for (const hit of page.hits)
      if (!seen.has(hit.id)) {
        seen.add(hit.id)
        rows.push(hit)
      }
  return rows
}

/**
 * The calls that the box finds, page by page. While a new text is being answered the previous rows stay; an
 * answer to an older text never replaces one to a newer, because each text has its own place in the cache.
 */
export function useSearchRows() {
  const { text, sort } = useSearch()
  const pages = useInfiniteQuery({
    queryKey: ['search', 'page', text, sort],
    queryFn: ({ pageParam }) =>
      client.search.page({ query: text, sort, limit: PAGE_ROWS, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
  })
  const rows = useMemo(() => rowsOf(pages.data?.pages ?? []), [pages.data])
  const problems = pages.isPlaceholderData ? [] : (pages.data?.pages[0]?.problems ?? [])
  return { ...pages, rows, problems }
}

/** How many calls the box finds; the previous number stays while the next is counted. */
export function useSearchCount() {
  const text = useSearch((state) => state.text)
  return useQuery({
    queryKey: ['search', 'count', text],
    queryFn: () => client.search.count({ query: text }),
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
  })
}

/** The values of the filters with their counts under the rest of the query. */
export function useFacets() {
  const text = useSearch((state) => state.text)
  return useQuery({
    queryKey: ['search', 'facets', text],
    queryFn: () => client.search.facets({ query: text }),
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
  })
}
