import { SearchSort } from '@contract'
import { create } from 'zustand'
import { useOpenCall } from '../app/open-call'
import { readStored, store } from '../app/stored'

/** The text of the search box and the order of the list. */
export const useSearch = create<{ text: string; sort: SearchSort }>(() => ({
  text: '',
  sort: SearchSort.catch('date').parse(readStored('sort')),
}))

/** Puts a text into the search box; the open call marks its matches too. */
export function setSearchText(text: string): void {
  useSearch.setState({ text })
  useOpenCall.setState({ query: text })
}

export function setSort(sort: SearchSort): void {
  store('sort', sort)
  useSearch.setState({ sort })
}

/** The next of the orders, round and round. */
export function nextSort(sort: SearchSort): SearchSort {
  const all = SearchSort.options
  return all[(all.indexOf(sort) + 1) % all.length] ?? 'date'
}

/** The search box, once it is there. */
let box: HTMLInputElement | null = null
export const holdSearchBox = (element: HTMLInputElement | null): void => {
  box = element
}

/** Puts the cursor into the search box, with its text selected. */
export function focusSearchBox(): void {
  box?.focus()
  box?.select()
}
