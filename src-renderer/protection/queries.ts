import { queryOptions } from '@tanstack/react-query'
import { client } from '../app/client'

/** Whether the workspace is protected, locked, or being changed over. */
export const protectionQuery = queryOptions({
  queryKey: ['protection'],
  queryFn: () => client.protection.status({}),
})
