import type { CallId, ConnectionId, EarmarkEvent, Peaks, SyncProgress } from '@contract'
import { QueryClient, type QueryFilters, queryOptions, skipToken } from '@tanstack/react-query'
import { client, onEvent } from './client'

/**
 * How long what nobody looks at any more is kept. Reading it again takes milliseconds; five minutes, which is usual, were
 * what belongs to five hundred calls for somebody who only leafs through them.
 */
const KEPT_MS = 20_000

/**
 * Rows live here and nowhere else. Keys begin with the feature: ['search', 'page', …], ['calls', 'get', id],
 * ['annotations', callId], ['labels'], ['reviews', …], ['connections'], ['webhooks', connectionId], ['sync'],
 * ['workspace'], ['updates', …], ['recordings', …], ['storage', …], ['searches'], ['suggest', …], ['savedCounts', …].
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    // Everything comes from the local cache: no retry, and fresh until an event says otherwise.
    queries: {
      retry: false,
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      gcTime: KEPT_MS,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
})

export const workspaceQuery = queryOptions({
  queryKey: ['workspace'],
  queryFn: () => client.workspace.info({}),
})
/** What stands in the way of the workspace; asked for by the screen about it alone. */
export const troubleQuery = queryOptions({
  queryKey: ['trouble'],
  queryFn: () => client.trouble.look({}),
  gcTime: 0,
})
export const settingsQuery = queryOptions({
  queryKey: ['reviews', 'settings'],
  queryFn: () => client.reviews.settings({}),
})
export const connectionsQuery = queryOptions({
  queryKey: ['connections', 'list'],
  queryFn: () => client.connections.list({}),
})
/** Where updates would be asked for; changed here alone. */
export const feedQuery = queryOptions({
  queryKey: ['updates', 'feed'],
  queryFn: () => client.updates.feed({}),
})
/** What syncs are going on; asked for once, then kept by events. */
export const syncStatusQuery = queryOptions({
  queryKey: ['sync', 'status'],
  queryFn: () => client.sync.status({}),
})

export const webhookQuery = (connectionId: ConnectionId) =>
  queryOptions({
    queryKey: ['webhooks', connectionId],
    queryFn: () => client.webhooks.status({ connectionId }),
  })

/** How far the making of the search index is; null: it is ready. Kept by events alone. */
export const indexQuery = queryOptions({
  queryKey: ['index'],
  queryFn: (): { done: number; total: number | null } | null => null,
})

/*
 * A call's queries stand here and not in its components: what is written there keeps all that the component has in
 * reach, its part of the page too, for as long as the answer is kept.
 */

/** The waveform of a recording; not kept for every call of the day. */
export const peaksQuery = (callId: CallId) =>
  queryOptions({
    queryKey: ['recordings', callId, 'peaks'],
    queryFn: () => client.recordings.peaks({ callId }),
  })

/** Where a call's turns match what was searched for. */
export const matchesQuery = (query: string, callId: CallId) =>
  queryOptions({
    queryKey: ['search', 'matches', query, callId],
    queryFn: () => client.search.matches({ query, callId }),
    enabled: query.trim() !== '',
  })

/** The waveform of a recording that is being decoded, as far as it came by events; nobody asks for it. */
export const peaksSoFarQuery = (callId: CallId) =>
  queryOptions<Peaks>({
    queryKey: ['recordings', callId, 'peaks so far'],
    queryFn: skipToken,
    gcTime: 10_000,
  })

/** What each event makes stale. */
export function staleKeys(event: EarmarkEvent): unknown[][] {
  switch (event.type) {
    case 'calls.changed':
      // A changed transcript moves annotations, or takes the words from under them.
      return [['search'], ['calls'], ['annotations'], ['workspace'], ['connections']]
    case 'connections.changed':
      return [['connections'], ['workspace'], ['search']]
    case 'webhooks.changed':
      return [['webhooks', event.connectionId]]
    case 'sync.done':
      return [['connections'], ['sync'], ['workspace'], ['search'], ['calls'], ['annotations']]
    case 'annotations.changed':
      return [
        event.callId === null ? ['annotations'] : ['annotations', event.callId],
        ['search'],
        ['labels'],
        ['workspace'],
      ]
    case 'reviews.changed':
      // Who has looked at a call decides whether it counts as changed since.
      return [['reviews'], ['search'], ['calls']]
    case 'timing.changed':
      // Annotations on turns are shown at the turns' times.
      return event.callId === null
        ? [['calls'], ['annotations']]
        : [
            ['calls', 'get', event.callId],
            ['annotations', event.callId],
          ]
    case 'recordings.changed':
      return [
        ['calls', 'get', event.callId],
        ['recordings', event.callId],
        ['search'],
        ['workspace'],
        ['storage'],
      ]
    case 'retention.changed':
      return [['retention']]
    case 'searches.changed':
      return [['searches']]
    case 'recordings.storage':
      return [['storage'], ['workspace']]
    case 'protection.changed':
      return [['protection']]
    default:
      return []
  }
}

