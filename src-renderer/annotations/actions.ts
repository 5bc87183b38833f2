import { type Annotation, type AnnotationPlace, type CallId, toFailure } from '@contract'
import { create } from 'zustand'
import { showPanel } from '../app/Columns'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { offerUndo } from '../app/undo'
import { t } from '../app/words'
import { usePlayer } from '../player/player'
import { setTimeRange, useTimeRange } from '../player/time-range'
import { clearSelection, selectedNow, useSelectedText } from '../transcript/selection'
import { toast, toastFailure } from '../ui'
import { draftOf, isEmpty, newDraft } from './draft'
import {
  annotationsKey,
  closeComposer,
  discardDraft,
  keepAnnotation,
  openDraft,
  showDraft,
  useDrafts,
} from './drafts'
import { placeOf } from './place'

/** Closes the composer; an empty draft goes, a written one waits in the list. */
export function leaveComposer(): void {
  const { drafts, openId } = useDrafts.getState()
  const draft = openId === null ? undefined : drafts[openId]
  if (draft && isEmpty(draft, editedBy(draft.callId, draft.editing))) discardDraft(draft.id)
  closeComposer()
}

function editedBy(callId: CallId, editing: string | null): Annotation | null {
  const list = queryClient.getQueryData<Annotation[]>(annotationsKey(callId))
  return list?.find((one) => one.id === editing) ?? null
}

/** Opens the composer on what the reviewer points at; `place` overrules it. */
export function addAnnotation(place?: AnnotationPlace): void {
  // The call that is shown; another may have been chosen and not be read yet.
  const { callId, activeTurn } = usePlayer.getState()
  if (callId === null) return
  const target =
    place ??
    placeOf({
      selected: selectedNow() ?? useSelectedText.getState().place,
      range: useTimeRange.getState().range,
      activeTurn,
    })
  leaveComposer()
  showPanel()
  openDraft(newDraft(callId, target, new Date()))
  if (target.kind === 'quote') clearSelection()
  if (target.kind === 'time') setTimeRange(null)
}

/** Opens the composer on an annotation that is there; a change that was begun goes on. */
export function editAnnotation(annotation: Annotation): void {
  const begun = Object.values(useDrafts.getState().drafts).find(
    (draft) => draft.editing === annotation.id && draft.phase !== 'saving',
  )
  leaveComposer()
  showPanel()
  if (begun) showDraft(begun.id)
  else openDraft(draftOf(annotation, new Date()))
}

/** Gives an annotation a new place: the selected words, else the turn that is heard; and offers to take that back. */
export async function placeAgain({ id, label }: Annotation): Promise<void> {
  const place = placeOf({
    selected: selectedNow() ?? useSelectedText.getState().place,
    range: null,
    activeTurn: usePlayer.getState().activeTurn,
  })
  if (place.kind === 'call') return
  try {
    keepAnnotation(await client.annotations.update({ id, patch: { place } }))
  } catch (thrown) {
    toastFailure(thrown)
    return
  }
  clearSelection()
  offerUndo({ title: t('annotations.placed', { label }) }, () => undoPlace(id))
}

async function undoPlace(id: string): Promise<void> {
  try {
    keepAnnotation(await client.annotations.undoPlace({ id }))
  } catch (thrown) {
    toastFailure(thrown)
  }
}

/** Annotations that were deleted a moment ago: not shown, although the list may still have them. */
export const useHidden = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }))

const hide = (id: string) => useHidden.setState(({ ids }) => ({ ids: new Set([...ids, id]) }))
const unhide = (id: string) =>
  useHidden.setState(({ ids }) => ({ ids: new Set([...ids].filter((other) => other !== id)) }))

/** Deletes an annotation, and offers to take that back. */
export async function removeAnnotation({ id, callId, label }: Annotation): Promise<void> {
  hide(id)
  try {
    await client.annotations.remove({ id })
  } catch (thrown) {
    unhide(id)
    toastFailure(thrown)
    return
  }
  queryClient.setQueryData<Annotation[]>(annotationsKey(callId), (list) =>
    list?.filter((one) => one.id !== id),
  )
  offerUndo({ title: t('annotations.deleted', { label }) }, () => restoreAnnotation(id))
}

async function restoreAnnotation(id: string): Promise<void> {
  unhide(id)
  try {
    keepAnnotation(await client.annotations.restore({ id }))
  } catch (thrown) {
    hide(id)
    toast({
      title: t('annotations.notRestored'),
      description: toFailure(thrown).message,
      tone: 'bad',
      action: { label: t('ui.tryAgain'), perform: () => void restoreAnnotation(id) },
    })
  }
}
