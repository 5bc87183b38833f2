import { EarmarkError, type SearchHit, type SearchSort } from '@contract'
import {
  type InfiniteData,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { useSearch } from './search-state'

/** Rows of the first page, which is waited for, and of those that are fetched ahead. */
const PAGE_ROWS = 50
const LATER_ROWS = 200
/** Rows that are read together where every call is listed, and how far ahead of what is drawn. */
const CHUNK_ROWS = 50
const CHUNK_AHEAD = 15

/** Answers to texts that nobody looks at any more are kept this long, for stepping back. */
const KEEP_MS = 30_000
/** What the box asks takes the place of what it asked before. */
const LANE = 'box'

/** Whether every call is listed, newest first: then rows are reached by their place. */
export const listsEverything = (text: string, sort: SearchSort): boolean =>
  text.trim() === '' && sort === 'date'

/** A newer question of the box took this one's place: nothing went wrong. */
const isSuperseded = (error: unknown): boolean => error instanceof EarmarkError && error.code === 'superseded'

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
export function useSearchPages() {
  const { text, sort } = useSearch()
  const pages = useInfiniteQuery({
    queryKey: ['search', 'page', text, sort],
    queryFn: ({ pageParam }) =>
      client.search.page({
        query: text,
        lane: LANE,
        sort,
        limit: pageParam === null ? PAGE_ROWS : LATER_ROWS,
        cursor: pageParam,
      }),
    enabled: !listsEverything(text, sort),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
    // Comparing all rows that are here with each page that comes takes longer with each.
    structuralSharing: false,
  })
  useAgainWhenSuperseded(pages)
  // A question that is asked again starts at the top: its later pages would only be read anew with each change.
  useEffect(
    () => () => {
      queryClient.setQueryData<InfiniteData<unknown>>(['search', 'page', text, sort], firstPageOf)
    },
    [text, sort],
  )
  const rows = useMemo(() => rowsOf(pages.data?.pages ?? []), [pages.data])
  const problems = pages.isPlaceholderData ? [] : (pages.data?.pages[0]?.problems ?? [])
  return { ...pages, isError: pages.isError && !isSuperseded(pages.error), rows, problems }
}

/** A list that was asked about while calls came is asked about again so soon. */
const SETTLE_MS = 500

const chunkOptions = (chunk: number, isOn: boolean) =>
  queryOptions({
    queryKey: ['search', 'window', chunk],
    queryFn: () => client.search.window({ from: chunk * CHUNK_ROWS, limit: CHUNK_ROWS }),
    enabled: isOn,
    gcTime: KEEP_MS,
    structuralSharing: false,
    refetchInterval: ({ state }) => (state.data?.isSettled === false ? SETTLE_MS : false),
  })

/** Who came back to a text whose question was overtaken asks it again. */
function useAgainWhenSuperseded({ error, refetch }: { error: unknown; refetch: () => unknown }): void {
  useEffect(() => {
    if (isSuperseded(error)) void refetch()
  }, [error, refetch])
}

/** The first rows of all calls: asked for before anything else, so that they are there when the list is drawn. */
export const firstRowsQuery = chunkOptions(0, true)

/** Rows of all calls around those that are drawn (both included), by their place; and how many there are. */
function useWindow(range: { first: number; last: number }, isOn: boolean) {
  const from = Math.max(0, Math.floor((range.first - CHUNK_AHEAD) / CHUNK_ROWS))
  const to = Math.max(from, Math.floor((range.last + CHUNK_AHEAD) / CHUNK_ROWS))
  const chunks = Array.from({ length: Math.min(4, to - from + 1) }, (_, i) => from + i)
  const answers = useQueries({
    queries: chunks.map((chunk) => chunkOptions(chunk, isOn)),
  })
  const newest = answers
    .filter((one) => one.data !== undefined)
    .reduce<(typeof answers)[number] | null>(
      (best, one) => (best === null || one.dataUpdatedAt > best.dataUpdatedAt ? one : best),
      null,
    )
  const total = newest?.data?.total ?? knownTotal()
  const rowAt = (index: number): SearchHit | undefined => {
    const chunk = Math.floor(index / CHUNK_ROWS) - from
    return answers[chunk]?.data?.hits[index % CHUNK_ROWS]
  }
  return { total, rowAt, failed: answers.find((one) => one.isError) }
}

/** How many calls there are by any answer that is still here. */
function knownTotal(): number | undefined {
  const all = queryClient.getQueriesData<{ total: number }>({ queryKey: ['search', 'window'] })
  return all.find(([, data]) => data !== undefined)?.[1]?.total
}

/** What the list shows: a row that is not here yet is undefined. */
export interface CallRows {
  count: number
  rowAt: (index: number) => SearchHit | undefined
  /** Where a call is among the rows that are here; -1: nowhere. */
  indexOf: (callId: string) => number
  /** Rows of the question before, while this one is answered. */
  isOld: boolean
  /** There is nothing to show yet. */
  isWaiting: boolean
  error: { thrown: unknown; again: () => void } | null
  hasProblems: boolean
  /** Null: there are no more rows to read. */
  readOn: (() => void) | null
}

/** Rows that are shown as being read at the end of a list that goes on. */
const MORE_ROWS = 4

/** The rows of the list; `drawn` are those that are on the screen. */
export function useCallRows(drawn: { first: number; last: number }): CallRows {
  const { text, sort } = useSearch()
  const isAll = listsEverything(text, sort)
  const pages = useSearchPages()
  const all = useWindow(drawn, isAll)
  const { rows } = pages
  const hasPages = pages.data !== undefined
  // The one stays until there is something of the other.
  const showsAll = isAll ? all.total !== undefined || !hasPages : !hasPages && all.total !== undefined
  if (showsAll) {
    const { total = 0, rowAt, failed } = all
    return {
      count: total,
      rowAt,
      indexOf: (callId) => {
        for (let i = Math.max(0, drawn.first - CHUNK_AHEAD); i <= drawn.last + CHUNK_AHEAD; i += 1)
          if (rowAt(i)?.id === callId) return i
        return -1
      },
      isOld: !isAll && !pages.isError,
      isWaiting: all.total === undefined,
      error: isAll
        ? failed && all.total === undefined
          ? { thrown: failed.error, again: () => void failed.refetch() }
          : null
        : errorOf(pages),
      hasProblems: false,
      readOn: null,
    }
  }
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages
  return {
    count: rows.length + (hasNextPage ? MORE_ROWS : 0),
    rowAt: (index) => rows[index],
    indexOf: (callId) => rows.findIndex((row) => row.id === callId),
    isOld: isAll || pages.isPlaceholderData,
    isWaiting: !hasPages,
    error: errorOf(pages),
    hasProblems: pages.problems.length > 0,
    readOn: hasNextPage && !isFetchingNextPage && !isAll ? () => void fetchNextPage() : null,
  }
}

const errorOf = (pages: ReturnType<typeof useSearchPages>): CallRows['error'] =>
  pages.isError ? { thrown: pages.error, again: () => void pages.refetch() } : null

/** How many calls the box finds; the previous number stays while the next is counted. */
export function useSearchCount() {
  const { text, sort } = useSearch()
  const isAll = listsEverything(text, sort)
  const all = useQuery(chunkOptions(0, isAll))
  const count = useQuery({
    queryKey: ['search', 'count', text],
    queryFn: () => client.search.count({ query: text, lane: LANE }),
    enabled: !isAll,
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
  })
  useAgainWhenSuperseded(count)
  // All of them are counted exactly: their places are known.
  return isAll && all.data ? { total: all.data.total, isExact: true } : count.data
}

/** The values of the filters with their counts under the rest of the query. */
export function useFacets() {
  const text = useSearch((state) => state.text)
  const facets = useQuery({
    queryKey: ['search', 'facets', text],
    queryFn: () => client.search.facets({ query: text, lane: LANE }),
    placeholderData: keepPreviousData,
    gcTime: KEEP_MS,
  })
  useAgainWhenSuperseded(facets)
  return facets
}
