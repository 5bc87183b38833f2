import type { Vendor } from '@contract'
import { toJsonValue } from './json'
import { malakai } from './malakai'
import { prosper } from './prosper'
import type { Recognised, VendorApi } from './vendor'
import type { ParsedAnswer } from './vendor-call'

/** Every vendor, one line each: adding one is its folder and its line (and its name in the contract). */
export const vendors: Readonly<Record<Vendor, VendorApi>> = {
  prosper,
  malakai,
}

/** Whose JSON this is, by its content; null when it is no vendor's. */
export function recognise(json: unknown): Recognised | null {
  for (const api of Object.values(vendors)) {
    const kind = api.recognise(json)
    if (kind !== null) return { vendor: api.kind, kind }
  }
  return null
}

/** What one vendor's parser made of a saved file. */
export interface SavedPart extends Recognised {
  answer: ParsedAnswer
}

/**
 * An answer that somebody saved (a whole file, or one line of JSON lines) to calls; empty when it is no vendor's.
 * A list of records is read record by record, so that one file may hold both vendors' calls, or details that were
 * saved one by one; what is in it and no vendor's is unreadable, with that reason, in the first part.
 */
export function parseSaved(json: unknown): SavedPart[] {
  const parts = new Map<Vendor, SavedPart>()
  const strangers: unknown[] = []
  for (const item of Array.isArray(json) ? json : [json]) {
    const recognised = recognise(item)
    if (recognised === null) {
      strangers.push(item)
      continue
    }
    const answer = vendors[recognised.vendor].parse(item, { campaignId: null, source: 'saved' })
    const part = parts.get(recognised.vendor)
    if (part === undefined) parts.set(recognised.vendor, { ...recognised, answer })
    else {
      for (const call of answer.calls) part.answer.calls.push(call)
      for (const record of answer.unreadable) part.answer.unreadable.push(record)
      Object.assign(part.answer.campaignInfo, answer.campaignInfo)
    }
  }
  const [first] = parts.values()
  for (const item of first === undefined ? [] : strangers) {
    const reason = 'The record is not of a shape that either vendor gives.'
    first?.answer.unreadable.push({ externalId: null, reason, raw: toJsonValue(item).value })
  }
  return [...parts.values()]
}
