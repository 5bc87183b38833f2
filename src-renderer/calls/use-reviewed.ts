import type { CallId, CallVersion, Review } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { useReviewer } from '../app/reviewer'
import { toastFailure } from '../ui'

/** Who has reviewed the call and when, and how to mark it or take one's own mark back. Shown at once. */
export function useReviewed(
  callId: CallId,
  version: CallVersion,
): {
  review: Review | null
  isMine: boolean
  toggle: () => Promise<void>
  /** Marks it reviewed as it is shown now, whether or not it was marked before. */
  mark: () => Promise<void>
} {
  const reviewer = useReviewer().name
  const queryKey = ['reviews', 'get', callId]
  const review = useQuery({ queryKey, queryFn: () => client.reviews.get({ callId }) }).data ?? null
  const isMine = review?.reviewer === reviewer
  const set = async (reviewed: boolean) => {
    const mark: Review = { callId, reviewer, reviewedAt: new Date().toISOString() }
    queryClient.setQueryData<Review | null>(queryKey, reviewed ? mark : null)
    try {
      const now = await client.reviews.set({ callId, reviewer, reviewed, version })
      queryClient.setQueryData<Review | null>(queryKey, now)
    } catch (thrown) {
      queryClient.setQueryData<Review | null>(queryKey, review)
      toastFailure(thrown)
    }
  }
  return { review, isMine, toggle: () => set(!isMine), mark: () => set(true) }
}
