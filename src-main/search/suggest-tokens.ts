import type { FieldName } from '@contract'
import { z } from 'zod'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { fieldValues } from './field-values'
import { facetToken, type IndexedField, pathToken, tokenText, valueToken } from './index-text'
import { termsBegun } from './vocabulary'

/** Tokens that are looked through for the most frequent of them. */
const LOOKED_THROUGH = 400
/** How each one was written is looked up in a call that has it. */
const SPELLED = 50

/** A value as some call has it; `calls`: how many have it, whatever else is asked. */
export interface TokenValue {
  value: string
  calls: number
}

/** The vendor's paths below `data.` or `qa.` that begin like this, those of most calls first. */
export function* pathsBegun(
  db: ReadDb,
  field: FieldName,
  begun: string,
  deadlineMs: number,
): Generator<void, { path: string; calls: number }[]> {
  const own = field === 'qa' ? 'qa' : 'data'
  const terms = yield* termsBegun(db, pathToken(own, begun), { limit: LOOKED_THROUGH, deadlineMs })
  return terms
    .map(({ term, calls }) => ({ path: tokenText(term).slice(own.length + 1), calls }))
    .filter(({ path }) => path !== '')
    .sort((a, b) => b.calls - a.calls || (a.path < b.path ? -1 : 1))
}

/** The values of one of the vendor's own fields that begin like this. */
export function* fieldValuesBegun(
  db: ReadDb,
  field: FieldName,
  path: string,
  begun: string,
  deadlineMs: number,
): Generator<void, TokenValue[]> {
  const own = field === 'qa' ? 'qa' : 'data'
  const spelled = (term: string, key: number): string | null => {
    const json = prepared<string>(db, 'SELECT fields FROM calls WHERE search_key = ?').pluck().get(key)
    const values = fieldValues(Fields.parse(JSON.parse(json ?? '{}')))
    const same = values.find((one) => one.path === path && valueToken(own, path, one.value) === term)
    // A single word of a longer value.
    return same ? String(same.value) : tokenText(term)
  }
  return yield* spelledTerms(db, valueToken(own, path, begun), spelled, deadlineMs)
}
const Fields = z.record(z.string(), z.json())

/** How a token's value stands in a call. */
const SPELLING: Readonly<Partial<Record<IndexedField, string>>> = {
  goal: 'SELECT goal_achieved FROM calls WHERE search_key = ?',
  from: 'SELECT from_number FROM calls WHERE search_key = ?',
  to: 'SELECT to_number FROM calls WHERE search_key = ?',
  redirect: `SELECT t.redirect FROM calls c CROSS JOIN turns t ON t.call_pk = c.pk
    WHERE c.search_key = ? AND t.redirect IS NOT NULL`,
}

/** Values of a field that is in the index, in the vendor's own spelling. */
export function* indexedValuesBegun(
  db: ReadDb,
  field: IndexedField,
  begun: string,
  deadlineMs: number,
): Generator<void, TokenValue[]> {
  const sql = SPELLING[field] ?? ''
  const isNumber = field === 'from' || field === 'to'
  const typed = isNumber && !/\p{L}/u.test(begun) ? begun.replace(/[^0-9]/g, '') : begun
  const spelled = (term: string, key: number): string | null =>
    prepared<string | null>(db, sql)
      .pluck()
      .all(key)
      .find((value) => value !== null && facetToken(field, value) === term) ?? null
  return yield* spelledTerms(db, facetToken(field, typed), spelled, deadlineMs)
}

function* spelledTerms(
  db: ReadDb,
  begun: string,
  spelled: (term: string, key: number) => string | null,
  deadlineMs: number,
): Generator<void, TokenValue[]> {
  const terms = yield* termsBegun(db, begun, { limit: LOOKED_THROUGH, deadlineMs })
  const values: TokenValue[] = []
  for (const { term, calls } of [...terms].sort((a, b) => b.calls - a.calls).slice(0, SPELLED)) {
    if (performance.now() > deadlineMs) break
    const key = prepared<number>(db, KEY_WITH_TOKEN_SQL).pluck().get(`"${term}"`)
    const value = key === undefined ? null : spelled(term, key)
    if (value !== null) values.push({ value, calls })
  }
  yield
  return values
}

export const KEY_WITH_TOKEN_SQL =
  'SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT 1'
