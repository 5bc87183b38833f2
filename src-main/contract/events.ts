import { z } from 'zod'
import { CallId, ConnectionId, RecordingState } from './common'
import { SyncCounts, SyncOutcome } from './connections'
import { SyncProgress } from './sync'

/** What the backend says without being asked. The renderer refreshes what an event touches. */
export const EarmarkEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('sync.progress'), progress: SyncProgress }),
  z.object({
    type: z.literal('sync.done'),
    connectionId: ConnectionId,
    connectionName: z.string(),
    outcome: SyncOutcome,
    counts: SyncCounts,
    problem: z.string().nullable(),
  }),
  /** Calls were added or changed (at most a few times a second). */
  z.object({ type: z.literal('calls.changed') }),
  z.object({ type: z.literal('connections.changed') }),
  /** `callId: null`: another process wrote; anything may have changed. */
  z.object({ type: z.literal('annotations.changed'), callId: CallId.nullable() }),
  z.object({ type: z.literal('reviews.changed'), callId: CallId.nullable() }),
  z.object({ type: z.literal('recordings.changed'), callId: CallId, state: RecordingState }),
  z.object({
    type: z.literal('exports.progress'),
    rows: z.number().int(),
    total: z.number().int().nullable(),
  }),
  z.object({
    type: z.literal('import.progress'),
    done: z.number().int(),
    total: z.number().int().nullable(),
  }),
  /** A menu item or an `earmark://` link asked for a command of the renderer. */
  z.object({ type: z.literal('command'), id: z.string() }),
])
export type EarmarkEvent = z.infer<typeof EarmarkEvent>
