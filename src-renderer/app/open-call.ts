import type { CallId } from '@contract'
import { create } from 'zustand'

/** Which call is open, and where in it a jump should land. Only what the screen knows: rows are queries. */
interface OpenCall {
  callId: CallId | null
  /** Set by opening a search hit or an annotation: the transcript scrolls there, the player is cued there. */
  landing: { turnIndex: number | null; startSec: number | null; token: number } | null
  /** The query whose matches are marked in the transcript. */
  query: string
}

export const useOpenCall = create<OpenCall>(() => ({ callId: null, landing: null, query: '' }))

let token = 0

/** Opens a call; `turnIndex` or `startSec` say where to land. The same place twice lands twice. */
export function openCall(
  callId: CallId,
  { turnIndex = null, startSec = null }: { turnIndex?: number | null; startSec?: number | null } = {},
): void {
  token += 1
  const landing = turnIndex === null && startSec === null ? null : { turnIndex, startSec, token }
  useOpenCall.setState({ callId, landing })
}
