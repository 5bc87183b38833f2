import { type Annotation, type CallId, toFailure } from '@contract'
import { create } from 'zustand'
import { client } from '../app/client'
import { queryClient } from '../app/queries'
import { endSave, startSave, useSaves } from '../app/saves'
import { type Draft, type DraftText, isEmpty, restoreDrafts } from './draft'
import { browserDraftStorage, draftStorageFor } from './draft-storage'
import { createDraftStore } from './draft-store'

/** The annotations of a call, in the query cache. */
export const annotationsKey = (callId: CallId) => ['annotations', callId]

/** Puts an annotation as the backend has it into the cache, in place of an older one. */
export function keepAnnotation(annotation: Annotation): void {
  queryClient.setQueryData<Annotation[]>(annotationsKey(annotation.callId), (list) =>
    list ? [...list.filter((one) => one.id !== annotation.id), annotation] : list,
  )
}

async function send(draft: Draft): Promise<void> {
  const { id, callId, editing, place, origin, label, severity, comment, reviewer } = draft
  // A place that nobody changed stays what was written, also where the words have moved or are gone.
  const isPlaced = JSON.stringify(place) !== JSON.stringify(origin)
  const annotation = editing
    ? await client.annotations.update({
        id: editing,
        patch: { label, severity, comment, ...(isPlaced ? { place } : {}) },
      })
    : await client.annotations.create({ id, callId, place, label, severity, comment, reviewer })
  // An older list that is on its way must not take it away again.
  await queryClient.cancelQueries({ queryKey: annotationsKey(callId) })
  keepAnnotation(annotation)
  // What was cancelled is asked for again: others may have written meanwhile.
  void queryClient.invalidateQueries({ queryKey: annotationsKey(callId) })
}

const drafts = createDraftStore({
  storage: () => draftStorageFor(client.drafts, browserDraftStorage()),
  send,
  isWorthStoring: (draft) => draft.editing !== null || !isEmpty(draft, null),
  problemOf: (thrown) => toFailure(thrown).message,
})

/** `drafts` by id; `openId`: the one in the composer. */
export const useDrafts = create<{ drafts: Readonly<Record<string, Draft>>; openId: string | null }>(() => ({
  drafts: {},
  openId: null,
}))
drafts.onChange((all) => useDrafts.setState({ drafts: all }))

/** Reads what was left from the last time, and sends what had not arrived. Once in the life of the page. */
let restored: Promise<void> | null = null
export function restoreOnce(): Promise<void> {
  restored ??= drafts.restore(restoreDrafts)
  return restored
}

export const openDraft = (draft: Draft): void => {
  drafts.put(draft)
  useDrafts.setState({ openId: draft.id })
}
export const showDraft = (id: string): void => {
  drafts.change(id, { phase: 'writing', problem: null })
  useDrafts.setState({ openId: id })
}
export const closeComposer = (): void => useDrafts.setState({ openId: null })
export const writeDraft = (id: string, text: DraftText): void => drafts.change(id, text)

export function discardDraft(id: string): void {
  const draft = useDrafts.getState().drafts[id]
  useDrafts.setState((state) => (state.openId === id ? { openId: null } : {}))
  drafts.remove(id)
  // The footer no longer tells of a failure that the reviewer has let go.
  if (draft)
    useSaves.setState((saves) => endSave(startSave(saves), `annotations ${draft.editing ?? id}`, null))
}

/** Sends a draft; the composer closes at once, the card says how it goes. */
export function saveDraft(id: string): void {
  useDrafts.setState((state) => (state.openId === id ? { openId: null } : {}))
  void drafts.save(id)
}

/** The draft in the composer, when it belongs to this call. */
export const useOpenDraft = (callId: CallId): Draft | null =>
  useDrafts(({ drafts, openId }) => {
    const draft = openId === null ? undefined : drafts[openId]
    return draft?.callId === callId ? draft : null
  })
