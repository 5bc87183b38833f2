import {
  EarmarkError,
  type EarmarkEvent,
  type PurgeProgress,
  type RetentionStatus,
  toFailure,
} from '@contract'
import { withDb } from '../db/as-kept'
import { type ReadDb, type WriteDb, writing } from '../db/open'
import { explainSqliteError } from '../db/sqlite-errors'
import { openReviewsForReading, openReviewsForWriting } from '../db/workspace'
import { systemUserName } from '../system-user'
import { allSources, keyBoundOf, nextCandidates } from './candidates'
import { type PurgeContext, type PurgeRun, purge, resumePurges } from './purge'
import { type NewPurge, type PurgeRow, purgesToGoOn } from './records'
import { beforeOf, readRule, type StoredRule, stepOf, writeRule } from './rule'

const PROGRESS_MS = 200
/** The first screen comes first. */
const FIRST_TICK_MS = 15_000
const TICK_MS = 3_600_000

export interface RetentionKeeper {
  status(): RetentionStatus
  setRule(days: number | null): RetentionStatus
  /** Answers at the end. Raises what `purge` raises. */
  run(
    what: Pick<NewPurge, 'before_ms' | 'by_whom' | 'annotations' | 'exported_to' | 'exported_rows'>,
  ): Promise<PurgeRow>
  /** Resolves when the purge, if there is one, has ended. */
  cancel(): Promise<void>
  /** Goes on with what was interrupted, and does what the rule says. Otherwise the timer's; for tests. */
  tick(): Promise<void>
  close(): Promise<void>
}

/**
 * Purges of this process: one at a time, by hand or by the rule. `isWindow`: with a timer, which looks at the rule at
 * the start and each hour, and goes on with purges that were interrupted.
 */
export function keepRetention(
  context: PurgeContext & { emit: (event: EarmarkEvent) => void },
  isWindow: boolean,
): RetentionKeeper {
  const { db, paths, emit, now } = context
  const closing = new AbortController()
  let running: { progress: PurgeProgress; cancelled: AbortController; ended: Promise<unknown> } | null = null
  let problem: string | null = null

  /** One at a time in this process; other processes are kept away by a lock. */
  const start = <T>(work: (run: PurgeRun) => Promise<T>): Promise<T> => {
    if (running !== null)
      throw new EarmarkError('busy', 'A purge is going on already. Wait for it, or cancel it.')
    const cancelled = new AbortController()
    let saidAtMs = 0
    const mine = {
      progress: { phase: 'purging', connectionName: null, done: 0, total: null } as PurgeProgress,
      cancelled,
      ended: Promise.resolve() as Promise<unknown>,
    }
    running = mine
    emit({ type: 'retention.changed' })
    const done = work({
      cancelled: cancelled.signal,
      closing: closing.signal,
      onProgress: (progress) => {
        const isNews = progress.phase !== mine.progress.phase
        mine.progress = progress
        if (!isNews && Date.now() - saidAtMs < PROGRESS_MS) return
        saidAtMs = Date.now()
        emit({ type: 'retention.progress', progress })
        if (progress.phase === 'purging') emit({ type: 'calls.changed' })
      },
    })
      .catch((error: unknown) => {
        throw explainSqliteError(error, 'calls.db', paths.callsDb)
      })
      .finally(() => {
        running = null
        for (const type of [
          'retention.changed',
          'calls.changed',
          'recordings.storage',
          'searches.changed',
        ] as const)
          emit({ type })
        emit({ type: 'annotations.changed', callId: null })
        emit({ type: 'reviews.changed', callId: null })
      })
    mine.ended = done.catch(() => undefined)
    return done
  }

  const change = (work: (reviews: WriteDb) => void): void =>
    withDb(openReviewsForWriting(paths), (reviews) => writing(reviews, () => work(reviews)))
  const rule = (): StoredRule | null => withDb(openReviewsForReading(paths), readRule)

  const status: RetentionKeeper['status'] = () => {
    const stored = rule()
    const nowMs = now()
    return {
      running: running?.progress ?? null,
      rule: stored && { days: stored.days, isConfirmed: stored.isConfirmed },
      asks:
        stored !== null &&
        stepOf(stored, nowMs) === 'ask' &&
        running === null &&
        hasCandidates(db, beforeOf(stored, nowMs)),
      problem,
    }
  }

  const tick: RetentionKeeper['tick'] = async () => {
    if (running !== null) return
    const open = withDb(openReviewsForReading(paths), purgesToGoOn)
    if (open.length > 0) await start((run) => resumePurges(context, open, run))
    const stored = rule()
    const nowMs = now()
    const step = stepOf(stored, nowMs)
    if (step === 'ask') emit({ type: 'retention.changed' })
    if (stored === null || step !== 'run' || running !== null) return
    const before_ms = beforeOf(stored, nowMs)
    if (hasCandidates(db, before_ms))
      await keeper.run({
        before_ms,
        by_whom: 'rule',
        annotations: 'keep',
        exported_to: null,
        exported_rows: null,
      })
    else change((reviews) => noteRun(reviews, nowMs))
  }

  const keeper: RetentionKeeper = {
    status,
    setRule: (days) => {
      change((reviews) => {
        const before = readRule(reviews)
        if (days === null) writeRule(reviews, null)
        // Fewer days, more calls: somebody looks first. More days take nothing that was not shown.
        else if (before === null || !before.isConfirmed || days < before.days)
          writeRule(reviews, { days, isConfirmed: false, lastRunAtMs: before?.lastRunAtMs ?? null })
        else writeRule(reviews, { ...before, days })
        problem = null
      })
      emit({ type: 'retention.changed' })
      return status()
    },
    run: (what) =>
      start(async (run) => {
        // What was interrupted comes first: it was wanted, too.
        await resumePurges(context, withDb(openReviewsForReading(paths), purgesToGoOn), run)
        const nowMs = now()
        const row = await purge(context, { ...what, begun_at_ms: nowMs, user_name: systemUserName() }, run)
        if (what.by_whom === 'rule' && row.outcome === 'done') change((reviews) => noteRun(reviews, nowMs))
        return row
      }),
    cancel: async () => {
      running?.cancelled.abort()
      await running?.ended
    },
    tick,
    close: async () => {
      closing.abort()
      clearTimeout(timer)
      await running?.ended
    },
  }

  let timer: NodeJS.Timeout | undefined
  const again = (ms: number): void => {
    timer = setTimeout(() => {
      void tick()
        .then(
          () => {
            problem = null
          },
          (error: unknown) => {
            // A full disk, say: the next hour tries again.
            problem = toFailure(error).message
            emit({ type: 'retention.changed' })
          },
        )
        .finally(() => {
          if (!closing.signal.aborted) again(TICK_MS)
        })
    }, ms)
    timer.unref()
  }
  if (isWindow) again(FIRST_TICK_MS)
  return keeper
}

/** The rule ran, or was looked at by somebody who said yes. */
function noteRun(reviews: WriteDb, nowMs: number): void {
  const rule = readRule(reviews)
  if (rule !== null) writeRule(reviews, { ...rule, isConfirmed: true, lastRunAtMs: nowMs })
}

function hasCandidates(db: ReadDb, beforeMs: number): boolean {
  const at = { after: -1, bound: keyBoundOf(db, beforeMs), beforeMs, limit: 1 }
  return allSources(db).some(({ id }) => nextCandidates(db, id, at).length > 0)
}
