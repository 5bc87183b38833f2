import { maskNumber, maskNumbers } from '@contract'
import type { HandlerTable, HandlerTables } from '../backend/channel'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'

/*
 * While numbers are masked, the window is told masked ones only: what it does not have, it can't show, copy or leave in
 * the page. What a reviewer types (comments, labels, searches) comes back as it is, because it is written back;
 * the window masks that where it shows it. Ids, names of connections and campaigns, and file names stay as they are.
 */

type Path = readonly string[]

/** Names of properties that hold a number and nothing else. */
const NUMBERS = new Set(['from', 'to', 'party'])
/** Names of properties that are never masked: ids, times, what people wrote, what the code reads. */
const LEFT = new Set([
  'id',
  'callId',
  'parentId',
  'connectionId',
  'connectionName',
  'campaignId',
  'externalId',
  'vendor',
  'version',
  'cursor',
  'kind',
  'label',
  'comment',
  'reviewer',
  'name',
])
const PLAIN_TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/

/** An answer with every number in every text masked, but for the properties of `LEFT`. */
export function masked(value: unknown, path: Path = []): unknown {
  const own = path.at(-1) ?? ''
  if (typeof value === 'string') {
    if (LEFT.has(own) || PLAIN_TIME.test(value)) return value
    return NUMBERS.has(own) ? maskNumber(value) : maskNumbers(value)
  }
  if (typeof value === 'number' && path[0] === 'fields') return maskedNumber(value)
  if (Array.isArray(value))
    return own === 'snippet' || own === 'words'
      ? maskedParts(value, 'text')
      : value.map((one) => masked(one, path))
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  // A difference between two numbers.
  if ('fact' in value && 'before' in value && NUMBERS.has(String(value.fact))) {
    const number = (text: unknown) => (typeof text === 'string' ? maskNumber(text) : text)
    return {
      ...value,
      before: number(value.before),
      after: 'after' in value ? number(value.after) : null,
      words: null,
    }
  }
  const result: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) result[key] = masked(inner, [...path, key])
  return result
}

/** A vendor may give a phone number as a number; times since 1970 are none. */
const maskedNumber = (value: number): number | string => {
  const text = String(value)
  const isPhone = Number.isSafeInteger(value) && text.length >= 10 && maskNumbers(text) !== text
  return isPhone ? maskNumbers(text) : value
}

/** Parts of one text: a number may reach over the border of two. */
function maskedParts(parts: readonly unknown[], name: string): unknown[] {
  const textOf = (part: unknown): string => {
    const text = typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[name] : null
    return typeof text === 'string' ? text : ''
  }
  const whole = maskNumbers(parts.map(textOf).join(''))
  let at = 0
  return parts.map((part) => {
    const text = whole.slice(at, at + textOf(part).length)
    at += text.length
    return { ...(part as object), [name]: text }
  })
}

/** A vendor's record: fields of numbers by their names, texts by what stands in them, and numbers that are no texts. */
const maskedJson = (json: string): string =>
  json
    .replace(
      /"([^"\\]*(?:from|to|phone|number|caller|callee|party|msisdn)[^"\\]*)"(\s*:\s*)"((?:[^"\\]|\\.)*)"/gi,
      (all, key: string, colon: string, value: string) =>
        /^\+?[\d\s().-]{5,}$/.test(value) && !PLAIN_TIME.test(value)
          ? `"${key}"${colon}"${maskNumber(value)}"`
          : all,
    )
    .replace(/"(?:[^"\\]|\\.)*"/g, (text) => (PLAIN_TIME.test(text.slice(1, -1)) ? text : maskNumbers(text)))
    .replace(/(:\s*)(\d{10,15})(?=\s*[,}\]])/g, (all, colon: string, digits: string) => {
      const hidden = maskNumbers(digits)
      return hidden === digits ? all : `${colon}"${hidden}"`
    })

/** Calls whose answers hold what vendors or transcripts say: what is done to each. */
const ANSWERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  'calls.get': masked,
  'calls.changes': masked,
  'calls.raw': maskedRaw,
  'search.page': masked,
  'search.window': masked,
  'search.similar': masked,
  'search.suggest': withoutNumbers,
  'annotations.list': masked,
  'annotations.create': masked,
  'annotations.update': masked,
  'annotations.undoPlace': masked,
  'annotations.restore': masked,
  'connections.quarantine': masked,
  'connections.quarantineRaw': maskedRaw,
}

/** What has to be looked at when a new call is added: a test asks for each call of the contract. */
export const MASKED_CALLS: readonly string[] = Object.keys(ANSWERS)

function maskedRaw(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, typeof text === 'string' ? maskedJson(text) : text]),
  )
}

/** A masked number is no value to search for, so none is offered. */
function withoutNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('items' in value) || !Array.isArray(value.items))
    return value
  const isShown = (item: unknown): boolean => {
    const texts = Object.values(item as object).filter((text) => typeof text === 'string')
    return texts.every((text) => maskNumbers(text) === text && !/^(?:from|to):.*\d{3}/i.test(text))
  }
  return { ...value, items: value.items.filter(isShown) }
}

/** Whether numbers are masked; asked anew each time. `reviews.db`, or a database that it is attached to. */
export const isMasking = (db: ReadDb, schema: 'main' | 'reviews' = 'main'): boolean =>
  prepared<string>(db, `SELECT value FROM ${schema}.settings WHERE key = 'maskNumbers'`).pluck().get() ===
  'true'

/** A worker's tables, whose answers are masked for as long as `isOn` says so. */
export function maskingTables(tables: HandlerTables, isOn: () => boolean): HandlerTables {
  const wrap = (feature: string, table: HandlerTable): HandlerTable =>
    Object.fromEntries(
      Object.entries(table).map(([call, handler]) => {
        const mask = ANSWERS[`${feature}.${call}`]
        if (!mask) return [call, handler]
        const answer = async (input: never) => {
          const value = await handler(input)
          return isOn() ? mask(value) : value
        }
        return [call, answer]
      }),
    )
  return Object.fromEntries(Object.entries(tables).map(([feature, table]) => [feature, wrap(feature, table)]))
}
