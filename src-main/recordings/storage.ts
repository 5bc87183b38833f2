import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CallId, DEFAULT_QUOTA_BYTES, type EarmarkEvent } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import type { AnnotatedCalls } from './annotated'
import { archivedPath } from './archived-path'

const QUOTA_KEY = 'recordings_quota_bytes'

/** How much recordings may take, in bytes; null: no limit. */
export function quotaOf(db: ReadDb): number | null {
  const stored = prepared<string>(db, 'SELECT value FROM meta WHERE key = ?').pluck().get(QUOTA_KEY)
  if (stored === 'off') return null
  const bytes = Number(stored)
  return stored !== undefined && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : DEFAULT_QUOTA_BYTES
}

export function storeQuota(db: WriteDb, quotaBytes: number | null): void {
  prepared(
    db,
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(QUOTA_KEY, quotaBytes === null ? 'off' : String(quotaBytes))
}

/** SQL of this file that can grow, for the tests of its plans. */
export const STORAGE_SQL = {
  stored:
    'SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS files FROM recordings INDEXED BY recordings_stored WHERE file IS NOT NULL',
  /** What may make room, least recently used first, behind a place of that order. */
  removable: `SELECT r.call_pk AS callPk, r.recency_ms AS recencyMs, r.file, r.bytes, c.id AS callId,
      c.recording_state AS state
    FROM recordings r INDEXED BY recordings_by_recency CROSS JOIN calls c ON c.pk = r.call_pk
    WHERE r.file IS NOT NULL AND r.kept_offline_at_ms IS NULL
      AND (r.recency_ms, r.call_pk) > (?, ?) AND r.recency_ms < ?
      AND r.urls <> '[]'
      AND c.connection_id IN (SELECT n.id FROM connections n WHERE n.kind = 'api' AND n.removed_at_ms IS NULL)
    ORDER BY r.recency_ms, r.call_pk LIMIT ?`,
} as const

/** What all recordings on this computer take. */
export function storedRecordings(db: ReadDb): { bytes: number; files: number } {
  return prepared<{ bytes: number; files: number }>(db, STORAGE_SQL.stored).get() ?? { bytes: 0, files: 0 }
}

interface Candidate {
  callPk: number
  callId: CallId
  recencyMs: number
  file: string
  bytes: number | null
  state: string
}

/** A call that was open so short a while ago may be open still. */
const OPEN_MS = 3 * 60_000
const PAGE = 100

/** What was removed, or would be. */
export interface Removal {
  removed: number
  freedBytes: number
}

/**
 * Keeps recordings within their quota. What goes first is what was not used for longest; a recording that nobody has
 * used or asked for counts as old as its call, so that one sync never removes what another brings back. Never removed:
 * what can't be downloaded again (imported files), what is kept offline, what belongs to a call that somebody wrote on (looked up in that moment), and the call that is
 * open.
 */
export class RecordingRoom {
  readonly #context: { db: WriteDb; paths: WorkspacePaths; emit: (event: EarmarkEvent) => void }
  readonly #annotated: AnnotatedCalls
  #removing: Promise<Removal> | null = null

  constructor(
    context: { db: WriteDb; paths: WorkspacePaths; emit: (event: EarmarkEvent) => void },
    annotated: AnnotatedCalls,
  ) {
    this.#context = context
    this.#annotated = annotated
  }

  /**
   * Whether a recording may be downloaded: there is room, or something less recent can make some.
   *
   * @param recencyMs of the call; infinite for what somebody wants to keep
   * @param pending how many are under way; they are taken to be as large as those that are here
   */
  admits(recencyMs: number, nowMs: number, pending: number): boolean {
    const { db } = this.#context
    const quota = quotaOf(db)
    if (quota === null) return true
    const { bytes, files } = storedRecordings(db)
    if (bytes + (files === 0 ? 0 : (pending * bytes) / files) < quota) return true
    return this.#candidates(Math.min(recencyMs, nowMs - OPEN_MS)).next().done !== true
  }

  /** What `make` would remove for this quota. */
  plan(quotaBytes: number | null, nowMs: number): Removal {
    const plan = { removed: 0, freedBytes: 0 }
    if (quotaBytes === null) return plan
    let { bytes } = storedRecordings(this.#context.db)
    if (bytes <= quotaBytes) return plan
    for (const one of this.#candidates(nowMs - OPEN_MS)) {
      bytes -= one.bytes ?? 0
      plan.removed += 1
      plan.freedBytes += one.bytes ?? 0
      if (bytes <= quotaBytes) break
    }
    return plan
  }

  /** Removes until the quota is kept, or nothing less recent than `recencyMs` is left that may go. */
  make(recencyMs: number, nowMs: number): Promise<Removal> {
    const before = this.#removing ?? Promise.resolve()
    const mine = before.then(
      () => this.#remove(recencyMs, nowMs),
      () => this.#remove(recencyMs, nowMs),
    )
    this.#removing = mine
    return mine
  }

  async #remove(recencyMs: number, nowMs: number): Promise<Removal> {
    const { db, paths, emit } = this.#context
    const done = { removed: 0, freedBytes: 0 }
    const quota = quotaOf(db)
    if (quota === null) return done
    let { bytes } = storedRecordings(db)
    if (bytes <= quota) return done
    for (const one of this.#candidates(Math.min(recencyMs, nowMs - OPEN_MS))) {
      // In one breath: nobody has written on it, it is marked, nobody has written on it meanwhile.
      if (this.#annotated.among([one.callId]).size > 0 || !markRemoved(db, one, nowMs)) continue
      if (this.#annotated.among([one.callId]).size > 0) {
        unmarkRemoved(db, one)
        continue
      }
      const path = archivedPath(paths.recordings, one.file)
      if (path !== null) await rm(path, { force: true })
      await removePeaks(paths, one.callId)
      emit({ type: 'recordings.changed', callId: one.callId, state: 'removed' })
      bytes -= one.bytes ?? 0
      done.removed += 1
      done.freedBytes += one.bytes ?? 0
      if (bytes <= quota) break
    }
    if (done.removed > 0) emit({ type: 'recordings.storage' })
    return done
  }

  /** What may go, least recently used first, up to a recency. */
  *#candidates(belowMs: number): Generator<Candidate> {
    const { db } = this.#context
    let last: Pick<Candidate, 'recencyMs' | 'callPk'> = { recencyMs: Number.MIN_SAFE_INTEGER, callPk: 0 }
    for (;;) {
      const page = prepared<Candidate>(db, STORAGE_SQL.removable).all(
        last.recencyMs,
        last.callPk,
        belowMs,
        PAGE,
      )
      const annotated = this.#annotated.among(page.map(({ callId }) => callId))
      // One that is being downloaded again is not `ready`, or takes its place in a moment: it is left alone.
      yield* page.filter(({ callId, state }) => state === 'ready' && !annotated.has(callId))
      const end = page.at(-1)
      if (end === undefined || page.length < PAGE) return
      last = end
    }
  }
}

/** False when it is not as it was: downloaded again, kept, or used meanwhile. */
function markRemoved(db: WriteDb, { callPk, file, recencyMs }: Candidate, nowMs: number): boolean {
  return db.transaction(() => {
    const { changes } = prepared(
      db,
      `UPDATE recordings SET file = NULL, removed_at_ms = ?, problem = NULL
       WHERE call_pk = ? AND file = ? AND recency_ms = ? AND kept_offline_at_ms IS NULL`,
    ).run(nowMs, callPk, file, recencyMs)
    if (changes > 0) prepared(db, "UPDATE calls SET recording_state = 'removed' WHERE pk = ?").run(callPk)
    return changes > 0
  })()
}

function unmarkRemoved(db: WriteDb, { callPk, file }: Candidate): void {
  db.transaction(() => {
    prepared(db, 'UPDATE recordings SET file = ?, removed_at_ms = NULL WHERE call_pk = ?').run(file, callPk)
    prepared(db, "UPDATE calls SET recording_state = 'ready' WHERE pk = ?").run(callPk)
  })()
}

/** Peaks belong to one file: another download of the same call gets its own. */
async function removePeaks(paths: WorkspacePaths, callId: CallId): Promise<void> {
  const folder = join(paths.peaks, callId.slice(0, 2))
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (name.startsWith(`${callId}-`)) await rm(join(folder, name), { force: true })
}

/** What stands when downloads pause. `waiting`: how many recordings are left in line. */
export function pausedSentence(quotaBytes: number, waiting: number): string {
  const limit = `${Math.round(quotaBytes / 100_000_000) / 10} GB`
  const left = waiting === 1 ? '1 recording waits' : `${waiting.toLocaleString('en')} recordings wait`
  return `Recordings fill the ${limit} that they may take, and nothing that is older may be removed: ${left}. Raise the limit under Settings › Recordings, or keep fewer of them offline.`
}
