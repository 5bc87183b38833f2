import {
  BaseUrl,
  type Connection,
  type ConnectionDraft,
  type ConnectionId,
  type ConnectionKind,
  ConnectionSettings,
  EarmarkError,
  type JsonValue,
  type SyncRun,
  Vendor,
} from '@contract'
import { z } from 'zod'
import { connectionIdOf } from '../calls/identity'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { scheduledAtMs } from '../sync/scheduled-runs'

/** A connection as stored, without what is counted for the screen. */
export interface StoredConnection {
  id: ConnectionId
  kind: ConnectionKind
  vendor: Vendor
  name: string
  baseUrl: string
  /** Absolute; of kind `folder` only. */
  folder: string | null
  campaignIds: string[]
  settings: ConnectionSettings
  /** Whether the keychain has entries for it. */
  keepsSecrets: boolean
  createdAtMs: number
}

interface ConnectionRow {
  id: string
  kind: ConnectionKind
  vendor: string
  name: string
  base_url: string
  folder: string | null
  campaign_ids: string
  settings: string
  keeps_secrets: number
  created_at_ms: number
}

const COLUMNS =
  'id, kind, vendor, name, base_url, folder, campaign_ids, settings, keeps_secrets, created_at_ms'

function storedConnection(row: ConnectionRow): StoredConnection {
  return {
    id: row.id,
    kind: row.kind,
    vendor: Vendor.parse(row.vendor),
    name: row.name,
    baseUrl: row.base_url,
    folder: row.folder,
    campaignIds: z.array(z.string()).parse(JSON.parse(row.campaign_ids)),
    settings: ConnectionSettings.parse(JSON.parse(row.settings)),
    keepsSecrets: row.keeps_secrets === 1,
    createdAtMs: row.created_at_ms,
  }
}

/** A connection that was not removed. Raises `not_found`. */
export function getConnection(db: ReadDb, id: ConnectionId): StoredConnection {
  const row = prepared<ConnectionRow>(
    db,
    `SELECT ${COLUMNS} FROM connections WHERE id = ? AND removed_at_ms IS NULL`,
  ).get(id)
  if (!row)
    throw new EarmarkError('not_found', 'This connection is not there any more.', { connectionId: id })
  return storedConnection(row)
}

/** The connection of this name (case does not count), or null. */
export function findConnectionByName(db: ReadDb, name: string): StoredConnection | null {
  const row = prepared<ConnectionRow>(
    db,
    `SELECT ${COLUMNS} FROM connections WHERE name = ? COLLATE NOCASE AND removed_at_ms IS NULL`,
  ).get(name.trim())
  return row ? storedConnection(row) : null
}

/** All connections that were not removed, by name, with their numbers and their last run. */
export function listConnections(db: ReadDb): Connection[] {
  const rows = prepared<ConnectionRow>(
    db,
    `SELECT ${COLUMNS} FROM connections WHERE removed_at_ms IS NULL ORDER BY name COLLATE NOCASE`,
  ).all()
  const calls = countsBy(db, 'calls')
  const quarantined = countsBy(db, 'quarantine')
  return rows.map((row) => {
    const { createdAtMs, keepsSecrets, ...connection } = storedConnection(row)
    const syncsItself = connection.kind === 'api' && keepsSecrets
    return {
      ...connection,
      createdAt: new Date(createdAtMs).toISOString(),
      callCount: calls.get(row.id) ?? 0,
      quarantineCount: quarantined.get(row.id) ?? 0,
      lastRun: lastSync(db, row.id),
      nextSyncAt: nextSyncAt(db, row.id, syncsItself ? connection.settings.everyMinutes : null),
      campaigns: campaignsOf(db, row.id),
    }
  })
}

/** The schedule's next sync; null without one. */
function nextSyncAt(db: ReadDb, id: ConnectionId, everyMinutes: number | null): string | null {
  const atMs = scheduledAtMs(db, id, everyMinutes, Date.now())
  return atMs === null ? null : new Date(atMs).toISOString()
}

