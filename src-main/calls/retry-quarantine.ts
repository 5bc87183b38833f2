import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ConnectionId, EarmarkError, type JsonValue } from '@contract'
import { getConnection, type StoredConnection } from '../connections/queries'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { parseSaved, vendors } from '../vendors'
import { parseJson, toJsonValue } from '../vendors/json'
import type { ParsedAnswer } from '../vendors/vendor-call'
import { releaseReadable } from './quarantine'
import { upsertCalls } from './store'

/** Records read in one transaction: some milliseconds each, so that a save of the same worker gets its turn. */
const BATCH = 100

interface QuarantinedRow {
  id: number
  external_id: string | null
  raw: string
  hash: string
  last_seen_at_ms: number
}

export interface RetryResult {
  readable: number
  stillUnreadable: number
}

/** Which connection a record belongs to. Raises `not_found`. */
export function connectionOfRecord(db: ReadDb, id: number): ConnectionId {
  const connectionId = prepared<string>(db, 'SELECT connection_id FROM quarantine WHERE id = ?')
    .pluck()
    .get(id)
  if (connectionId !== undefined) return connectionId
  throw new EarmarkError('not_found', 'This record is not set aside any more.', { id })
}

/** Connections that have something set aside and were not removed. */
export const connectionsWithQuarantine = (db: ReadDb): ConnectionId[] =>
  prepared<string>(
    db,
    `SELECT c.id FROM connections c WHERE c.removed_at_ms IS NULL
       AND EXISTS (SELECT 1 FROM quarantine q WHERE q.connection_id = c.id)`,
  )
    .pluck()
    .all()

