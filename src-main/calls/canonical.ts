import { createHash } from 'node:crypto'
import type { JsonValue } from '@contract'

/** JSON with the keys of every object sorted: the same text for the same content. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // Through entries, so that a key "__proto__" stays a key.
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]))
}

/**
 * By what a vendor's record is known to have changed: the SHA-256 of its canonical JSON, in base64url. The query of a
 * recording's address is left out: addresses are signed anew with each answer, which is no change of the call.
 */
export function hashRecord(raw: JsonValue): string {
  return hashText(JSON.stringify(sorted(withoutSignatures(raw, false))))
}

/** SHA-256 in base64url. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

const ABOUT_AUDIO = /recording|audio/i

function withoutSignatures(value: JsonValue, isAboutAudio: boolean): JsonValue {
  if (typeof value === 'string')
    return isAboutAudio && /^https?:\/\//i.test(value) ? value.replace(/[?#].*$/s, '') : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => withoutSignatures(item, isAboutAudio))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      withoutSignatures(item, isAboutAudio || ABOUT_AUDIO.test(key)),
    ]),
  )
}
