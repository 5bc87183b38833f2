import type { ConnectionId } from '@contract'
import { create } from 'zustand'

/** Which dialog is open. One at a time. */
export type OpenDialog =
  | { kind: 'none' }
  | { kind: 'palette' }
  | { kind: 'help' }
  | { kind: 'settings' }
  | { kind: 'export' }
  /** `connectionId`: which one is shown; null for the first. `isNew`: the form for a new one. */
  | { kind: 'connections'; connectionId: ConnectionId | null; isNew: boolean }

export const useDialog = create<{ dialog: OpenDialog }>(() => ({ dialog: { kind: 'none' } }))

export const openDialog = (dialog: OpenDialog): void => useDialog.setState({ dialog })
export const closeDialog = (): void => openDialog({ kind: 'none' })

export const connectVendor = (): void => openDialog({ kind: 'connections', connectionId: null, isNew: true })
export const showConnections = (connectionId: ConnectionId | null = null): void =>
  openDialog({ kind: 'connections', connectionId, isNew: false })
