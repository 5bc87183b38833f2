import { hash } from 'node:crypto'
import type { CallId, ConnectionId, Vendor } from '@contract'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567' // RFC 4648 base32, lower case

/** `length` base32 characters (5 bits each) of the SHA-256 of the parts, which can't run into each other. */
function shortHash(parts: readonly string[], length: number): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer')
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0x1fff
    bits += 8
    while (bits >= 5 && text.length < length) {
      bits -= 5
      text += ALPHABET[(value >> bits) & 31]
    }
  }
  return text
}

/**
 * A call's own id: 80 bits made from who gave it to us, so that it is the same after the cache was lost
 * and synced again, and what people wrote finds its call.
 */
export const callIdOf = (vendor: Vendor, connectionId: ConnectionId, externalId: string): CallId =>
  shortHash(['call', vendor, connectionId, externalId], 16)

/**
 * A connection's id, made from its vendor and its first name (60 bits): connecting the same again under the same
 * name gives the same ids. `attempt` > 0 where a renamed connection still holds that id.
 */
export const connectionIdOf = (vendor: Vendor, name: string, attempt = 0): ConnectionId =>
  shortHash(['connection', vendor, name.trim().toLowerCase(), String(attempt)], 12)
