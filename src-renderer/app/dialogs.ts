import type { CallId, ConnectionId } from '@contract'
import { create } from 'zustand'

/** Which dialog is open. One at a time. */
export type OpenDialog =
  | { kind: 'none' }
  | { kind: 'palette' }
  | { kind: 'help' }
  /** `section`: brought into sight; `host`: whose log-in is asked for. */
  | { kind: 'settings'; section?: 'recordings'; host?: string | null }
  | { kind: 'export' }
  | { kind: 'protect' }
  /** `asRule`: confirms the daily rule. */
  | { kind: 'purge'; days: number; asRule: boolean }
  /** Annotations of calls that are gone. */
  | { kind: 'leftCalls' }
  /** For somebody who helps. */
  | { kind: 'report' }
  | { kind: 'backup' }
  /** What is in the search box gets a name; all that have one; calls that are worded like another. */
  | { kind: 'saveSearch' }
  | { kind: 'savedSearches' }
  | { kind: 'similar'; callId: CallId }
  /** `connectionId`: which one is shown; null for the first. `isNew`: the form for a new one. */
  | { kind: 'connections'; connectionId: ConnectionId | null; isNew: boolean }
  /** The records that could not be read; `connectionId: null`: of all connections. */
  | { kind: 'quarantine'; connectionId: ConnectionId | null }

export const useDialog = create<{ dialog: OpenDialog }>(() => ({ dialog: { kind: 'none' } }))

export const openDialog = (dialog: OpenDialog): void => useDialog.setState({ dialog })
export const closeDialog = (): void => openDialog({ kind: 'none' })

/** The log-in of a host of recordings. */
export const showRecordingHost = (host: string | null): void =>
  openDialog({ kind: 'settings', section: 'recordings', host })
export const connectVendor = (): void => openDialog({ kind: 'connections', connectionId: null, isNew: true })
export const showConnections = (connectionId: ConnectionId | null = null): void =>
  openDialog({ kind: 'connections', connectionId, isNew: false })
export const showQuarantine = (connectionId: ConnectionId | null = null): void =>
  openDialog({ kind: 'quarantine', connectionId })
