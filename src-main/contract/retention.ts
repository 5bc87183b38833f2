import { z } from 'zod'
import { CallId, ConnectionId, call, Done, Instant, Nothing, Vendor } from './common'

/** Calls that began longer ago than so many days are purged. */
export const RetentionDays = z.number().int().min(1, 'At least one day.').max(36_500, 'At most 36,500 days.')

/** What becomes of what people wrote on a purged call: it stays and can be exported, or it goes with the call. */
export const AnnotationsFate = z.enum(['keep', 'remove'])
export type AnnotationsFate = z.infer<typeof AnnotationsFate>

/**
 * What overwriting a file does here. `in_place`: this file system writes over what was there (a solid-state disk may
 * still hold old copies). `copies`: it writes elsewhere and frees the old place, so that overwriting reaches nothing.
 * `unknown`: it can't be told.
 */
export const Overwriting = z.enum(['in_place', 'copies', 'unknown'])
export type Overwriting = z.infer<typeof Overwriting>

const Sums = z.object({
  calls: z.number().int(),
  /** On this computer. */
  recordings: z.number().int(),
  recordingBytes: z.number().int(),
  /** Calls that somebody wrote on. */
  annotatedCalls: z.number().int(),
  /** Calls whose recordings somebody wanted to keep offline. */
  keptCalls: z.number().int(),
})

/** What a purge would take away. */
export const PurgePreview = Sums.extend({
  /** Calls that began before then. */
  before: Instant,
  annotations: z.number().int(),
  /** Records that could not be read and were set aside before then. */
  setAside: z.number().int(),
  /** Null: there is no such call. */
  oldest: Instant.nullable(),
  newest: Instant.nullable(),
  /** How many calls stay. */
  stays: z.number().int(),
  bySource: z.array(Sums.extend({ connectionId: ConnectionId, connectionName: z.string(), vendor: Vendor })),
  overwriting: Overwriting,
})
export type PurgePreview = z.infer<typeof PurgePreview>

/** What happened in a purge; no word of what was purged. */
export const PurgeRecord = z.object({
  id: z.number().int(),
  begunAt: Instant,
  /** Null: it goes on, or was interrupted and goes on at the next start. */
  endedAt: Instant.nullable(),
  outcome: z.enum(['done', 'cancelled']).nullable(),
  /** `rule`: by itself, as it was set; `person` in the window; `command`: on the command line. */
  by: z.enum(['person', 'command', 'rule']),
  /** Who was logged in at this computer. */
  userName: z.string(),
  before: Instant,
  annotations: AnnotationsFate,
  /** Where the annotations were exported to first, and how many; null: they were not. */
  exportedTo: z.string().nullable(),
  exportedRows: z.number().int().nullable(),
  calls: z.number().int(),
  recordings: z.number().int(),
  recordingBytes: z.number().int(),
  /** Files that were removed without being overwritten. */
  notOverwritten: z.number().int(),
  annotationsRemoved: z.number().int(),
  setAside: z.number().int(),
  /** What was deleted is wiped out of the databases' files, logs and copies too; null: not yet. */
  wipedAt: Instant.nullable(),
})
export type PurgeRecord = z.infer<typeof PurgeRecord>

export const PurgeProgress = z.object({
  phase: z.enum(['waiting', 'purging', 'wiping']),
  /** Whose sync it waits for. */
  connectionName: z.string().nullable(),
  done: z.number().int(),
  /** Null: not counted. */
  total: z.number().int().nullable(),
})
export type PurgeProgress = z.infer<typeof PurgeProgress>

/** The daily rule. `isConfirmed`: somebody has seen what goes first; until then nothing does. */
export const RetentionRule = z.object({ days: RetentionDays, isConfirmed: z.boolean() })
export type RetentionRule = z.infer<typeof RetentionRule>

export const RetentionStatus = z.object({
  running: PurgeProgress.nullable(),
  /** Null: off. */
  rule: RetentionRule.nullable(),
  /** The rule would purge something and waits for somebody to look at it. */
  asks: z.boolean(),
  /** Why the rule's last run ended badly, as a sentence; null: it did not. */
  problem: z.string().nullable(),
})
export type RetentionStatus = z.infer<typeof RetentionStatus>

/** A call that is not here any more and that somebody wrote on. */
export const LeftCall = z.object({
  callId: CallId,
  vendor: Vendor,
  connectionName: z.string(),
  externalId: z.string(),
  startedAt: Instant.nullable(),
  annotations: z.number().int(),
  /** Null: it was not purged; the cache lost it in another way. */
  purgedAt: Instant.nullable(),
})
export type LeftCall = z.infer<typeof LeftCall>

export const retention = {
  /** Counts in slices; typing goes on meanwhile. */
  preview: call(z.object({ olderThanDays: RetentionDays }), PurgePreview),
  /**
   * Purges what `preview` showed (its `before`), for good, and answers at the end; progress comes as
   * `retention.progress`. `exportFirst`: asks for a file and writes the annotations of these calls to it, before
   * anything goes; null: that dialog was closed, nothing went. `asRule`: also confirms the rule. `busy` when a purge
   * is going on.
   */
  purge: call(
    z.object({
      before: Instant,
      annotations: AnnotationsFate,
      exportFirst: z.boolean(),
      asRule: z.boolean().default(false),
    }),
    PurgeRecord.nullable(),
  ),
  /** Stops the purge; what went is gone. */
  cancel: call(Nothing, Done),
  status: call(Nothing, RetentionStatus),
  /** Null switches it off. Switched on, or set to another number of days, it asks before its first run. */
  setRule: call(z.object({ days: RetentionDays.nullable() }), RetentionStatus),
  /** Newest first, at most 200. */
  history: call(Nothing, z.array(PurgeRecord).max(200)),
  /** Calls that are not here and that have annotations; those with the newest annotation first, at most 200. */
  left: call(Nothing, z.object({ calls: z.array(LeftCall).max(200), total: z.number().int() })),
  /** Null: the call was not purged. */
  purgedAt: call(z.object({ callId: CallId }), z.object({ purgedAt: Instant.nullable() })),
}
