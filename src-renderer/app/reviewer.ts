import { useQuery } from '@tanstack/react-query'
import { queryClient, settingsQuery, workspaceQuery } from './queries'

/**
 * Whose name stands on annotations and reviews: the one in the settings, else the one by which the computer
 * knows the person. `isChosen: false`: nobody has confirmed it yet.
 */
export function useReviewer(): { name: string; isChosen: boolean } {
  return nameOf(useQuery(settingsQuery).data?.reviewer, useQuery(workspaceQuery).data?.userName)
}

/** The same, for what is done outside of components. */
export const reviewerNow = (): string =>
  nameOf(
    queryClient.getQueryData(settingsQuery.queryKey)?.reviewer,
    queryClient.getQueryData(workspaceQuery.queryKey)?.userName,
  ).name

function nameOf(reviewer: string | undefined, userName: string | undefined) {
  const chosen = reviewer?.trim() ?? ''
  if (chosen !== '') return { name: chosen, isChosen: true }
  return { name: userName?.trim() || 'Reviewer', isChosen: false }
}
