import { useQuery } from '@tanstack/react-query'
import { settingsQuery, workspaceQuery } from './queries'

/**
 * Whose name stands on annotations and reviews: the one in the settings, else the one by which the computer
 * knows the person. `isChosen: false`: nobody has confirmed it yet.
 */
export function useReviewer(): { name: string; isChosen: boolean } {
  const settings = useQuery(settingsQuery)
  const workspace = useQuery(workspaceQuery)
  const chosen = settings.data?.reviewer.trim() ?? ''
  if (chosen !== '') return { name: chosen, isChosen: true }
  return { name: workspace.data?.userName.trim() || 'Reviewer', isChosen: false }
}