/** The whole record, indented; as it is where it is a text that never was JSON. Raises `not_found`. */
export function quarantinedRaw(db: ReadDb, id: number): string {
  const raw = prepared<string>(db, 'SELECT raw FROM quarantine WHERE id = ?').pluck().get(id)
  if (raw === undefined) throw new EarmarkError('not_found', 'This record is not set aside any more.', { id })
  const value: unknown = JSON.parse(raw)
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/**
 * Reads a connection's quarantined records (or one of them) with today's parser; what is readable is stored as a sync
 * would and released, what is not gets today's reason. With the connection's lock. The latest come first, and one that
 * is readable releases the earlier ones of its call, as in a sync; one that is older than what is stored of its call
 * stays set aside rather than undo it. Raises `cancelled` when the database was closed meanwhile.
 */
export async function retryRecords(
  db: WriteDb,
  connectionId: ConnectionId,
  onlyId: number | null,
): Promise<RetryResult> {
  const connection = getConnection(db, connectionId)
  const result: RetryResult = { readable: 0, stillUnreadable: 0 }
  // The ids alone are held: records may be large, and new ones may be set aside meanwhile.
  const ids =
    onlyId === null
      ? prepared<number>(
          db,
          'SELECT id FROM quarantine WHERE connection_id = ? ORDER BY last_seen_at_ms DESC, id DESC',
        )
          .pluck()
          .all(connectionId)
      : [onlyId]
  for (let from = 0; from < ids.length; from += BATCH) {
    if (!db.open) throw new EarmarkError('cancelled', 'Earmark was closed; what was read is kept.')
    db.transaction(() => {
      for (const id of ids.slice(from, from + BATCH)) retryOne(db, connection, id, result)
    })()
    await nextTurn()
  }
  return result
}

function retryOne(db: WriteDb, connection: StoredConnection, id: number, result: RetryResult): void {
  const row = prepared<QuarantinedRow>(
    db,
    'SELECT id, external_id, raw, hash, last_seen_at_ms FROM quarantine WHERE id = ? AND connection_id = ?',
  ).get(id, connection.id)
  // Released by a later one of the same call.
  if (row === undefined) return
  const { calls, unreadable } = parseAgain(connection, row)
  const problem = unreadable[0]?.reason ?? (calls.length === 0 ? 'There is no call in the record.' : null)
  const older = problem === null ? olderThanStored(db, connection.id, row, calls) : null
  if (problem !== null || older !== null) {
    prepared(db, 'UPDATE quarantine SET reason = ? WHERE id = ?').run(problem ?? older, id)
    result.stillUnreadable += 1
    return
  }
  upsertCalls(db, connection, calls, Date.now())
  releaseReadable(db, connection.id, calls, newerOnes(db, connection.id, row))
  prepared(db, 'DELETE FROM quarantine WHERE id = ?').run(id)
  result.readable += 1
}

/** Hashes of what was set aside of the same call after this record: a readable record stands for earlier ones alone. */
function newerOnes(db: ReadDb, connectionId: ConnectionId, row: QuarantinedRow): Set<string> {
  const hashes = prepared<string>(
    db,
    `SELECT hash FROM quarantine WHERE connection_id = ? AND external_id = ?
       AND (last_seen_at_ms, id) > (?, ?)`,
  )
    .pluck()
    .all(connectionId, row.external_id, row.last_seen_at_ms, row.id)
  return new Set(hashes)
}

function parseAgain(connection: StoredConnection, row: QuarantinedRow): ParsedAnswer {
  const json = recordOf(row.raw)
  // Which campaign was asked for is known where there is only one.
  const campaignId = connection.campaignIds.length === 1 ? (connection.campaignIds[0] ?? null) : null
  const api = vendors[connection.vendor]
  // A record with an id came out of the vendor's own answer. In files, anything can stand: it has to be recognised.
  if (connection.kind === 'api' || row.external_id !== null) {
    const answer = api.parse(json, { campaignId, source: 'saved', ...baseOf(connection) })
    // A vendor that answered with another call than the one asked for: readable, but not what it says to be.
    const isOther =
      row.external_id !== null && answer.calls.some(({ externalId }) => externalId !== row.external_id)
    if (!isOther) return answer
    const reason = `The record is that of another call than "${row.external_id}", which was asked for.`
    return { calls: [], unreadable: [{ externalId: row.external_id, reason, raw: null }], campaignInfo: {} }
  }
  const parts = parseSaved(json)
  const own = parts.find(({ vendor }) => vendor === connection.vendor)
  if (own) return own.answer
  const reason =
    parts[0] === undefined
      ? 'The record is not of a shape that either vendor gives.'
      : `The record is ${vendors[parts[0].vendor].name}'s. Import it, or add a connection for ${vendors[parts[0].vendor].name}.`
  return {
    calls: [],
    unreadable: [{ externalId: null, reason, raw: toJsonValue(json).value }],
    campaignInfo: {},
  }
}

const baseOf = ({ baseUrl }: StoredConnection): { baseUrl?: string } => (baseUrl === '' ? {} : { baseUrl })

/** What was set aside: a record, or a line that was no JSON for the parser of then. */
function recordOf(raw: string): unknown {
  const value: JsonValue = JSON.parse(raw)
  if (typeof value !== 'string') return value
  try {
    return parseJson(value)
  } catch {
    return value
  }
}

/** Why a readable record is not stored: a newer one of its call is there, which it would undo. */
function olderThanStored(
  db: ReadDb,
  connectionId: ConnectionId,
  row: QuarantinedRow,
  calls: ParsedAnswer['calls'],
): string | null {
  const newer = prepared(
    db,
    `SELECT 1 FROM calls c JOIN revisions r ON r.call_pk = c.pk AND r.kind = ?
     WHERE c.connection_id = ? AND c.external_id = ? AND r.seen_at_ms > ? LIMIT 1`,
  )
  const isOlder = calls.some(
    ({ completeness, externalId }) =>
      newer.get(completeness, connectionId, externalId, row.last_seen_at_ms) !== undefined,
  )
  return isOlder
    ? 'The record can be read now, but a newer one of its call has been stored since; it is kept here as it is.'
    : null
}
