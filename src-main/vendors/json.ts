import type { JsonValue } from '@contract'

/** Deeper than any vendor's record; beyond it the functions that walk through JSON would run out of stack. */
const MAX_DEPTH = 200

/** A JSON object whose values were not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * `JSON.parse`, except that integers which a JavaScript number can't hold stay exact, as strings: two ids
 * of 18 digits must not become one. Throws SyntaxError. A byte order mark in front is skipped.
 */
export function parseJson(text: string): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (!/[:[,]\s*-?\d{16,}\s*[,}\]]/.test(json)) return JSON.parse(json)
  const keepDigits = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const digits = context?.source ?? ''
    return /^-?\d+$/.test(digits) && String(value) !== digits ? digits : value
  }
  return JSON.parse(json, keepDigits)
}

/** The same value with its type, cut off ("…") below 200 levels; `isCut` says whether that happened. */
export function toJsonValue(value: unknown): { value: JsonValue; isCut: boolean } {
  if (isJsonWithin(value, MAX_DEPTH)) return { value, isCut: false }
  return { value: cutAt(value, MAX_DEPTH), isCut: true }
}

function isJsonWithin(value: unknown, depth: number): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isJsonWithin(item, depth - 1))
  for (const key in value) if (!isJsonWithin(Reflect.get(value, key), depth - 1)) return false
  return true
}

function cutAt(value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object') return null
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.map((item) => cutAt(item, depth - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutAt(item, depth - 1)]))
}
