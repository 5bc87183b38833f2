import type { SavedSearch, SavedSearchId, SearchSort } from '@contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { client, onEvent } from '../app/client'
import { useOpenCall } from '../app/open-call'
import { queryClient } from '../app/queries'
import { t } from '../app/words'
import { toast, toastFailure } from '../ui'
import { setSearchText, setSort, useSearch } from './search-state'

export const searchesQuery = queryOptions({
  queryKey: ['searches'],
  queryFn: () => client.searches.list({}),
})

export const useSearches = () => useQuery(searchesQuery).data ?? { saved: [], recent: [] }

/** Puts a saved search into the box, with its order. */
export function takeSaved({ query, sort }: SavedSearch): void {
  setSort(sort)
  setSearchText(query)
}

/** Whether the box asks just this. */
export const isInBox = ({ query, sort }: SavedSearch, box: { text: string; sort: SearchSort }): boolean =>
  query.trim() === box.text.trim() && sort === box.sort

/** Runs a change of the saved searches; says why where it failed. */
async function change(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    await queryClient.invalidateQueries({ queryKey: searchesQuery.queryKey })
    return true
  } catch (thrown) {
    toastFailure(thrown)
    return false
  }
}

export const renameSaved = (id: SavedSearchId, name: string) => change(client.searches.update({ id, name }))
export const pinSaved = (id: SavedSearchId, isPinned: boolean) =>
  change(client.searches.update({ id, isPinned }))
export const moveSaved = (id: SavedSearchId, before: SavedSearchId | null) =>
  change(client.searches.move({ id, before }))
export const forgetRecent = (query: string | null) => change(client.searches.forgetRecent({ query }))

/** Removes a saved search, and offers to take that back. */
export async function removeSaved({ id, name }: SavedSearch): Promise<void> {
  if (!(await change(client.searches.remove({ id })))) return
  toast({
    title: t('search.saved.removed', { name }),
    action: { label: t('search.saved.undo'), perform: () => void change(client.searches.restore({ id })) },
  })
}

/** How long the counts of saved searches stand at least, however often calls change. */
const CALM_MS = 3000
/** What is asked about today is another question tomorrow. */
const AGAIN_MS = 5 * 60_000

const CHANGES = new Set([
  'calls.changed',
  'sync.done',
  'annotations.changed',
  'reviews.changed',
  'recordings.changed',
])

/** How many calls a saved search finds: live, but calm. Each has a lane of its own. */
export function useSavedCount({ id, query }: SavedSearch) {
  return useQuery({
    queryKey: ['savedCounts', id, query],
    queryFn: () => client.search.count({ query, lane: `saved ${id.slice(0, 8)}` }),
    refetchInterval: AGAIN_MS,
    // Another window of time, or a newer question of its own lane: the number before stands until there is one.
    retry: 1,
  }).data
}

/** Keeps the counts of saved searches in step while mounted. */
export function useLiveCounts(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEvent((event) => {
      if (!CHANGES.has(event.type) || timer !== undefined) return
      timer = setTimeout(() => {
        timer = undefined
        void queryClient.invalidateQueries({ queryKey: ['savedCounts'] })
      }, CALM_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
}

/** Who looks at an answer for so long has used it. */
const USED_MS = 2000

/** Remembers searches that were really used: their answer was looked at for a while, or a call of it opened. */
export function useRemembering(): void {
  const text = useSearch((state) => state.text)
  const landing = useOpenCall((state) => state.callId)
  useEffect(() => {
    const timer = setTimeout(() => remember(text), USED_MS)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    if (landing !== null) remember(useSearch.getState().text)
  }, [landing])
}

let last: string | null = null

function remember(text: string): void {
  const query = text.trim()
  if (query === '' || query === last) return
  // Typed on: only what it became is worth keeping.
  const begun = last !== null && query.startsWith(last) ? last : null
  last = query
  const done = async () => {
    if (begun !== null) await client.searches.forgetRecent({ query: begun })
    await client.searches.noteRecent({ query })
  }
  // Not worth a message: the search itself works.
  done().catch(() => undefined)
}
