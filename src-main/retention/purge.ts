import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ConnectionId, EarmarkError, type PurgeProgress, type Vendor } from '@contract'
import { callIdOf } from '../calls/identity'
import { isCached } from '../calls/queries'
import { backUpDaily, dailyBackupName } from '../db/backups'
import { type WriteDb, writing } from '../db/open'
import { prepared } from '../db/prepared'
import { openBothForReading, openReviewsForWriting, type WorkspacePaths } from '../db/workspace'
import { callKeysFound } from '../search/queries'
import { unindexCall } from '../search/search-index'
import { lockConnection } from '../sync/lock'
import { sleep } from '../sync/retry'
import { isMissing } from '../system-errors'
import { allSources, type Candidate, keyBoundOf, nextCandidates } from './candidates'
import {
  addCounts,
  endPurge,
  getPurge,
  insertPurge,
  type NewPurge,
  notePurged,
  noteWiped,
  type PurgeRow,
  wasPurged,
} from './records'
import {
  compact,
  emptyLog,
  eraseCopiesOfCalls,
  eraseCopiesOfReviews,
  eraseFilesOf,
  eraseLeftOvers,
  erasePutAside,
  isCompactionDue,
  mergeIndex,
  noteCompacted,
  removeUnusedFacets,
  scrubFreePages,
} from './wipe'

/** Calls in one transaction: some tens of milliseconds of the thread. */
const BATCH = 20
const SET_ASIDE_BATCH = 200
/** How often a connection that somebody syncs is asked for again. */
const LOCK_EVERY_MS = 500

export interface PurgeContext {
  /** `calls.db`, of its writer. */
  db: WriteDb
  paths: WorkspacePaths
  /** Who does it, for the sentences of others: "The window". */
  program: string
  now: () => number
}

export interface PurgeRun {
  /** Ends it between two batches; what went is gone, and is wiped all the same. */
  cancelled: AbortSignal
  /** The program is closing: the purge goes on at the next start. */
  closing: AbortSignal
  onProgress: (progress: PurgeProgress) => void
}

/**
 * Begins a purge: all calls that began before `before_ms` go for good, with all that is known of them. Answers its
 * record at the end. Raises `busy` while another purge goes on, and what writing raises; it then goes on at the next
 * `resumePurges`.
 */
export async function purge(context: PurgeContext, what: NewPurge, run: PurgeRun): Promise<PurgeRow> {
  return await alone(context, async (reviews) => {
    const { id } = writing(reviews, () => insertPurge(reviews, what))
    return await carryOn(context, reviews, id, run)
  })
}

/** Goes on with what an earlier process did not finish. Answers how many there were. */
export async function resumePurges(
  context: PurgeContext,
  rows: readonly PurgeRow[],
  run: PurgeRun,
): Promise<number> {
  if (rows.length === 0) return 0
  return await alone(context, async (reviews) => {
    for (const { id } of rows) if (!run.closing.aborted) await carryOn(context, reviews, id, run)
    return rows.length
  })
}

/** One purge at a time, in whatever process; with `reviews.db` open for writing, in short transactions. */
async function alone<T>(
  { db, paths, program }: PurgeContext,
  work: (reviews: WriteDb) => Promise<T>,
): Promise<T> {
  const unlock = lockConnection(paths, { id: 'retention', name: 'Retention' }, program)
  let reviews: WriteDb | null = null
  try {
    reviews = openReviewsForWriting(paths)
    // What is deleted is overwritten, and so is each page that is freed.
    for (const one of [db, reviews]) one.pragma('secure_delete = ON')
    return await work(reviews)
  } finally {
    if (db.open) db.pragma('secure_delete = FAST')
    reviews?.close()
    unlock()
  }
}

async function carryOn(
  context: PurgeContext,
  reviews: WriteDb,
  id: number,
  run: PurgeRun,
): Promise<PurgeRow> {
  const row = getPurge(reviews, id)
  if (row.outcome === null) {
    const isThrough = await new Purge(context, reviews, row, run).work()
    if (run.closing.aborted) return getPurge(reviews, id)
    writing(reviews, () => endPurge(reviews, id, isThrough ? 'done' : 'cancelled', context.now()))
  }
  await wipe(context, reviews, getPurge(reviews, id), run)
  return getPurge(reviews, id)
}

/** What is to go, connection by connection, batch by batch. */
class Purge {
  #done = 0

  constructor(
    private readonly context: PurgeContext,
    private readonly reviews: WriteDb,
    private readonly row: PurgeRow,
    private readonly run: PurgeRun,
  ) {}

