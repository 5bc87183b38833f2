import { create } from 'zustand'

/** Whether the transcript goes along with the sound; a reviewer who scrolls away is left alone. */
export const useFollow = create<{ isFollowing: boolean }>(() => ({ isFollowing: true }))

export const follow = (): void => useFollow.setState({ isFollowing: true })
export const stopFollowing = (): void => useFollow.setState({ isFollowing: false })

const SCROLL_KEYS = new Set(['PageUp', 'PageDown', 'Home', 'End', 'ArrowUp', 'ArrowDown'])

/** Notices when a person (not a program) scrolls `scroller`, until the returned function is called. */
export function watchScrolling(scroller: HTMLElement): () => void {
  const owner = new AbortController()
  const { signal } = owner
  scroller.addEventListener('wheel', stopFollowing, { signal, passive: true })
  scroller.addEventListener('touchmove', stopFollowing, { signal, passive: true })
  scroller.addEventListener(
    'keydown',
    (event) => {
      if (SCROLL_KEYS.has(event.key)) stopFollowing()
    },
    { signal },
  )
  scroller.addEventListener(
    'pointerdown',
    (event) => {
      // On the scroll bar: beside the content, but in the scroller.
      if (event.target === scroller && event.offsetX >= scroller.clientWidth) stopFollowing()
    },
    { signal },
  )
  return () => owner.abort()
}
