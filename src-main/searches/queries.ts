import {
  EarmarkError,
  MAX_RECENT,
  MAX_SAVED,
  type RecentSearch,
  type SavedSearch,
  type SavedSearchId,
  SearchSort,
} from '@contract'
import { instantOf } from '../calls/call-row'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

interface SavedRow {
  id: string
  name: string
  query: string
  sort: string
  is_pinned: number
}

const COLUMNS = 'id, name, query, sort, is_pinned'

const savedOf = ({ is_pinned, sort, ...row }: SavedRow): SavedSearch => ({
  ...row,
  // A newer Earmark may know more orders.
  sort: SearchSort.catch('date').parse(sort),
  isPinned: is_pinned === 1,
})

/** Searches with names, in their reader's own order. */
export const savedSearches = (db: ReadDb): SavedSearch[] =>
  prepared<SavedRow>(
    db,
    `SELECT ${COLUMNS} FROM saved_searches WHERE deleted_at_ms IS NULL ORDER BY position, id LIMIT ${MAX_SAVED}`,
  )
    .all()
    .map(savedOf)

const savedById = (db: ReadDb, id: SavedSearchId, isRemoved = false): SavedSearch => {
  const row = prepared<SavedRow>(
    db,
    `SELECT ${COLUMNS} FROM saved_searches WHERE id = ? AND deleted_at_ms IS ${isRemoved ? 'NOT ' : ''}NULL`,
  ).get(id)
  if (row) return savedOf(row)
  throw new EarmarkError('not_found', 'This saved search is no longer there: it was removed.')
}

function requireFreeName(db: ReadDb, name: string, id: SavedSearchId): void {
  const other = prepared<string>(
    db,
    'SELECT name FROM saved_searches WHERE name = ? COLLATE NOCASE AND id <> ? AND deleted_at_ms IS NULL',
  )
    .pluck()
    .get(name, id)
  if (other !== undefined)
    throw new EarmarkError('conflict', `There is a saved search "${other}" already. Choose another name.`, {
      field: 'name',
    })
}

/** Keeps a search at the end of the others; the same id again changes nothing. Raises `conflict`. In a transaction. */
export function saveSearch(
  db: WriteDb,
  { id, name, query, sort, isPinned }: SavedSearch,
  nowMs: number,
): SavedSearch {
  requireFreeName(db, name, id)
  const count = Number(
    prepared(db, 'SELECT count(*) FROM saved_searches WHERE deleted_at_ms IS NULL').pluck().get(),
  )
  if (count >= MAX_SAVED)
    throw new EarmarkError(
      'conflict',
      `There are ${MAX_SAVED} saved searches already. Remove some of them first.`,
    )
  prepared(
    db,
    `INSERT INTO saved_searches (id, name, query, sort, is_pinned, position, created_at_ms)
     VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(position), -1) + 1 FROM saved_searches), ?)
     ON CONFLICT (id) DO NOTHING`,
  ).run(id, name, query, sort, isPinned ? 1 : 0, nowMs)
  return savedById(db, id)
}

/** Changes what is given. Raises `conflict`, `not_found`. In a transaction. */
export function updateSearch(
  db: WriteDb,
  {
    id,
    ...changes
  }: { id: SavedSearchId } & { [K in 'name' | 'query' | 'sort' | 'isPinned']?: SavedSearch[K] | undefined },
): SavedSearch {
  const old = savedById(db, id)
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const next: SavedSearch = { ...old, ...given }
  requireFreeName(db, next.name, id)
  prepared(db, 'UPDATE saved_searches SET name = ?, query = ?, sort = ?, is_pinned = ? WHERE id = ?').run(
    next.name,
    next.query,
    next.sort,
    next.isPinned ? 1 : 0,
    id,
  )
  return next
}

/** Puts a search before another one; null: at the end. Raises `not_found`. In a transaction. */
export function moveSearch(db: WriteDb, id: SavedSearchId, before: SavedSearchId | null): void {
  savedById(db, id)
  const others = savedSearches(db)
    .map((one) => one.id)
    .filter((one) => one !== id)
  const at = before === null ? others.length : others.indexOf(before)
  const order = others.toSpliced(at < 0 ? others.length : at, 0, id)
  const place = prepared(db, 'UPDATE saved_searches SET position = ? WHERE id = ?')
  for (const [position, one] of order.entries()) place.run(position, one)
}

/** Takes a search away; `restoreSearch` brings it back. In a transaction. */
export function removeSearch(db: WriteDb, id: SavedSearchId, nowMs: number): void {
  prepared(db, 'UPDATE saved_searches SET deleted_at_ms = ? WHERE id = ? AND deleted_at_ms IS NULL').run(
    nowMs,
    id,
  )
}

/** Brings a removed search back to its place. Raises `conflict`, `not_found`. In a transaction. */
export function restoreSearch(db: WriteDb, id: SavedSearchId): SavedSearch {
  const removed = savedById(db, id, true)
  requireFreeName(db, removed.name, id)
  prepared(db, 'UPDATE saved_searches SET deleted_at_ms = NULL WHERE id = ?').run(id)
  return removed
}

/** Searches that were used lately, newest first. */
export const recentSearches = (db: ReadDb): RecentSearch[] =>
  prepared<{ query: string; used_at_ms: number }>(
    db,
    `SELECT query, used_at_ms FROM recent_searches ORDER BY used_at_ms DESC, query LIMIT ${MAX_RECENT}`,
  )
    .all()
    .map(({ query, used_at_ms }) => ({ query, usedAt: instantOf(used_at_ms) }))

/**
 * Remembers a search as the latest, also after the clock was set back; the oldest beyond twenty are forgotten. In a
 * transaction.
 */
export function noteRecent(db: WriteDb, text: string, nowMs: number): void {
  const query = text.trim()
  if (query === '') return
  prepared(
    db,
    `INSERT INTO recent_searches (query, used_at_ms)
     VALUES (?, max(?, coalesce((SELECT max(used_at_ms) + 1 FROM recent_searches), 0)))
     ON CONFLICT (query) DO UPDATE SET used_at_ms = excluded.used_at_ms`,
  ).run(query, nowMs)
  prepared(
    db,
    `DELETE FROM recent_searches WHERE query NOT IN (
       SELECT query FROM recent_searches ORDER BY used_at_ms DESC, query LIMIT ${MAX_RECENT})`,
  ).run()
}

/** Forgets one recent search; null: all. In a transaction. */
export function forgetRecent(db: WriteDb, query: string | null): void {
  if (query === null) prepared(db, 'DELETE FROM recent_searches').run()
  else prepared(db, 'DELETE FROM recent_searches WHERE query = ?').run(query)
}
