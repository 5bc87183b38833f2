import { type Revision, Vendor } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { vendors } from '../vendors'
import type { VendorCall } from '../vendors/vendor-call'
import { instantOf } from './call-row'
import { type Meaning, meaningOf } from './meaning'
import { filledFrom, listedOf } from './projection'

const MOST_REVISIONS = 200

interface RevisionRow {
  id: number
  number: number
  kind: 'summary' | 'detail'
  seen_at_ms: number
  bytes: number
}

const revisionOf = (row: RevisionRow): Revision => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  seenAt: instantOf(row.seen_at_ms),
  bytes: row.bytes,
})

/** A call's revisions, newest first, at most 200. */
export const revisionsOf = (db: ReadDb, callPk: number): Revision[] =>
  prepared<RevisionRow>(
    db,
    `SELECT id, row_number() OVER (ORDER BY id) AS number, kind, seen_at_ms, octet_length(raw) AS bytes
     FROM revisions WHERE call_pk = ? ORDER BY id DESC LIMIT ${MOST_REVISIONS}`,
  )
    .all(callPk)
    .map(revisionOf)

/** One revision of a call; null when the call has none of that id. */
export function findRevision(db: ReadDb, callPk: number, id: number): Revision | null {
  const row = prepared<RevisionRow>(
    db,
    `SELECT id, (SELECT count(*) FROM revisions e WHERE e.call_pk = v.call_pk AND e.id <= v.id) AS number, kind,
       seen_at_ms, octet_length(raw) AS bytes
     FROM revisions v WHERE id = ? AND call_pk = ?`,
  ).get(id, callPk)
  return row ? revisionOf(row) : null
}

/** What a call was at some time: the newest list row and the newest detail that were known then. Ids of revisions. */
export interface RevisionPair {
  summary: number | null
  detail: number | null
}

type Pick = (kind: 'summary' | 'detail') => number | null

const pairOf = (pick: Pick): RevisionPair => ({ summary: pick('summary'), detail: pick('detail') })

/** As it was when this revision was the newest; null: as it is now. */
export const pairAt = (db: ReadDb, callPk: number, id: number | null): RevisionPair =>
  pairOf(
    (kind) =>
      prepared<number | null>(db, 'SELECT max(id) FROM revisions WHERE call_pk = ? AND kind = ? AND id <= ?')
        .pluck()
        .get(callPk, kind, id ?? Number.MAX_SAFE_INTEGER) ?? null,
  )

/** As it was at a time, for looks of which nothing but the time is known. */
export const pairAtTime = (db: ReadDb, callPk: number, atMs: number): RevisionPair =>
  pairOf(
    (kind) =>
      prepared<number | null>(
        db,
        'SELECT max(id) FROM revisions WHERE call_pk = ? AND kind = ? AND seen_at_ms <= ?',
      )
        .pluck()
        .get(callPk, kind, atMs) ?? null,
  )

/** With these records (their hashes; null: there was none of that kind); null when one of them is not kept here. */
export function pairOfHashes(
  db: ReadDb,
  callPk: number,
  hashes: { summary: string | null; detail: string | null },
): RevisionPair | null {
  const pair = pairOf((kind) =>
    hashes[kind] === null
      ? null
      : (prepared<number | null>(
          db,
          'SELECT max(id) FROM revisions WHERE call_pk = ? AND kind = ? AND hash = ?',
        )
          .pluck()
          .get(callPk, kind, hashes[kind]) ?? null),
  )
  const isKept = (['summary', 'detail'] as const).every(
    (kind) => (pair[kind] === null) === (hashes[kind] === null),
  )
  return isKept && newestOf(pair) !== null ? pair : null
}

/** The revision by which a pair is named: the newer of the two. */
export const newestOf = ({ summary, detail }: RevisionPair): number | null =>
  summary === null || detail === null ? (summary ?? detail) : Math.max(summary, detail)

/** Of a stored call, what reading its records again needs. */
export interface StoredRecords {
  pk: number
  vendor: string
  campaign_id: string | null
  base_url: string
}

/**
 * What a call meant with these records: the detail, filled with what only the list told, as store.ts does it. Null
 * when there is no record, or none that this version of Earmark can read.
 */
export function meaningAt(db: ReadDb, call: StoredRecords, pair: RevisionPair): Meaning | null {
  const detail = readRecord(db, call, pair.detail, 'detail')
  const summary = readRecord(db, call, pair.summary, 'list')
  const latest = detail ?? summary
  if (!latest) return null
  return meaningOf(detail && summary ? filledFrom(detail, listedOf(summary)) : latest)
}

function readRecord(
  db: ReadDb,
  call: StoredRecords,
  id: number | null,
  source: 'list' | 'detail',
): VendorCall | null {
  if (id === null) return null
  const raw = prepared<string>(db, 'SELECT raw FROM revisions WHERE id = ?').pluck().get(id)
  if (raw === undefined) return null
  const context = {
    campaignId: call.campaign_id,
    source,
    ...(call.base_url === '' ? {} : { baseUrl: call.base_url }),
  }
  // In a list of its own: a record is never taken for an answer that holds records.
  return vendors[Vendor.parse(call.vendor)].parse([JSON.parse(raw)], context).calls[0] ?? null
}
