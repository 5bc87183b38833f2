import { completed, type Place } from '@contract'

/** The query without what is being typed, and without its sign. */
export function restOf(query: string, { from, to }: Place): string {
  const before = query.slice(0, from).replace(/(^|[\s(])-$/, '$1')
  return `${before}${query.slice(to)}`
}

/** The query with a suggestion taken, complete. */
export const completedQuery = (query: string, place: Place, text: string): string =>
  `${completed(query, place, text).text} `
