import { z } from 'zod'
import { BackupPhase } from './backup'
import { CallId, ConnectionId, RecordingState } from './common'
import { SyncCounts, SyncOutcome, SyncTrigger } from './connections'
import { Link } from './links'
import { ProtectionStatus } from './protection'
import { Peaks } from './recordings'
import { PurgeProgress } from './retention'
import { SyncProgress } from './sync'
import { DatabaseName } from './trouble'

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
    /** Only recordings were downloaded: it was no sync. */
    isRecordingsOnly: z.boolean().optional(),
    /** What began it; nobody waits for one of the schedule. */
    trigger: SyncTrigger.optional(),
  }),
  /** Calls were added or changed (at most a few times a second). */
  z.object({ type: z.literal('calls.changed') }),
  z.object({ type: z.literal('connections.changed') }),
  /** The search index is being made (anew): so many calls are in it. Nulls: it is ready. */
  z.object({
    type: z.literal('search.index'),
    done: z.number().int().nullable(),
    total: z.number().int().nullable(),
  }),
  /** A receiver's state, or (at most once a second) its numbers. */
  z.object({ type: z.literal('webhooks.changed'), connectionId: ConnectionId }),
  /** `callId: null`: another process wrote; anything may have changed. */
  z.object({ type: z.literal('annotations.changed'), callId: CallId.nullable() }),
  z.object({ type: z.literal('reviews.changed'), callId: CallId.nullable() }),
  z.object({ type: z.literal('recordings.changed'), callId: CallId, state: RecordingState }),
  /** A download goes on (a few times a second); `totalBytes: null`: the host did not say. */
  z.object({
    type: z.literal('recordings.progress'),
    callId: CallId,
    bytes: z.number().int(),
    totalBytes: z.number().int().nullable(),
  }),
  /** The waveform of a recording that is being decoded, as far as it is (at most five times a second). */
  z.object({ type: z.literal('recordings.peaks'), callId: CallId, peaks: Peaks }),
  /**
   * When turns of the call were said is known better, differently, or being found out. `callId: null`: another process
   * wrote; any call's may have changed.
   */
  z.object({ type: z.literal('timing.changed'), callId: CallId.nullable() }),
  /** The quota, what is kept, or a host's log-in changed. */
  z.object({ type: z.literal('recordings.storage') }),
  /** Calls that are being kept offline, or let go. */
  z.object({ type: z.literal('recordings.keeping'), done: z.number().int() }),
  z.object({
    type: z.literal('exports.progress'),
    rows: z.number().int(),
    total: z.number().int().nullable(),
  }),
  /** `totalBytes: null`: nobody knows. */
  z.object({
    type: z.literal('backup.progress'),
    phase: BackupPhase,
    doneBytes: z.number().int(),
    totalBytes: z.number().int().nullable(),
  }),
  z.object({
    type: z.literal('import.progress'),
    done: z.number().int(),
    total: z.number().int().nullable(),
  }),
  /** A database was found to be damaged without anybody having asked. */
  z.object({ type: z.literal('workspace.damaged'), message: z.string() }),
  /** A database is being made anew: so many rows are in it. */
  z.object({ type: z.literal('repair.progress'), name: DatabaseName, rows: z.number().int() }),
  /** How far a purge is (a few times a second). */
  z.object({ type: z.literal('retention.progress'), progress: PurgeProgress }),
  /** A purge began or ended, or the rule changed. */
  z.object({ type: z.literal('retention.changed') }),
  /** Saved or recent searches. */
  z.object({ type: z.literal('searches.changed') }),
  /** Somebody followed an `earmark://` link; null: one that leads nowhere. */
  z.object({ type: z.literal('link'), link: Link.nullable() }),
  z.object({ type: z.literal('protection.changed'), status: ProtectionStatus }),
  /** A menu item asked for a command of the renderer. */
  z.object({ type: z.literal('command'), id: z.string() }),
])
export type EarmarkEvent = z.infer<typeof EarmarkEvent>
