import type { EarmarkEvent } from '@contract'
import { QueryClient } from '@tanstack/react-query'
import { onEvent } from './client'

/**
 * Rows live here and nowhere else. Keys begin with the feature: ['search', 'page', …], ['calls', 'get', id],
 * ['annotations', callId], ['reviews', …], ['connections'], ['sync'], ['workspace'], ['recordings', …].
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    // Everything comes from the local cache: no retry, and fresh until an event says otherwise.
    queries: {
      retry: false,
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})

/** What each event makes stale. */
export function staleKeys(event: EarmarkEvent): unknown[][] {
  switch (event.type) {
    case 'calls.changed':
      return [['search'], ['calls'], ['workspace'], ['connections']]
    case 'connections.changed':
      return [['connections'], ['workspace'], ['search']]
    case 'sync.done':
      return [['connections'], ['sync'], ['workspace'], ['search'], ['calls']]
    case 'annotations.changed':
      return [event.callId === null ? ['annotations'] : ['annotations', event.callId], ['search'], ['labels']]
    case 'reviews.changed':
      return [['reviews'], ['search']]
    case 'recordings.changed':
      return [['calls', 'get', event.callId], ['recordings', event.callId], ['search']]
    default:
      return []
  }
}

/** Keeps the cache in step with the backend until the returned function is called. */
export function followEvents(): () => void {
  return onEvent((event) => {
    for (const queryKey of staleKeys(event)) void queryClient.invalidateQueries({ queryKey })
  })
}
