import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isObject, type JsonObject, toJsonValue } from '../json'
import { readCount } from '../values'

/** A page that came before is asked for again this often: the server may have given an old answer. */
const MAX_REPEATS = 3

/** Where a listing of Prosper's stands. */
export const ListPosition = z.object({
  dialect: z.enum(['page', 'openapi']),
  /** Not known yet whether the server speaks it: on 404 ask in the other. */
  isProbe: z.boolean(),
  campaignId: z.string().nullable(),
  page: z.number().int().min(0),
  pageSize: z.number().int().min(1),
  fromDate: z.string().nullable(),
  toDate: z.string().nullable(),
  /** Rows on the pages so far, the same one twice counted twice. */
  rowsSeen: z.number().int(),
  /** Fingerprint of the page before, the total that it stated, and how often it has come again. */
  lastPage: z.string().nullable(),
  lastTotal: z.number().nullable(),
  repeats: z.number().int(),
  /** While probing: the fingerprint of the first dialect's 404. */
  refusal: z.string().nullable(),
})
export type ListPosition = z.infer<typeof ListPosition>

type After =
  | { kind: 'next' | 'once-more'; next: ListPosition }
  | { kind: 'end' }
  | { kind: 'incomplete'; why: string }

/**
 * Where to go on after a page. The end is only believed when nothing in the answer speaks against it: a
 * page that came empty although more is promised would lose calls without a word.
 */
export function afterPage(position: ListPosition, json: JsonObject, rows: readonly unknown[]): After {
  const { page, pageSize, lastPage, lastTotal, repeats } = position
  const total = readCount(json.total)
  const ids = rows.map((row) => (isObject(row) ? (row.call_log_id ?? row.id ?? row) : row))
  const print = fingerprintOf(ids)
  // Exactly the page before: either as many new calls came in as a page holds, or an old answer was given
  // again, and this page's own calls would be missing.
  const isShifted = total !== null && lastTotal !== null && total > lastTotal
  if (rows.length > 0 && print === lastPage && !isShifted) {
    if (repeats < MAX_REPEATS) return { kind: 'once-more', next: { ...position, repeats: repeats + 1 } }
    // Some servers give the last page for all that are beyond it. Where nothing tells the end, that is it.
    if (total === null && !('next_page' in json || 'page_count' in json) && rows.length < pageSize)
      return { kind: 'end' }
    return { kind: 'incomplete', why: `page ${page} holds the same calls as the page before` }
  }
  const rowsSeen = position.rowsSeen + rows.length
  const goOn = (nextPage: number): After => ({
    kind: 'next',
    next: {
      ...position,
      isProbe: false,
      refusal: null,
      page: nextPage,
      rowsSeen,
      lastPage: print,
      lastTotal: total,
      repeats: 0,
    },
  })

  if (position.dialect === 'openapi') {
    const stated = readCount(json.next_page)
    const pages = readCount(json.page_count)
    const next =
      stated !== null && stated > page ? stated : pages !== null && page + 1 < pages ? page + 1 : null
    if (next !== null && rows.length === 0)
      return { kind: 'incomplete', why: `page ${page} came empty although more follow` }
    if (next !== null) return goOn(next)
    const isEndStated = 'next_page' in json || pages !== null
    // A server may give less than was asked for: where nothing tells the end, only an empty page is one.
    return isEndStated || rows.length === 0 ? { kind: 'end' } : goOn(page + 1)
  }

  const isMorePromised = total !== null && rowsSeen < total
  if (rows.length === 0) {
    return isMorePromised
      ? { kind: 'incomplete', why: `page ${page} came empty after ${rowsSeen} of ${total} calls` }
      : { kind: 'end' }
  }
  const statedSize = readCount(json.page_size) || null
  if (total === null && statedSize === null) return goOn(page + 1)
  const size = Math.min(pageSize, statedSize ?? pageSize)
  const isWithin = total !== null && page * size < total
  return rows.length >= size || isMorePromised || isWithin ? goOn(page + 1) : { kind: 'end' }
}

/**
 * What a 404 means for a page after others: some frameworks have no empty page beyond the end. The listing is believed
 * to be over unless more was promised.
 */
export function beyondEnd({ page, rowsSeen, lastTotal }: ListPosition): After {
  return lastTotal !== null && rowsSeen < lastTotal
    ? { kind: 'incomplete', why: `there is no page ${page} (404) after ${rowsSeen} of ${lastTotal} calls` }
    : { kind: 'end' }
}

/** The same for the same JSON. */
export const fingerprintOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(toJsonValue(value).value))
    .digest('base64url')
    .slice(0, 16)
