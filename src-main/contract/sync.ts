import { z } from 'zod'
import { ConnectionId, call, Done, Instant, Nothing } from './common'
import { SyncCounts, SyncRun } from './connections'

export const SyncPhase = z.enum(['starting', 'listing', 'details', 'waiting', 'recordings'])
export type SyncPhase = z.infer<typeof SyncPhase>

/** A sync (or an import) that is going on. */
export const SyncProgress = z.object({
  connectionId: ConnectionId,
  connectionName: z.string(),
  phase: SyncPhase,
  /** Calls dealt with so far, and how many the vendor says there are (null: unknown); of a folder, files. */
  done: z.number().int(),
  total: z.number().int().nullable(),
  counts: SyncCounts,
  /** While `waiting`: until when, and why (rate limit, server error). */
  waitUntil: Instant.nullable(),
  reason: z.string().nullable(),
})
export type SyncProgress = z.infer<typeof SyncProgress>

export const sync = {
  /** Starts in the background; progress and end come as events. `busy` when one is going on. */
  start: call(z.object({ connectionId: ConnectionId }), Done),
  cancel: call(z.object({ connectionId: ConnectionId }), Done),
  /** What is going on now. */
  status: call(Nothing, z.array(SyncProgress)),
  /** Newest first. */
  history: call(
    z.object({ connectionId: ConnectionId, limit: z.number().int().min(1).max(100) }),
    z.array(SyncRun),
  ),
}
