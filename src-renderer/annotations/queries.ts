import type { Annotation, CallDetail, CallId, Turn } from '@contract'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { client } from '../app/client'
import { useHidden } from './actions'
import { type Draft, isEmpty, type ShownAnnotation, withDrafts } from './draft'
import { annotationsKey, discardDraft, restoreOnce, useDrafts } from './drafts'
import { comparePlaces } from './order'
import { timeOf } from './place'

const useSaved = (callId: CallId) =>
  useQuery({ queryKey: annotationsKey(callId), queryFn: () => client.annotations.list({ callId }) })

/** A call's annotations as they are shown, in the order of the call, with what is on its way. */
export function useAnnotations(call: CallDetail): {
  shown: ShownAnnotation[]
  error: unknown
  retry: () => void
} {
  const { id: callId, turns } = call
  const saved = useSaved(callId)
  const drafts = useDrafts((state) => state.drafts)
  const hidden = useHidden((state) => state.ids)
  useEffect(() => void restoreOnce(), [])
  const shown = useMemo(() => {
    const own = Object.values(drafts).filter((draft) => draft.callId === callId)
    return withDrafts(saved.data ?? [], own, hidden)
      .map((one) => withTimes(one, turns))
      .toSorted(
        ({ annotation: a }, { annotation: b }) =>
          comparePlaces(a.place, b.place, turns) || a.createdAt.localeCompare(b.createdAt),
      )
  }, [saved.data, drafts, hidden, callId, turns])
  useEffect(() => {
    for (const draft of Object.values(drafts)) if (isSaved(draft, saved.data ?? [])) discardDraft(draft.id)
  }, [drafts, saved.data])
  return { shown, error: saved.error, retry: () => void saved.refetch() }
}

/**
 * Whether a draft has arrived although it is still stored: the application was killed after saving and before the
 * draft was put away. One with other words than those that arrived stays.
 */
const isSaved = (draft: Draft, saved: readonly Annotation[]): boolean =>
  draft.editing === null &&
  draft.phase === 'writing' &&
  saved.some(
    ({ id, label, severity, comment }) =>
      id === draft.id && label === draft.label && severity === draft.severity && comment === draft.comment,
  )

/** What is not saved yet has no times of its own: it takes those of its turn, to be seen on the waveform at once. */
function withTimes(one: ShownAnnotation, turns: readonly Turn[]): ShownAnnotation {
  if (!one.unsaved) return one
  const { startSec, endSec } = timeOf(one.annotation.place, turns)
  return { ...one, annotation: { ...one.annotation, startSec, endSec } }
}

/** Drafts of a call that are neither in the composer nor on their way: they wait to be gone on with. */
export function useWaitingDrafts(callId: CallId): Draft[] {
  const { drafts, openId } = useDrafts()
  const saved = useSaved(callId).data
  return Object.values(drafts)
    .filter((draft) => draft.callId === callId && draft.phase === 'writing' && draft.id !== openId)
    .filter((draft) => !isEmpty(draft, saved?.find((one) => one.id === draft.editing) ?? null))
    .sort((a, b) => a.writtenAt.localeCompare(b.writtenAt))
}

/** Labels to offer. */
export const useLabels = () =>
  useQuery({ queryKey: ['labels'], queryFn: () => client.annotations.labels({}) })
