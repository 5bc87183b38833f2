import type { CallDetail, CallId } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { client } from '../app/client'
import { useHidden } from './actions'
import { type Draft, type ShownAnnotation, withDrafts } from './draft'
import { annotationsKey, restoreOnce, useDrafts } from './drafts'
import { comparePlaces } from './order'

/** A call's annotations as they are shown, in the order of the call, with what is on its way. */
export function useAnnotations(call: CallDetail): {
  shown: ShownAnnotation[]
  error: unknown
  retry: () => void
} {
  const { id: callId, turns } = call
  const saved = useQuery({
    queryKey: annotationsKey(callId),
    queryFn: () => client.annotations.list({ callId }),
  })
  const drafts = useDrafts((state) => state.drafts)
  const hidden = useHidden((state) => state.ids)
  useEffect(() => void restoreOnce(), [])
  const shown = useMemo(() => {
    const own = Object.values(drafts).filter((draft) => draft.callId === callId)
    return withDrafts(saved.data ?? [], own, hidden).toSorted(
      ({ annotation: a }, { annotation: b }) =>
        comparePlaces(a.place, b.place, turns) || a.createdAt.localeCompare(b.createdAt),
    )
  }, [saved.data, drafts, hidden, callId, turns])
  return { shown, error: saved.error, retry: () => void saved.refetch() }
}

/** Drafts of a call that are neither in the composer nor on their way: they wait to be gone on with. */
export function useWaitingDrafts(callId: CallId): Draft[] {
  const { drafts, openId } = useDrafts()
  return Object.values(drafts)
    .filter((draft) => draft.callId === callId && draft.phase === 'writing' && draft.id !== openId)
    .sort((a, b) => a.writtenAt.localeCompare(b.writtenAt))
}

/** Labels to offer. */
export const useLabels = () =>
  useQuery({ queryKey: ['labels'], queryFn: () => client.annotations.labels({}) })
