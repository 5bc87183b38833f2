import type { ConnectionId } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { Batch } from './delivery-queue'

/** A receiver's settings and numbers, as kept. Its secrets are in the keychain. */
export interface StoredWebhook {
  connectionId: ConnectionId
  isEnabled: boolean
  port: number | null
  lastPort: number | null
  hasHmac: boolean
  hmacHeader: string
  accepted: number
  refused: number
  lastAtMs: number | null
  problem: string | null
}

export const DEFAULT_HMAC_HEADER = 'x-signature'
/** Runs of deliveries that the history keeps, of each connection: a call centre makes thousands a day. */
const KEPT_RUNS = 500

interface Row {
  connection_id: string
  is_enabled: number
  port: number | null
  last_port: number | null
  has_hmac: number
  hmac_header: string
  accepted: number
  refused: number
  last_at_ms: number | null
  problem: string | null
}

/** A connection's receiver; one that was never switched on is off. */
export function getWebhook(db: ReadDb, id: ConnectionId): StoredWebhook {
  const row = prepared<Row>(db, 'SELECT * FROM webhooks WHERE connection_id = ?').get(id)
  return {
    connectionId: id,
    isEnabled: row?.is_enabled === 1,
    port: row?.port ?? null,
    lastPort: row?.last_port ?? null,
    hasHmac: row?.has_hmac === 1,
    hmacHeader: row?.hmac_header ?? DEFAULT_HMAC_HEADER,
    accepted: row?.accepted ?? 0,
    refused: row?.refused ?? 0,
    lastAtMs: row?.last_at_ms ?? null,
    problem: row?.problem ?? null,
  }
}

/** Connections whose receiver is switched on and that are still there. */
export const enabledWebhooks = (db: ReadDb): ConnectionId[] =>
  prepared<string>(
    db,
    `SELECT w.connection_id FROM webhooks w JOIN connections c ON c.id = w.connection_id
     WHERE w.is_enabled = 1 AND c.removed_at_ms IS NULL ORDER BY w.connection_id`,
  )
    .pluck()
    .all()

/** Keeps the settings; numbers stay. A changed setting forgets the last delivery's problem. */
export function keepWebhook(
  db: WriteDb,
  webhook: Pick<StoredWebhook, 'connectionId' | 'isEnabled' | 'port' | 'hasHmac' | 'hmacHeader'>,
): void {
  prepared(
    db,
    `INSERT INTO webhooks (connection_id, is_enabled, port, has_hmac, hmac_header)
     VALUES (@connectionId, @isEnabled, @port, @hasHmac, @hmacHeader)
     ON CONFLICT (connection_id) DO UPDATE SET is_enabled = excluded.is_enabled, port = excluded.port,
       has_hmac = excluded.has_hmac, hmac_header = excluded.hmac_header, problem = NULL`,
  ).run({ ...webhook, isEnabled: webhook.isEnabled ? 1 : 0, hasHmac: webhook.hasHmac ? 1 : 0 })
}

/** Notes which port was free, to listen on the same one next time. */
export function noteLastPort(db: WriteDb, id: ConnectionId, port: number): void {
  prepared(db, 'UPDATE webhooks SET last_port = ? WHERE connection_id = ?').run(port, id)
}

/** What came in since it was last noted. `problem: undefined` leaves the one that is there. */
export interface WebhookNews {
  accepted: number
  refused: number
  lastAtMs: number | null
  problem: string | null | undefined
}

export function noteNews(db: WriteDb, id: ConnectionId, news: WebhookNews): void {
  prepared(
    db,
    `UPDATE webhooks SET accepted = accepted + @accepted, refused = refused + @refused,
       last_at_ms = coalesce(@lastAtMs, last_at_ms), problem = iif(@hasProblem, @problem, problem)
     WHERE connection_id = @id`,
  ).run({
    id,
    accepted: news.accepted,
    refused: news.refused,
    lastAtMs: news.lastAtMs,
    hasProblem: news.problem === undefined ? 0 : 1,
    problem: news.problem ?? null,
  })
}

/**
 * Adds a batch of deliveries to the connection's history, as one run that is over. Unlike a sync's it is never
 * open: the sync that may go on meanwhile would be taken for one that died.
 */
export function noteRun(db: WriteDb, id: ConnectionId, batch: Batch, nowMs: number): void {
  db.transaction(() => {
    prepared(
      db,
      `INSERT INTO sync_runs (connection_id, trigger, started_at_ms, finished_at_ms, outcome, listed, added, updated,
         unchanged, problem)
       VALUES (@id, 'webhook', @startedAtMs, @nowMs, @outcome, @listed, @added, @updated, @unchanged, @problem)`,
    ).run({
      id,
      startedAtMs: batch.startedAtMs,
      nowMs,
      outcome: batch.givenUp > 0 ? 'failed' : 'done',
      listed: batch.added + batch.updated + batch.unchanged + batch.givenUp,
      added: batch.added,
      updated: batch.updated,
      unchanged: batch.unchanged,
      problem: batch.givenUp > 0 ? batch.problem : null,
    })
    prepared(
      db,
      `DELETE FROM sync_runs WHERE connection_id = @id AND trigger = 'webhook' AND id < (
         SELECT id FROM sync_runs WHERE connection_id = @id AND trigger = 'webhook'
         ORDER BY id DESC LIMIT 1 OFFSET ${KEPT_RUNS - 1})`,
    ).run({ id })
  })()
}
