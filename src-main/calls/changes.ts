import { type CallChanges, type CallId, EarmarkError, type Revision } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { type LookRecord, lookOf } from '../reviews/looks'
import { instantOf } from './call-row'
import { differencesOf } from './differences'
import { meaningHash, storedMeaningHash, versionOf } from './meaning'
import { noSuchCall } from './queries'
import {
  findRevision,
  meaningAt,
  newestOf,
  pairAt,
  pairAtTime,
  pairOfHashes,
  type RevisionPair,
  revisionsOf,
  type StoredRecords,
} from './revisions'

interface Row extends StoredRecords {
  meaning_hash: string | null
  summary_hash: string | null
  detail_hash: string | null
  updated_at_ms: number
  changed_at_ms: number | null
}

export interface ChangesRequest {
  callId: CallId
  reviewer: string | null
  from: number | null
  to: number | null
}

/** The revisions of a call, newest first, at most 200. Raises `not_found`. */
export const callRevisions = (db: ReadDb, callId: CallId): Revision[] =>
  revisionsOf(db, findCall(db, callId).pk)

/**
 * What became different of a call: since a reviewer's last look, or between two of its revisions (`to: null`: the
 * newest). The vendor's records of both are read again by the vendor's own parser. `db` has `reviews` attached. Raises
 * `not_found`.
 */
export function callChanges(db: ReadDb, { callId, reviewer, from, to }: ChangesRequest): CallChanges {
  // Of one moment: a sync may write between two statements.
  return db.transaction(() => {
    const call = findCall(db, callId)
    const look = reviewer === null ? null : lookOf(db, callId, reviewer)
    const earlier =
      from === null ? lookedAt(db, call.pk, look) : pairAt(db, call.pk, knownId(db, call.pk, from))
    const later = pairAt(db, call.pk, to === null ? null : knownId(db, call.pk, to))
    const before = earlier && meaningAt(db, call, earlier)
    const after = meaningAt(db, call, later)
    const revision = (pair: RevisionPair | null): Revision | null => {
      const id = pair && newestOf(pair)
      return id === null ? null : findRevision(db, call.pk, id)
    }
    const target = revision(later)
    const found =
      before && after && target && meaningHash(before) !== meaningHash(after)
        ? differencesOf(before, after, target.seenAt)
        : { differences: [], count: 0 }
    const isSinceLook = look !== null && reviewer !== null && from === null && to === null
    return {
      since: isSinceLook ? { reviewer, kind: look.kind, at: instantOf(look.looked_at_ms) } : null,
      from: before && revision(earlier),
      to: after && target,
      version: versionOf({
        meaningHash: call.meaning_hash ?? storedMeaningHash(db, call.pk),
        summaryHash: call.summary_hash,
        detailHash: call.detail_hash,
      }),
      isChanged: look !== null && isOther(call, look),
      ...found,
    }
  })()
}

/** As reviews/looks.ts has it in SQL. */
function isOther(call: Row, look: LookRecord): boolean {
  if (look.meaning_hash !== null) return call.meaning_hash !== null && call.meaning_hash !== look.meaning_hash
  return (call.meaning_hash === null ? call.updated_at_ms : (call.changed_at_ms ?? 0)) > look.looked_at_ms
}

function findCall(db: ReadDb, callId: CallId): Row {
  const row = prepared<Row>(
    db,
    `SELECT c.pk, c.vendor, c.campaign_id, n.base_url, c.meaning_hash, c.summary_hash, c.detail_hash,
       c.updated_at_ms, c.changed_at_ms
     FROM calls c CROSS JOIN connections n ON n.id = c.connection_id WHERE c.id = ?`,
  ).get(callId)
  if (!row) throw noSuchCall(callId)
  return row
}

function knownId(db: ReadDb, callPk: number, id: number): number {
  if (findRevision(db, callPk, id)) return id
  throw new EarmarkError(
    'not_found',
    `This call has no revision ${id}. Open the list of its revisions again, and choose one of them.`,
    { revision: id },
  )
}

/** The records as they were at a look; the first ones where nobody looked; null: they are not kept here. */
function lookedAt(db: ReadDb, callPk: number, look: LookRecord | null): RevisionPair | null {
  if (look === null) {
    const first = prepared<number | null>(db, 'SELECT min(id) FROM revisions WHERE call_pk = ?')
      .pluck()
      .get(callPk)
    return pairAt(db, callPk, first ?? null)
  }
  if (look.meaning_hash !== null)
    return pairOfHashes(db, callPk, { summary: look.summary_hash, detail: look.detail_hash })
  const pair = pairAtTime(db, callPk, look.looked_at_ms)
  return newestOf(pair) === null ? null : pair
}