/** One connection as the list has it. Raises `not_found`. */
export function describeConnection(db: ReadDb, id: ConnectionId): Connection {
  const connection = listConnections(db).find((one) => one.id === id)
  if (!connection)
    throw new EarmarkError('not_found', 'This connection is not there any more.', { connectionId: id })
  return connection
}

function countsBy(db: ReadDb, table: 'calls' | 'quarantine'): Map<string, number> {
  const rows = prepared<{ id: string; count: number }>(
    db,
    `SELECT connection_id AS id, count(*) AS count FROM ${table} GROUP BY connection_id`,
  ).all()
  return new Map(rows.map(({ id, count }) => [id, count]))
}

function campaignsOf(db: ReadDb, id: ConnectionId): Connection['campaigns'] {
  return prepared<{ campaign_id: string; name: string | null; info: string; seen_at_ms: number }>(
    db,
    'SELECT campaign_id, name, info, seen_at_ms FROM campaigns WHERE connection_id = ? ORDER BY campaign_id',
  )
    .all(id)
    .map((row) => ({
      campaignId: row.campaign_id,
      name: row.name,
      info: z.record(z.string(), z.json()).parse(JSON.parse(row.info)),
      seenAt: new Date(row.seen_at_ms).toISOString(),
    }))
}

/** Keeps what a vendor says of campaigns beside their calls; what is no object is kept under "value". */
export function noteCampaigns(
  db: WriteDb,
  id: ConnectionId,
  info: Readonly<Record<string, JsonValue>>,
  nowMs: number,
): void {
  for (const [campaignId, said] of Object.entries(info)) {
    const isObject = typeof said === 'object' && said !== null && !Array.isArray(said)
    const text = JSON.stringify(isObject ? said : { value: said })
    prepared(
      db,
      `INSERT INTO campaigns (connection_id, campaign_id, info, seen_at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (connection_id, campaign_id) DO UPDATE SET info = excluded.info, seen_at_ms = excluded.seen_at_ms`,
    ).run(id, campaignId, text, nowMs)
  }
}

interface RunRow {
  id: number
  connection_id: string
  started_at_ms: number
  finished_at_ms: number | null
  outcome: SyncRun['outcome']
  trigger: SyncRun['trigger']
  listed: number
  added: number
  updated: number
  unchanged: number
  quarantined: number
  recordings_downloaded: number
  recordings_failed: number
  problem: string | null
}

/** A connection's sync runs, newest first. */
export function listRuns(db: ReadDb, id: ConnectionId, limit: number): SyncRun[] {
  return prepared<RunRow>(db, 'SELECT * FROM sync_runs WHERE connection_id = ? ORDER BY id DESC LIMIT ?')
    .all(id, limit)
    .map(syncRun)
}

/** The last run that asked for all that is new: a webhook's single calls are none. */
function lastSync(db: ReadDb, id: ConnectionId): SyncRun | null {
  const row = prepared<RunRow>(
    db,
    "SELECT * FROM sync_runs WHERE connection_id = ? AND trigger <> 'webhook' ORDER BY id DESC LIMIT 1",
  ).get(id)
  return row ? syncRun(row) : null
}

const syncRun = (row: RunRow): SyncRun => ({
  id: row.id,
  connectionId: row.connection_id,
  trigger: row.trigger,
  startedAt: new Date(row.started_at_ms).toISOString(),
  finishedAt: row.finished_at_ms === null ? null : new Date(row.finished_at_ms).toISOString(),
  outcome: row.outcome,
  counts: {
    listed: row.listed,
    added: row.added,
    updated: row.updated,
    unchanged: row.unchanged,
    quarantined: row.quarantined,
    recordings: { downloaded: row.recordings_downloaded, failed: row.recordings_failed },
  },
  problem: row.problem,
})

/** Raises `conflict` when another connection has this name (case does not count). */
export function requireFreeName(db: ReadDb, name: string, ownId: ConnectionId | null): void {
  const holder = findConnectionByName(db, name)
  if (holder === null || holder.id === ownId) return
  throw new EarmarkError(
    'conflict',
    `There is a connection named "${holder.name}" already. Choose another name.`,
    {
      connectionId: holder.id,
    },
  )
}

