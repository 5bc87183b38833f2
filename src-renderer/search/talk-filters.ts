import { type FieldName, withFilter } from '@contract/query'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { client } from '../app/client'
import { useSearch } from './search-state'

/** Of how people talked, what reviewers reach for first: other numbers are typed. */
export const TALK_FILTERS = [
  ['deadair', '>5s'],
  ['latency', '>2s'],
  ['interruptions', '>0'],
  ['talk', '>60%'],
  ['monologue', '>60s'],
  ['silence', '>30%'],
] as const satisfies (readonly [FieldName, string])[]

/** Counts are kept this long for texts that nobody looks at any more. */
const KEEP_MS = 30_000

/**
 * How many calls each would leave, given the rest of the query, in the order of `TALK_FILTERS`. Counted one by one, as a
 * search is, and only while they are looked at: the counts of the other filters don't wait for them.
 */
export function useTalkCounts(): ({ total: number; isExact: boolean } | undefined)[] {
  const text = useSearch((state) => state.text)
  return useQueries({
    queries: TALK_FILTERS.map(([field, value]) => {
      const query = withFilter(text, field, value)
      return {
        queryKey: ['search', 'count', query],
        queryFn: () => client.search.count({ query, lane: `talk ${field}` }),
        placeholderData: keepPreviousData,
        gcTime: KEEP_MS,
      }
    }),
  }).map(({ data }) => data)
}
