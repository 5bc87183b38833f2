import type { CallId, Review } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { useReviewer } from '../app/reviewer'
import { toastFailure } from '../ui'

/** Who has reviewed the call and when, and how to mark it or take one's own mark back. Shown at once. */
export function useReviewed(callId: CallId): {
  review: Review | null
  isMine: boolean
  toggle: () => Promise<void>
} {
  const reviewer = useReviewer().name
  const queryKey = ['reviews', 'get', callId]
  const review = useQuery({ queryKey, queryFn: () => client.reviews.get({ callId }) }).data ?? null
  const isMine = review?.reviewer === reviewer
  const toggle = async () => {
    const mark: Review = { callId, reviewer, reviewedAt: new Date().toISOString() }
    queryClient.setQueryData<Review | null>(queryKey, isMine ? null : mark)
    try {
      const now = await client.reviews.set({ callId, reviewer, reviewed: !isMine })
      queryClient.setQueryData<Review | null>(queryKey, now)
    } catch (thrown) {
      queryClient.setQueryData<Review | null>(queryKey, review)
      toastFailure(thrown)
    }
  }
  return { review, isMine, toggle }
}
