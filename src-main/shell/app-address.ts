import { CallId } from '@contract'

/** What an `app://` address may mean: one of the page's own files, by its key, or the recording of a call. */
export type AppAddress = { kind: 'asset'; key: string } | { kind: 'recording'; callId: CallId }

const RECORDING = /^\/recordings\/([a-z2-7]{16})$/
/** Longer ones are nobody's honest address. */
const MOST_CHARACTERS = 2048

/**
 * Understands an address of `app://<host>/`; null for whatever is anything else. It never becomes a path: what it answers
 * is looked up, as a key among the files that were there at start or as a call's id, so that no spelling of ".."
 * reads anything. Never throws.
 */
export function resolveAddress(address: string, host: string): AppAddress | null {
  if (address.length > MOST_CHARACTERS || !URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== 'app:' || url.host !== host || url.username !== '' || url.password !== '') return null
  const callId = CallId.safeParse(RECORDING.exec(url.pathname)?.[1])
  if (callId.success) return { kind: 'recording', callId: callId.data }
  return { kind: 'asset', key: url.pathname === '/' ? '/index.html' : url.pathname }
}
