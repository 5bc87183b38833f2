import { createHash } from 'node:crypto'
import type { JsonValue } from '@contract'

/** JSON with the keys of every object sorted: the same text for the same content. */
export const canonicalJson = (value: JsonValue): string => written(value, false, false)

/**
 * By what a vendor's record is known to have changed: the SHA-256 of its canonical JSON, in base64url. The query of a
 * recording's address is left out: addresses are signed anew with each answer, which is no change of the call.
 */
export function hashRecord(raw: JsonValue): string {
  return hashText(written(raw, true, false))
}

/** SHA-256 in base64url. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

const ABOUT_AUDIO = /recording|audio/i

/** Written in one pass, without copies: each record of a sync goes through here. */
function written(value: JsonValue, isUnsigned: boolean, isAboutAudio: boolean): string {
  if (typeof value === 'string')
    return JSON.stringify(isAboutAudio && /^https?:\/\//i.test(value) ? value.replace(/[?#].*$/s, '') : value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${written(item, isUnsigned, isAboutAudio)}`
    return `[${text}]`
  }
  for (const key of Object.keys(value).sort()) {
    const isAudio = isAboutAudio || (isUnsigned && ABOUT_AUDIO.test(key))
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${written(value[key] ?? null, isUnsigned, isAudio)}`
  }
  return `{${text}}`
}
