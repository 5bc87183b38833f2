import { create } from 'zustand'
import { showPanel } from '../app/Columns'

/** The annotation that the reviewer asked to see; `token` tells the same one asked for twice. */
export const useFocusedAnnotation = create<{ id: string | null; token: number }>(() => ({
  id: null,
  token: 0,
}))

/** Brings an annotation's card into sight. */
export function focusAnnotation(id: string): void {
  showPanel()
  useFocusedAnnotation.setState((state) => ({ id, token: state.token + 1 }))
}