const TALK_FILTER = /(?:^|[\s(-])(?:(?:talk|silence|deadair|monologue|interruptions|latency):|has:deadair)/i

/** Whether a query of the cache is a search by how people talked: what is heard changes what it finds. */
export const asksForTalk = ([feature, , text]: readonly unknown[]): boolean =>
  feature === 'search' && typeof text === 'string' && TALK_FILTER.test(text)

/** The running syncs after one of them said how far it is. */
export function withProgress(running: readonly SyncProgress[], progress: SyncProgress): SyncProgress[] {
  const index = running.findIndex((one) => one.connectionId === progress.connectionId)
  return index < 0 ? [...running, progress] : running.with(index, progress)
}

/** Milliseconds between two refreshes of the same rows, however many events ask for one. */
const REFRESH_MS = 250

/**
 * Gathers keys and hands them on together: the first at once, later ones at most every `REFRESH_MS`, so that a
 * sync with many events a second refreshes the list calmly. `schedule` and `refresh` are given for tests.
 */
export function coalesce(
  refresh: (keys: unknown[][]) => void,
  schedule: (run: () => void) => void = (run) => setTimeout(run, REFRESH_MS),
): (keys: unknown[][]) => void {
  let waiting: Map<string, unknown[]> | null = null
  const flush = () => {
    const keys = [...(waiting?.values() ?? [])]
    if (keys.length === 0) {
      waiting = null
      return
    }
    waiting = new Map()
    refresh(keys)
    schedule(flush)
  }
  return (keys) => {
    if (keys.length === 0) return
    const isFirst = waiting === null
    waiting ??= new Map()
    for (const key of keys) waiting.set(JSON.stringify(key), key)
    if (isFirst) flush()
  }
}

/**
 * Has these queries asked anew. A first answer that is on its way already may be from before, and would be kept for good: what
 * waits for one is asked again when it is there.
 */
export function refreshQueries(which: Pick<QueryFilters, 'queryKey' | 'predicate'>): void {
  const waiting = queryClient
    .getQueryCache()
    .findAll({ ...which, fetchStatus: 'fetching' })
    .filter(({ state }) => state.data === undefined)
  void queryClient.invalidateQueries(which)
  for (const query of waiting) {
    const again = () => queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true })
    void query.promise?.then(again, again)
  }
}

/** Keeps the cache in step with the backend until the returned function is called. */
export function followEvents(): () => void {
  const refresh = coalesce((keys) => {
    for (const queryKey of keys) refreshQueries({ queryKey })
  })
  const refreshTalk = coalesce(() => {
    refreshQueries({ predicate: ({ queryKey }) => asksForTalk(queryKey) })
  })
  return onEvent((event) => {
    if (event.type === 'timing.changed') refreshTalk([['talk']])
    if (event.type === 'sync.progress')
      queryClient.setQueryData(syncStatusQuery.queryKey, (running) =>
        withProgress(running ?? [], event.progress),
      )
    if (event.type === 'sync.done')
      queryClient.setQueryData(syncStatusQuery.queryKey, (running) =>
        (running ?? []).filter((one) => one.connectionId !== event.connectionId),
      )
    if (event.type === 'search.index')
      queryClient.setQueryData(
        indexQuery.queryKey,
        event.done === null ? null : { done: event.done, total: event.total },
      )
    if (event.type === 'recordings.peaks')
      queryClient.setQueryData(peaksSoFarQuery(event.callId).queryKey, event.peaks)
    refresh(staleKeys(event))
  })
}
