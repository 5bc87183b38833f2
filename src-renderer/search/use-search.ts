import type { SearchHit } from '@contract'
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { useSearch } from './search-state'

/** Rows of the first page, which is waited for, and of those that are fetched ahead. */
const PAGE_ROWS = 50
const LATER_ROWS = 200

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

const firstPageOf = (data: InfiniteData<unknown> | undefined) =>
  data && data.pages.length > 1
    ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) }
    : data

/**
 * The calls that the box finds, page by page. While a new text is being answered the previous rows stay; an
 * answer to an older text never replaces one to a newer, because each text has its own place in the cache.
 */
export function useSearchRows() {
  const { text, sort } = useSearch()
  const pages = useInfiniteQuery({
    queryKey: ['search', 'page', text, sort],
    queryFn: ({ pageParam }) =>
      client.search.page({
        query: text,
        sort,
        limit: pageParam === null ? PAGE_ROWS : LATER_ROWS,
        cursor: pageParam,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
    // Comparing all rows that are here with each page that comes takes longer with each.
    structuralSharing: false,
  })
  // A question that is asked again starts at the top: its later pages would only be read anew with each change.
  useEffect(
    () => () => {
      queryClient.setQueryData<InfiniteData<unknown>>(['search', 'page', text, sort], firstPageOf)
    },
    [text, sort],
  )
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