/**
 * The id that a new connection of this name gets: that of a removed one of the same name, so that its calls and what
 * was written on them come back; a fresh one where that id belongs to a connection that was renamed.
 */
export function idForNew(db: ReadDb, vendor: Vendor, name: string): ConnectionId {
  const isLive = prepared(db, 'SELECT 1 FROM connections WHERE id = ? AND removed_at_ms IS NULL')
  for (let attempt = 0; ; attempt += 1) {
    const id = connectionIdOf(vendor, name, attempt)
    if (isLive.get(id) === undefined) return id
  }
}

/** Writes a connection, new or brought back. Raises `conflict`. */
export function insertConnection(
  db: WriteDb,
  id: ConnectionId,
  what: { kind: ConnectionKind; keepsSecrets: boolean; folder?: string },
  draft: ConnectionDraft,
  nowMs: number,
): void {
  db.transaction(() => {
    requireFreeName(db, draft.name, id)
    prepared(
      db,
      `INSERT INTO connections (id, kind, keeps_secrets, folder, vendor, name, base_url, campaign_ids, settings,
         created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, keeps_secrets = excluded.keeps_secrets,
         folder = excluded.folder, name = excluded.name, base_url = excluded.base_url, campaign_ids = excluded.campaign_ids,
         settings = excluded.settings, state = '{}', removed_at_ms = NULL`,
    ).run(
      id,
      what.kind,
      what.keepsSecrets ? 1 : 0,
      what.folder ?? null,
      draft.vendor,
      draft.name,
      draft.baseUrl,
      JSON.stringify(draft.campaignIds),
      JSON.stringify(draft.settings),
      nowMs,
    )
  }).immediate()
}

/**
 * Changes a connection. What a sync learned and where it stopped is forgotten when another address or dialect is
 * asked from now on. Raises `not_found`, `conflict`, `invalid_input` (the vendor can't change).
 */
export function updateConnection(
  db: WriteDb,
  id: ConnectionId,
  draft: ConnectionDraft,
  hasNewSecrets: boolean,
): void {
  db.transaction(() => {
    const before = getConnection(db, id)
    requireFreeName(db, draft.name, id)
    if (before.vendor !== draft.vendor || before.kind !== 'api')
      throw new EarmarkError(
        'invalid_input',
        before.kind === 'api'
          ? 'The vendor of a connection can’t be changed. Make a new connection.'
          : before.kind === 'folder'
            ? `"${before.name}" reads a folder; it has no address to change.`
            : `"${before.name}" holds imported calls; it has no address to change.`,
      )
    const asksElsewhere =
      before.baseUrl !== draft.baseUrl || before.settings.dialect !== draft.settings.dialect
    prepared(
      db,
      `UPDATE connections SET name = ?, base_url = ?, campaign_ids = ?, settings = ?,
         state = iif(?, '{}', state), keeps_secrets = max(keeps_secrets, ?) WHERE id = ?`,
    ).run(
      draft.name,
      draft.baseUrl,
      JSON.stringify(draft.campaignIds),
      JSON.stringify(draft.settings),
      asksElsewhere ? 1 : 0,
      hasNewSecrets ? 1 : 0,
      id,
    )
    if (asksElsewhere) prepared(db, 'DELETE FROM listing_seen WHERE connection_id = ?').run(id)
  }).immediate()
}

/** Marks a connection removed; its calls stay. Raises `not_found`. */
export function removeConnection(db: WriteDb, id: ConnectionId, nowMs: number): void {
  getConnection(db, id)
  prepared(db, "UPDATE connections SET removed_at_ms = ?, state = '{}' WHERE id = ?").run(nowMs, id)
  prepared(db, 'DELETE FROM listing_seen WHERE connection_id = ?').run(id)
  prepared(db, 'DELETE FROM webhooks WHERE connection_id = ?').run(id)
}

/** An address as it is stored: without slashes at its end, so that the same one is the same text. */
export const tidyBaseUrl = (text: string): string => BaseUrl.parse(text).replace(/\/+$/, '')