  /** False: it was cancelled, or the program is closing. */
  async work(): Promise<boolean> {
    const { db } = this.context
    const bound = keyBoundOf(db, this.row.before_ms)
    for (const source of allSources(db)) {
      if (!this.#hasWork(source.id, bound)) continue
      const unlock = await this.#lock(source)
      if (unlock === null) return false
      try {
        if (!(await this.#source(source, bound))) return false
      } finally {
        unlock()
      }
    }
    return true
  }

  #isOver(): boolean {
    return this.run.cancelled.aborted || this.run.closing.aborted
  }

  #hasWork(connectionId: ConnectionId, bound: number): boolean {
    const { db } = this.context
    const at = { after: -1, bound, beforeMs: this.row.before_ms, limit: 1 }
    return (
      nextCandidates(db, connectionId, at).length > 0 || setAsideOf(db, connectionId, this.row, 1).length > 0
    )
  }

  /** A sync holds places in what it writes: nothing goes from under it. Null: it was cancelled meanwhile. */
  async #lock(source: { id: ConnectionId; name: string }): Promise<(() => void) | null> {
    for (;;) {
      if (this.#isOver()) return null
      try {
        return lockConnection(this.context.paths, source, this.context.program)
      } catch (error) {
        if (!(error instanceof EarmarkError && error.code === 'busy')) throw error
      }
      this.#say('waiting', source.name)
      const signal = AbortSignal.any([this.run.cancelled, this.run.closing])
      await sleep(LOCK_EVERY_MS, signal).catch(() => undefined)
    }
  }

  async #source(source: { id: ConnectionId; vendor: Vendor }, bound: number): Promise<boolean> {
    const { db } = this.context
    for (;;) {
      if (this.#isOver()) return false
      // From the beginning each time: what was taken is no candidate any more.
      const at = { after: -1, bound, beforeMs: this.row.before_ms, limit: BATCH }
      const batch = nextCandidates(db, source.id, at)
      if (batch.length === 0) break
      await this.#batch(batch)
      this.#done += batch.length
      this.#say('purging', null)
      await nextTurn()
    }
    for (;;) {
      if (this.#isOver()) return false
      const records = setAsideOf(db, source.id, this.row, SET_ASIDE_BATCH)
      if (records.length === 0) return true
      this.#setAside(source, records)
      await nextTurn()
    }
  }

  /**
   * In this order, so that a process that dies in between leaves nothing that nobody knows of: what must not come back
   * is noted, the files go, the rows go. Each step can be done again.
   */
  async #batch(batch: readonly Candidate[]): Promise<void> {
    const { db, paths } = this.context
    writing(this.reviews, () => {
      const counts = { calls: 0, recordings: 0, recording_bytes: 0, annotations_removed: 0 }
      for (const { id, file, bytes } of batch) {
        const isNew = notePurged(this.reviews, this.row.id, id)
        counts.annotations_removed += removeWritten(this.reviews, id, this.row)
        if (!isNew) continue
        counts.calls += 1
        if (file === null) continue
        counts.recordings += 1
        counts.recording_bytes += bytes ?? 0
      }
      addCounts(this.reviews, this.row.id, counts)
    })
    let notOverwritten = 0
    for (const { id } of batch) notOverwritten += (await eraseFilesOf(paths, id)).notOverwritten
    if (notOverwritten > 0)
      writing(this.reviews, () => addCounts(this.reviews, this.row.id, { not_overwritten: notOverwritten }))
    writing(db, () => {
      for (const { pk } of batch) deleteCall(db, pk)
    })
  }

  #setAside({ id, vendor }: { id: ConnectionId; vendor: Vendor }, records: readonly SetAside[]): void {
    const { db } = this.context
    writing(this.reviews, () => {
      let count = 0
      for (const { externalId, hash } of records)
        if (
          notePurged(this.reviews, this.row.id, externalId === null ? hash : callIdOf(vendor, id, externalId))
        )
          count += 1
      addCounts(this.reviews, this.row.id, { set_aside: count })
    })
    writing(db, () => {
      for (const one of records) prepared(db, 'DELETE FROM quarantine WHERE id = ?').run(one.id)
    })
  }

