import type { CallId } from '@contract'
import { type ToastContent, toast } from '../ui'
import { useOpenCall } from './open-call'
import { t } from './words'

interface Undoable {
  /** What was done, as it was said. */
  title: string
  callId: CallId | null
  undo: () => void | Promise<void>
  /** Takes away the toast that offers it. */
  close: () => void
}

/** What can be undone by key, the latest last. What was done to a call is undone only while that call is open. */
let done: Undoable[] = []
/** Nobody goes back further by key. */
const KEPT = 100

/**
 * Says what was done to a call (the open one, unless told otherwise) and offers to take it back: by the toast's button,
 * and by key for as long as nothing else was done since. `undo` says itself when it fails.
 */
export function offerUndo(
  content: Omit<ToastContent, 'action'>,
  undo: Undoable['undo'],
  callId: CallId | null = useOpenCall.getState().callId,
): void {
  const one: Undoable = {
    title: content.title,
    callId,
    undo,
    close: () => {},
  }
  one.close = toast({
    ...content,
    action: {
      label: t('ui.undo'),
      perform: () => {
        forget(one)
        void undo()
      },
    },
  })
  remember(one)
}

function remember(one: Undoable): void {
  done = [...done, one].slice(-KEPT)
}

function forget(one: Undoable): void {
  done = done.filter((other) => other !== one)
}

/** A mode's own way back, which goes first while the mode lasts. */
let mode: (() => void) | null = null

/** From now on the key takes back what was done in a mode, until the returned function is called. */
export function undoInMode(undo: () => void): () => void {
  mode = undo
  return () => {
    if (mode === undo) mode = null
  }
}

const latest = (): Undoable | undefined => {
  const { callId } = useOpenCall.getState()
  return done.findLast((one) => one.callId === callId)
}

export const canUndo = (): boolean => mode !== null || latest() !== undefined

/** Takes back what was done last to the open call. */
export function undoLast(): void {
  if (mode) {
    mode()
    return
  }
  const one = latest()
  if (!one) return
  forget(one)
  one.close()
  void one.undo()
  toast({ topic: 'undone', title: t('ui.undone', { what: one.title }) })
}
