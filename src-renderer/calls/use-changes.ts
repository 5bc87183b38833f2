import { type CallChanges, type CallDetail, type CallId, type CallVersion, toFailure } from '@contract'
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { useReviewer } from '../app/reviewer'
import { t } from '../app/words'
import { formatDay, formatNumber, toast } from '../ui'

/** What is compared: null stands for the reviewer's last look, and for now. Ids of revisions. */
export interface Compared {
  from: number | null
  to: number | null
}

export const SINCE_LOOK: Compared = { from: null, to: null }

/** What became different of a call for the reviewer who is here. */
export function useChanges(
  callId: CallId,
  { from, to }: Compared,
  isEnabled: boolean,
): UseQueryResult<CallChanges> {
  const reviewer = useReviewer().name
  return useQuery({
    queryKey: ['calls', 'changes', callId, reviewer, from, to],
    queryFn: () => client.calls.changes({ callId, reviewer, from, to }),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  })
}

/** "Since you reviewed it on 12 May 2026". */
export function sinceWords(changes: CallChanges | undefined): string {
  const since = changes?.since
  return since ? t(`changes.since.${since.kind}`, { day: formatDay(since.at) }) : t('changes.since.unknown')
}

export const countWords = (count: number): string => t('changes.count', { count, n: formatNumber(count) })

/** The reviewer has seen the changes up to this version; shown at once. */
export async function noteSeen(call: CallDetail, reviewer: string, version: CallVersion): Promise<void> {
  const key = ['calls', 'get', call.id]
  queryClient.setQueryData<CallDetail>(key, (known) => known && { ...known, changedSinceReview: false })
  try {
    await client.reviews.noteSeen({ callId: call.id, reviewer, version })
  } catch (thrown) {
    toast({ title: t('changes.seenFailed'), description: toFailure(thrown).message, tone: 'bad' })
  } finally {
    void queryClient.invalidateQueries({ queryKey: ['calls'] })
  }
}
