import { type ReactNode, useSyncExternalStore } from 'react'
import { create } from 'zustand'
import { t } from './words'
import './Columns.css'

/** Below this width there is room for two columns: the right one, when opened, takes the place of the list. */
const NARROW = '(max-width: 1099px)'

/** Whether the right column is open: on wide windows it starts open, on narrow ones closed. */
export const usePanel = create<{ wide: boolean; narrow: boolean }>(() => ({ wide: true, narrow: false }))

const media = window.matchMedia(NARROW)
const onWidthChange = (listener: () => void) => {
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

/** Whether the window is too narrow for three columns. */
export const useIsNarrow = (): boolean => useSyncExternalStore(onWidthChange, () => media.matches)

export function useIsPanelOpen(): boolean {
  const isNarrow = useIsNarrow()
  return usePanel((state) => (isNarrow ? state.narrow : state.wide))
}

/** Opens or closes the right column; without a value, the other of the two. */
export function setPanelOpen(isOpen?: boolean): void {
  usePanel.setState((state) =>
    media.matches ? { narrow: isOpen ?? !state.narrow } : { wide: isOpen ?? !state.wide },
  )
}

/** Brings the right column into sight (for what was written there by key). */
export const showPanel = (): void => setPanelOpen(true)

/** The middle of the three columns: a flex column as high as the window allows; children scroll themselves. */
export function MiddleColumn({ children }: { children: ReactNode }) {
  return <main className="column-middle">{children}</main>
}

/** The right column; it scrolls as a whole. */
export function RightColumn({ children }: { children: ReactNode }) {
  const isOpen = useIsPanelOpen()
  return (
    <aside className="column-right" aria-label={t('app.panel')} hidden={!isOpen}>
      {children}
    </aside>
  )
}
