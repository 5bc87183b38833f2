import type { Suggestion } from '@contract'
import { completed, isOpenField, typingAt } from '@contract/query'
import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { useShown } from '../privacy/shown'
import { useSearches } from './searches'

/** A line of the list under the box. */
export interface Offer extends Pick<Suggestion, 'label' | 'detail' | 'count'> {
  id: string
  /** The box after it was taken, and where the cursor then stands. */
  text: string
  cursor: number
  kind: 'field' | 'value' | 'recent' | 'saved'
}

export interface Offers {
  items: readonly Offer[]
  /** What a press of Tab does: it takes the first of them, at once or as soon as they are those of the whole text. */
  tab: 'takes' | 'waits' | 'leaves'
}

const NONE: Offers = { items: [], tab: 'leaves' }
const RECENT = 8

/** What can stand where the cursor is; in an empty box, what was asked before. */
export function useSuggestions(text: string, cursor: number, isOn: boolean): Offers {
  const typing = isOn ? typingAt(text, cursor) : null
  const answer = useQuery({
    queryKey: ['suggest', text, cursor],
    queryFn: () => client.search.suggest({ query: text, cursor, lane: 'suggest' }),
    enabled: typing !== null,
    gcTime: 10_000,
    staleTime: 5000,
    // Those of the letter before stay until this one is answered, where they stand in the same place.
    placeholderData: (before) => (before?.from === typing?.from ? before : undefined),
  })
  const { saved, recent } = useSearches()
  const shownText = useShown()
  if (!isOn) return NONE
  if (text.trim() === '') {
    const items = [
      // One with a number is offered to nobody who looks over a shoulder.
      ...recent
        .filter(({ query }) => shownText(query) === query)
        .slice(0, RECENT)
        .map(
          ({ query }): Offer => ({
            id: `recent ${query}`,
            kind: 'recent',
            label: query,
            detail: saved.find((one) => one.query.trim() === query)?.name ?? '',
            count: null,
            text: query,
            cursor: query.length,
          }),
        ),
    ]
    return { items, tab: 'leaves' }
  }
  if (typing === null || !answer.data) return NONE
  const { items } = answer.data
  return {
    items: items.map((item): Offer => {
      const kind = isOpenField(item.text) ? 'field' : 'value'
      return {
        id: item.text,
        kind,
        label: item.label,
        detail: item.detail,
        count: item.count,
        ...completed(text, typing, item.text),
      }
    }),
    tab: items.length === 0 ? 'leaves' : answer.isPlaceholderData ? 'waits' : 'takes',
  }
}
