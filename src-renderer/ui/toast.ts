import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components'
import { describeFailure } from './failure'

export interface ToastContent {
  title: string
  description?: string
  tone?: 'plain' | 'good' | 'bad'
  /** What it is about: a toast takes the place of an earlier one on the same thing. */
  topic?: string
  /** One way on or back, such as "Undo". The toast goes when it is used. */
  action?: { label: string; perform: () => void }
}

export const toastQueue = new ToastQueue<ToastContent>({ maxVisibleToasts: 3 })

/** Milliseconds that a toast stays; failures and those with an action stay longer (and while hovered). */
const STAY_MS = 5_000
const STAY_LONG_MS = 10_000

/** Takes away what was said on a topic. */
export function closeToasts(topic: string): void {
  for (const one of toastQueue.visibleToasts) if (one.content.topic === topic) toastQueue.close(one.key)
}

/** Says something in passing; returns its own undo. */
export function toast(content: ToastContent): () => void {
  if (content.topic !== undefined) closeToasts(content.topic)
  const timeout = content.action || content.tone === 'bad' ? STAY_LONG_MS : STAY_MS
  const key = toastQueue.add(content, { timeout })
  return () => toastQueue.close(key)
}

/** Says that something failed, with its code's title and its own sentence. */
export function toastFailure(thrown: unknown): () => void {
  const { code, title, message } = describeFailure(thrown)
  // Who cancelled knows it already.
  return toast({ title, description: message, tone: code === 'cancelled' ? 'plain' : 'bad' })
}
