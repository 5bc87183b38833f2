import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const MAX_HEADER = 1000
/** A sender that changes its key signs with the old and the new one for a while. */
const MAX_CANDIDATES = 4

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

/** What a secret text is compared by: neither its length nor its beginning shows in how long that takes. */
export const secretDigest = (secret: string): Buffer => sha256(secret)

/** Whether this is the text of the digest; takes the same time whatever it is. */
export const isSecret = (text: string, digest: Buffer): boolean => timingSafeEqual(sha256(text), digest)

/**
 * Whether the header signs exactly these bytes with this key: HMAC-SHA-256 (RFC 2104) of the body as it came.
 *
 * Prosper publishes nothing about signing, and relays sign too: so what is usual is understood. The signature is hex in either
 * case, base64 or base64url, with or without `sha256=` or `v1=` before it, and one of several divided by commas or
 * blanks. Signed timestamps are not: a delivery that is played back makes Earmark read a call again, no more.
 */
export function isSigned(body: Buffer, header: string | undefined, key: string): boolean {
  const expected = sha256(createHmac('sha256', key).update(body).digest())
  let isFound = false
  for (const candidate of candidatesIn(header ?? ''))
    isFound = timingSafeEqual(sha256(candidate), expected) || isFound
  return isFound
}

function candidatesIn(header: string): Buffer[] {
  if (header.length > MAX_HEADER) return []
  return header
    .split(/[,\s]+/)
    .slice(0, MAX_CANDIDATES)
    .map((part) => part.replace(/^(sha256|v1)=/i, ''))
    .filter((text) => text !== '')
    .map((text) => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64'))
}
