import { type CallId, type ConnectionKind, EarmarkError } from '@contract'
import type { ReadDb } from '../db/open'

/**
 * The call that somebody means: by Earmark's id (as search prints it) or by the vendor's own.
 * Raises `not_found`, or `conflict` when the vendor's id is used by several connections.
 */
export function findCallId(db: ReadDb, text: string): CallId {
  const own = db.prepare('SELECT id FROM calls WHERE id = ?').pluck().get(text)
  if (typeof own === 'string') return own
  const rows = db
    .prepare(
      `SELECT c.id FROM connections n CROSS JOIN calls c ON c.connection_id = n.id AND c.external_id = ?
       ORDER BY c.search_key DESC LIMIT 10`,
    )
    .pluck()
    .all(text) as string[]
  if (rows.length > 1)
    throw new EarmarkError(
      'conflict',
      `${rows.length} calls have the vendor's id "${text}". Use one of Earmark's ids instead: ${rows.join(', ')}.`,
    )
  const only = rows[0]
  if (only === undefined)
    throw new EarmarkError(
      'not_found',
      `There is no call "${text}" in this workspace. Find it with "earmark search".`,
    )
  return only
}

/** The connection that somebody means, by name (case does not matter) or id. Raises `not_found`. */
export function findConnection(
  connections: readonly { id: string; name: string; kind: ConnectionKind }[],
  text: string,
): { id: string; name: string; kind: ConnectionKind } {
  const found = connections.find((c) => c.id === text || c.name.toLowerCase() === text.trim().toLowerCase())
  if (found) return found
  const names = connections.map((c) => `"${c.name}"`).join(', ')
  throw new EarmarkError(
    'not_found',
    `There is no connection "${text}". ${names === '' ? 'Make one with "earmark connect".' : `There are: ${names}.`}`,
  )
}