  #say(phase: 'waiting' | 'purging', connectionName: string | null): void {
    this.run.onProgress({ phase, connectionName, done: this.#done, total: null })
  }
}

interface SetAside {
  id: number
  externalId: string | null
  hash: string
}

const setAsideOf = (
  db: WriteDb,
  connectionId: ConnectionId,
  { before_ms }: PurgeRow,
  limit: number,
): SetAside[] =>
  prepared<SetAside>(
    db,
    `SELECT id, external_id AS externalId, hash FROM quarantine WHERE connection_id = ? AND first_seen_at_ms < ?
     ORDER BY id LIMIT ?`,
  ).all(connectionId, before_ms, limit)

/**
 * What people wrote about the call, as far as it is to go: with `keep`, annotations and marks of review stay, and what
 * only helped to listen goes, as does what was removed before. What was written after the purge began stays in
 * any case. Answers how many annotations went.
 */
function removeWritten(reviews: WriteDb, callId: string, { annotations, begun_at_ms }: PurgeRow): number {
  const isGone =
    annotations === 'remove'
      ? '(deleted_at_ms IS NOT NULL OR updated_at_ms < @begun)'
      : 'deleted_at_ms IS NOT NULL'
  const at = { callId, begun: begun_at_ms }
  const shown =
    annotations === 'remove'
      ? (prepared<number>(
          reviews,
          'SELECT count(*) FROM annotations WHERE call_id = @callId AND deleted_at_ms IS NULL AND updated_at_ms < @begun',
        )
          .pluck()
          .get(at) ?? 0)
      : 0
  prepared(
    reviews,
    'DELETE FROM replaced_places WHERE annotation_id IN (SELECT id FROM annotations WHERE call_id = ?)',
  ).run(callId)
  prepared(reviews, `DELETE FROM annotations WHERE call_id = @callId AND ${isGone}`).run(at)
  for (const table of ['turn_anchors', 'agent_channels', 'looks'])
    prepared(reviews, `DELETE FROM ${table} WHERE call_id = ?`).run(callId)
  if (annotations === 'remove') prepared(reviews, 'DELETE FROM reviews WHERE call_id = ?').run(callId)
  return shown
}

/** Every row of a call, in the caller's transaction. */
function deleteCall(db: WriteDb, pk: number): void {
  unindexCall(db, pk)
  for (const table of ['alignments', 'recordings', 'revisions', 'transcripts'])
    prepared(db, `DELETE FROM ${table} WHERE call_pk = ?`).run(pk)
  prepared(
    db,
    `DELETE FROM quarantine WHERE (connection_id, external_id) = (SELECT connection_id, external_id FROM calls WHERE pk = ?)`,
  ).run(pk)
  prepared(
    db,
    `DELETE FROM listing_seen WHERE (connection_id, external_id) = (SELECT connection_id, external_id FROM calls WHERE pk = ?)`,
  ).run(pk)
  prepared(db, 'DELETE FROM calls WHERE pk = ?').run(pk)
}

/** Traces of what was deleted, in files that outlive it. Each step can be done again; a next start does what is left. */
async function wipe(context: PurgeContext, reviews: WriteDb, row: PurgeRow, run: PurgeRun): Promise<void> {
  const { db, paths, now } = context
  const { closing } = run
  const say = (done: number) =>
    run.onProgress({ phase: 'wiping', connectionName: null, done, total: STEPS.length })
  const isThorough = row.by_whom !== 'rule' || isCompactionDue(db, now())
  const isLeftOver = (callId: string) => wasPurged(reviews, callId) && !isCached(db, callId)
  const STEPS: (() => unknown)[] = [
    () => eraseLeftOvers(paths, isLeftOver, closing),
    () => writing(db, () => removeUnusedFacets(db)),
    () => forgetEmptySearches(paths, reviews, now()),
    () => mergeIndex(db, closing),
    () => scrubFreePages(db, closing),
    () => scrubFreePages(reviews, closing),
    () => (isThorough ? compactBoth(db, reviews, now()) : undefined),
    () => emptyLog(db, closing),
    () => emptyLog(reviews, closing),
    () => eraseCopiesOfCalls(paths),
    () => erasePutAside(paths, 'calls.db'),
    () => (row.annotations === 'remove' ? renewCopyOfReviews(reviews, paths, now()) : undefined),
    () => (row.annotations === 'remove' ? erasePutAside(paths, 'reviews.db') : undefined),
  ]
  for (const [at, step] of STEPS.entries()) {
    if (closing.aborted) return
    say(at)
    await step()
    await nextTurn()
  }
  if (!closing.aborted) writing(reviews, () => noteWiped(reviews, row.id, now()))
}

async function compactBoth(db: WriteDb, reviews: WriteDb, nowMs: number): Promise<void> {
  await compact(reviews)
  if (await compact(db)) writing(db, () => noteCompacted(db, nowMs))
}

/** Recent searches that find nothing any more may name what only purged calls held. */
function forgetEmptySearches(paths: WorkspacePaths, reviews: WriteDb, nowMs: number): void {
  const queries = prepared<string>(reviews, 'SELECT query FROM recent_searches').pluck().all()
  if (queries.length === 0) return
  const reader = openBothForReading(paths)
  try {
    const empty = queries.filter((query) => {
      try {
        return callKeysFound(reader, query, { cursor: null, limit: 1, nowMs }).length === 0
      } catch (error) {
        // The index is being made, say: what can't be asked for is not kept on trust.
        if (error instanceof EarmarkError) return true
        throw error
      }
    })
    writing(reviews, () => {
      for (const query of empty) prepared(reviews, 'DELETE FROM recent_searches WHERE query = ?').run(query)
    })
  } finally {
    reader.close()
  }
}

/** A new verified copy of what is left takes the place of all that hold what was removed; there is always one. */
async function renewCopyOfReviews(reviews: WriteDb, paths: WorkspacePaths, nowMs: number): Promise<void> {
  const today = dailyBackupName(nowMs)
  await rename(join(paths.backups, today), join(paths.backups, 'reviews-before-purge.db')).catch(
    (error: unknown) => {
      if (!isMissing(error)) throw error
    },
  )
  backUpDaily(reviews, paths.backups, nowMs, paths.keys)
  await eraseCopiesOfReviews(paths, today)
}
