import { createHash, type Hash, hash } from 'node:crypto'
import type { JsonValue } from '@contract'

/** JSON with the keys of every object sorted: the same text for the same content. */
export function canonicalJson(value: JsonValue): string {
  const parts: string[] = []
  write(value, false, false, { add: (text) => void parts.push(text) })
  return parts.join('')
}

const known = new WeakMap<object, string>()

/**
 * By what a vendor's record is known to have changed: the SHA-256 of its canonical JSON, in base64url. The query of a
 * recording's address is left out: addresses are signed anew with each answer, which is no change of the call.
 * Remembered for as long as the record lives, which nobody changes: a sync asks several times.
 */
export function hashRecord(raw: JsonValue): string {
  if (typeof raw !== 'object' || raw === null) return digestOf(raw)
  const before = known.get(raw)
  if (before !== undefined) return before
  const digest = digestOf(raw)
  known.set(raw, digest)
  return digest
}

function digestOf(raw: JsonValue): string {
  const digest = new PiecewiseHash()
  write(raw, true, false, digest)
  return digest.end()
}

/** SHA-256 in base64url. */
export function hashText(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Texts are hashed in pieces of this many characters: a record of megabytes is never written out as a whole. */
const PIECE = 64 * 1024

/** The SHA-256 of texts one behind the other, in base64url. */
export class PiecewiseHash {
  #hash: Hash | null = null
  #piece = ''

  add(text: string): void {
    this.#piece += text
    if (this.#piece.length < PIECE) return
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#piece)
    this.#piece = ''
  }

  end(): string {
    return this.#hash === null ? hashText(this.#piece) : this.#hash.update(this.#piece).digest('base64url')
  }
}

/** A text as JSON. Most need no escapes, and looking for one is quicker than `JSON.stringify`. */
const quoted = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`)
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them.
const NEEDS_ESCAPE = /["\\\0-\x1f\ud800-\udfff]/

const ABOUT_AUDIO = /recording|audio/i

/** Written in one pass, without copies: each record of a sync goes through here. */
function write(
  value: JsonValue,
  isUnsigned: boolean,
  isAboutAudio: boolean,
  to: { add: (text: string) => void },
): void {
  if (typeof value === 'string')
    to.add(quoted(isAboutAudio && /^https?:\/\//i.test(value) ? value.replace(/[?#].*$/s, '') : value))
  else if (typeof value !== 'object' || value === null) to.add(JSON.stringify(value))
  else if (Array.isArray(value)) {
    to.add('[')
    for (let at = 0; at < value.length; at += 1) {
      if (at > 0) to.add(',')
      write(value[at] ?? null, isUnsigned, isAboutAudio, to)
    }
    to.add(']')
  } else {
    let text = '{'
    for (const key of Object.keys(value).sort()) {
      const isAudio = isAboutAudio || (isUnsigned && ABOUT_AUDIO.test(key))
      to.add(`${text}${quoted(key)}:`)
      write(value[key] ?? null, isUnsigned, isAudio, to)
      text = ','
    }
    to.add(text === '{' ? '{}' : '}')
  }
}
