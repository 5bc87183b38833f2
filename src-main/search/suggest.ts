import {
  FIELDS,
  type FieldName,
  fieldsBegun,
  hasPath,
  offeredFilter,
  type Suggestion,
  type Suggestions,
  type Typing,
  typingAt,
} from '@contract'
import type { ReadDb } from '../db/open'
import { countSteps } from './queries'
import { completedQuery, restOf } from './suggest-context'
import { pathsBegun } from './suggest-tokens'
import { valuesBegun } from './suggest-values'

export const MAX_SUGGESTIONS = 50
/** What is not found or counted by then is left out. */
export const BUDGET_MS = 120
/** Values that are counted one by one. */
const COUNTED = 12

/** Field names are offered from so many letters on: the first one of every word would be a beginning of some. */
const FIELD_LETTERS = 2

/**
 * What can stand where the cursor is: fields by their beginning, the vendor's paths, and values that calls really have,
 * with the number of calls that they would leave, given the rest of the query. All of it in bounded time: a count that
 * takes too long is null, a value that takes too long is left out. Yields between steps of a few milliseconds.
 */
export function* suggestSteps(
  db: ReadDb,
  { query, cursor }: { query: string; cursor: number },
  nowMs: number,
): Generator<void, Suggestions> {
  const typing = typingAt(query, cursor)
  if (typing === null) return { from: cursor, to: cursor, items: [] }
  const deadlineMs = performance.now() + BUDGET_MS
  const items = yield* itemsFor(db, query, typing, deadlineMs, nowMs)
  return { from: typing.from, to: typing.to, items: items.slice(0, MAX_SUGGESTIONS) }
}

function* itemsFor(
  db: ReadDb,
  query: string,
  typing: Typing,
  deadlineMs: number,
  nowMs: number,
): Generator<void, Suggestion[]> {
  if (typing.kind === 'word')
    return typing.begun.length < FIELD_LETTERS ? [] : fieldsBegun(typing.begun).map(fieldItem)
  if (typing.kind === 'path') {
    const paths = yield* pathsBegun(db, typing.field, typing.begun, deadlineMs)
    return paths.map(({ path, calls }) => {
      const text = `${typing.field}.${path}:`
      return { text, label: text, detail: '', count: restOf(query, typing).trim() === '' ? calls : null }
    })
  }
  const { field, path } = typing
  const values = yield* valuesBegun(db, query, typing, deadlineMs, nowMs)
  const items: Suggestion[] = []
  for (const { value, label, detail, count } of values) {
    const text = offeredFilter(field, value, path)
    if (text === null || items.some((item) => item.text === text)) continue
    items.push({ text, label, detail, count })
    if (items.length === MAX_SUGGESTIONS) break
  }
  for (const item of items.slice(0, COUNTED)) {
    if (item.count !== null || performance.now() > deadlineMs) continue
    item.count = yield* countOf(db, completedQuery(query, typing, item.text), deadlineMs, nowMs)
  }
  return items
}

function* countOf(
  db: ReadDb,
  query: string,
  deadlineMs: number,
  nowMs: number,
): Generator<void, number | null> {
  const counting = countSteps(db, query, nowMs)
  for (;;) {
    const step = counting.next()
    if (step.done) return step.value.isExact ? step.value.total : null
    if (performance.now() > deadlineMs) return null
    yield
  }
}

function fieldItem(field: FieldName): Suggestion {
  const text = hasPath(field) ? `${field}.` : `${field}:`
  return { text, label: text, detail: FIELDS[field].expected, count: null }
}
