import { queryOptions } from '@tanstack/react-query'
import { client } from '../app/client'

export const retentionQuery = queryOptions({
  queryKey: ['retention', 'status'],
  queryFn: () => client.retention.status({}),
})
export const purgesQuery = queryOptions({
  queryKey: ['retention', 'history'],
  queryFn: () => client.retention.history({}),
})
export const leftQuery = queryOptions({
  queryKey: ['retention', 'left'],
  queryFn: () => client.retention.left({}),
})
/** Short-lived: what would go is counted anew each time that somebody looks. */
export const previewQuery = (olderThanDays: number) =>
  queryOptions({
    queryKey: ['retention', 'preview', olderThanDays],
    queryFn: () => client.retention.preview({ olderThanDays }),
    gcTime: 0,
    staleTime: 0,
  })
