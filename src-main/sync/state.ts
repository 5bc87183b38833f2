import type { ConnectionId } from '@contract'
import { z } from 'zod'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'

const Position = z.record(z.string(), z.json())

/**
 * One walk over a campaign's pages. `full`: all of them. `head`: from the first page until nothing is missing,
 * for what came in at the front meanwhile.
 */
export const Pass = z.object({
  number: z.number().int(),
  kind: z.enum(['full', 'head']),
  /** The vendor's own; only its functions look inside. */
  position: Position,
  pages: z.number().int(),
  /** What the vendor said there is, on this pass's first page and on its latest; null: it did not say. */
  firstTotal: z.number().nullable(),
  lastTotal: z.number().nullable(),
  /** The total went down while this pass went on: rows moved up, over a page's edge perhaps. */
  hasShrunk: z.boolean(),
  /** Different rows on this pass, and on all passes of this listing. */
  rowsInPass: z.number().int(),
  rowsInAll: z.number().int(),
  /** Rows that this pass saw twice. */
  repeatedRows: z.number().int(),
  /** Pages in a row that held rows, none of them new to this pass. */
  stalePages: z.number().int(),
})
export type Pass = z.infer<typeof Pass>

export const CampaignListing = z.object({
  /** null: the whole organisation. */
  campaignId: z.string().nullable(),
  /** null: not begun. */
  pass: Pass.nullable(),
  isDone: z.boolean(),
  /** Done, and nothing spoke for a missing row. */
  isSure: z.boolean(),
})
export type CampaignListing = z.infer<typeof CampaignListing>

export const Listing = z.object({
  startedAtMs: z.number(),
  /** Only calls from then on are asked for; null: all. */
  fromMs: z.number().nullable(),
  campaigns: z.array(CampaignListing),
})
export type Listing = z.infer<typeof Listing>

/** Where a connection's sync stands: all that planning knows of earlier runs. */
export const SyncState = z.object({
  /** What the vendor's planning found out about the server. */
  learned: z.record(z.string(), z.string()).default({}),
  /** The listing under way; null between listings. */
  listing: Listing.nullable().default(null),
  /** When the last listing that was gone through to its end began. */
  listedAtMs: z.number().nullable().default(null),
  /** The same, of one that asked for everything and left no doubt. */
  fullyListedAtMs: z.number().nullable().default(null),
})
export type SyncState = z.infer<typeof SyncState>

/** A connection's state; one that can't be read (of another version) is begun anew, which costs a listing. */
export function readState(db: ReadDb, id: ConnectionId): SyncState {
  const text = prepared<string>(db, 'SELECT state FROM connections WHERE id = ?').pluck().get(id)
  const parsed = SyncState.safeParse(JSON.parse(text ?? '{}'))
  return parsed.success ? parsed.data : SyncState.parse({})
}

/** In the transaction of the rows that the state covers. */
export function writeState(db: WriteDb, id: ConnectionId, state: SyncState): void {
  prepared(db, 'UPDATE connections SET state = ? WHERE id = ?').run(JSON.stringify(state), id)
}

/** What a row of a page is to its listing; see `noteSeen`. */
export type RowKind = 'new' | 'earlier' | 'repeated'

/**
 * Notes that a pass saw these rows. Answers for each, in order, what it is: `new` to the listing, seen by an
 * `earlier` pass, or seen by this very pass already (`repeated`).
 */
export function noteSeen(
  db: WriteDb,
  id: ConnectionId,
  campaignId: string | null,
  rowIds: readonly string[],
  pass: number,
): RowKind[] {
  const find = prepared<number>(
    db,
    'SELECT pass FROM listing_seen WHERE connection_id = ? AND campaign_id = ? AND external_id = ?',
  ).pluck()
  const note = prepared(
    db,
    `INSERT INTO listing_seen (connection_id, campaign_id, external_id, pass) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET pass = excluded.pass`,
  )
  return rowIds.map((rowId) => {
    const before = find.get(id, campaignId ?? '', rowId)
    if (before === pass) return 'repeated'
    note.run(id, campaignId ?? '', rowId, pass)
    return before === undefined ? 'new' : 'earlier'
  })
}

/** Which of these rows the listing under way has shown already. */
export function seenBefore(
  db: ReadDb,
  id: ConnectionId,
  campaignId: string | null,
  rowIds: readonly string[],
): Set<string> {
  const find = prepared(
    db,
    'SELECT 1 FROM listing_seen WHERE connection_id = ? AND campaign_id = ? AND external_id = ?',
  )
  return new Set(rowIds.filter((rowId) => find.get(id, campaignId ?? '', rowId) !== undefined))
}

/** Forgets what was seen of one campaign, or (`undefined`) of all. */
export function forgetSeen(db: WriteDb, id: ConnectionId, campaignId?: string | null): void {
  if (campaignId === undefined) prepared(db, 'DELETE FROM listing_seen WHERE connection_id = ?').run(id)
  else
    prepared(db, 'DELETE FROM listing_seen WHERE connection_id = ? AND campaign_id = ?').run(
      id,
      campaignId ?? '',
    )
}

/**
 * Marks the calls of a campaign (null: of the connection) that a complete listing did not show. They stay: a sync
 * deletes nothing. A call that came in by another way since the listing began (`beganMs`) is newer than its answer.
 * Answers how many were marked.
 */
export function markGone(
  db: WriteDb,
  id: ConnectionId,
  campaignId: string | null,
  beganMs: number,
  nowMs: number,
): number {
  return prepared(
    db,
    `UPDATE calls SET gone_since_ms = @nowMs
     WHERE connection_id = @id AND gone_since_ms IS NULL AND (@campaignId IS NULL OR campaign_id = @campaignId)
       AND first_seen_at_ms < @beganMs
       AND NOT EXISTS (SELECT 1 FROM listing_seen s
         WHERE s.connection_id = @id AND s.campaign_id = coalesce(@campaignId, '')
           AND s.external_id = calls.external_id)`,
  ).run({ id, campaignId, beganMs, nowMs }).changes
}
