import { queryOptions } from '@tanstack/react-query'
import { client } from '../app/client'

/** What recordings take and what of it may go. */
export const storageQuery = queryOptions({
  queryKey: ['storage', 'facts'],
  queryFn: () => client.recordings.storage({}),
})

/** Hosts with a log-in, and those that want one. */
export const hostsQuery = queryOptions({
  queryKey: ['storage', 'hosts'],
  queryFn: () => client.recordings.hosts({}),
})
