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
 * Says what was done and offers to take it back: by the toast's button, and by key for as long as nothing else was
 * done since. `undo` says itself when it fails.
 */
export function offerUndo(content: Omit<ToastContent, 'action'>, undo: Undoable['undo']): void {
  const one: Undoable = {
    title: content.title,
    callId: useOpenCall.getState().callId,
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

/** Makes something undoable by key without saying so; what it was is said when it is undone. */
export function rememberUndo(title: string, undo: Undoable['undo']): void {
  remember({ title, callId: useOpenCall.getState().callId, undo, close: () => {} })
}

function remember(one: Undoable): void {
  done = [...done, one].slice(-KEPT)
}

function forget(one: Undoable): void {
  done = done.filter((other) => other !== one)
}

const latest = (): Undoable | undefined => {
  const { callId } = useOpenCall.getState()
  return done.findLast((one) => one.callId === callId)
}

export const canUndo = (): boolean => latest() !== undefined

/** Takes back what was done last to the open call. */
export function undoLast(): void {
  const one = latest()
  if (!one) return
  forget(one)
  one.close()
  void one.undo()
  toast({ topic: 'undone', title: t('ui.undone', { what: one.title }) })
}
