import type { Settings } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { toastFailure } from '../ui'
import { client } from './client'
import { queryClient, refreshQueries, settingsQuery } from './queries'

/** What is told with masked numbers while they are. */
const MASKED_FEATURES = new Set(['search', 'calls', 'annotations', 'suggest', 'connections'])

/** Writes some of the settings; the screen shows them at once and takes them back when writing failed. */
export async function changeSettings(patch: Partial<Settings>): Promise<void> {
  const { queryKey } = settingsQuery
  const before = queryClient.getQueryData(queryKey)
  if (before) queryClient.setQueryData(queryKey, { ...before, ...patch })
  try {
    queryClient.setQueryData(queryKey, await client.reviews.changeSettings(patch))
    // Another reviewer has seen other versions of the calls.
    if (patch.reviewer !== undefined)
      for (const stale of ['calls', 'search']) refreshQueries({ queryKey: [stale] })
    // What was shown before is of no use in either direction; nothing of it stays in the page.
    if (patch.maskNumbers !== undefined)
      await queryClient.resetQueries({
        predicate: ({ queryKey: [feature] }) => MASKED_FEATURES.has(String(feature)),
      })
  } catch (thrown) {
    if (before) queryClient.setQueryData(queryKey, before)
    toastFailure(thrown)
  }
}

/** Puts the chosen theme on the page. */
export function useTheme(): void {
  const theme = useQuery(settingsQuery).data?.theme ?? 'system'
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
}
