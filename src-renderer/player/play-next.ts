import { perform } from '../app/commands'
import { useLoop } from './loop'
import { play } from './player'

/** A call that does not come within this time is not begun by itself any more. */
const PATIENCE_MS = 10_000

/** When the next call was asked for; null: it was not. */
let askedMs: number | null = null

/** Goes on with the next call of the list when an element has played to its end, until the returned function is called. */
export function goOnAfter(element: HTMLAudioElement, isWanted: () => boolean): () => void {
  const onEnded = () => {
    if (!isWanted() || useLoop.getState().loop) return
    askedMs = performance.now()
    perform('calls.next')
  }
  element.addEventListener('ended', onEnded)
  return () => element.removeEventListener('ended', onEnded)
}

/** Begins to play when it was the call before that led here. */
export function beginIfNext(): void {
  const isNext = askedMs !== null && performance.now() - askedMs < PATIENCE_MS
  askedMs = null
  if (isNext) play()
}

/** The next call has no sound: it goes no further by itself. */
export function stopGoingOn(): void {
  askedMs = null
}
