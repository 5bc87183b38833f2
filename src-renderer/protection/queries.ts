import { queryOptions } from '@tanstack/react-query'
import { client, onEvent } from '../app/client'
import { queryClient } from '../app/queries'

/** Whether the workspace is protected, locked, or being changed over; asked for once, then kept by events. */
export const protectionQuery = queryOptions({
  queryKey: ['protection'],
  queryFn: () => client.protection.status({}),
})

/** Keeps it in step until the returned function is called. */
export const followProtection = (): (() => void) =>
  onEvent((event) => {
    if (event.type === 'protection.changed') queryClient.setQueryData(protectionQuery.queryKey, event.status)
  })
