import { z } from 'zod'
import { CallId, call, Done, Instant, Nothing } from './common'

/** What decoding found out beside the waveform. */
export const SoundFacts = z.object({
  /** Integrated, ITU-R BS.1770; null: silence. */
  loudnessLufs: z.number().nullable(),
  /** In the file. Where there are more than two, the first two are in the waveform. */
  fileChannels: z.number().int(),
  /** The end is missing, or something in it could not be decoded. */
  isTruncated: z.boolean(),
})
export type SoundFacts = z.infer<typeof SoundFacts>

/**
 * The waveform's extremes. `data` holds, for each channel one after the other, `buckets` pairs of
 * (minimum, maximum), as int8 (-128..127 for -1..1).
 */
export const Peaks = z.object({
  durationSec: z.number(),
  channels: z.number().int(),
  bucketsPerSec: z.number(),
  buckets: z.number().int(),
  data: z.instanceof(Int8Array),
  /** Absent while the recording is still being decoded: then all of this is of its beginning. */
  facts: SoundFacts.optional(),
})
export type Peaks = z.infer<typeof Peaks>

export const LogInScheme = z.enum(['basic', 'bearer'])
export type LogInScheme = z.infer<typeof LogInScheme>

/** A host of recordings that has a log-in, or wants one. */
export const RecordingHost = z.object({
  /** With its port where that is not the usual one: `api.twilio.com`, `127.0.0.1:4010`. */
  host: z.string(),
  /** null: there is no log-in for it yet. */
  scheme: LogInScheme.nullable(),
  /** '' for `bearer`. */
  username: z.string(),
  addedAt: Instant.nullable(),
  /** When a recording last came with it. */
  usedAt: Instant.nullable(),
  /** Why the host did not take it, as a sentence. */
  problem: z.string().nullable(),
  /** Recordings that failed for want of a log-in there. */
  waiting: z.number().int(),
})
export type RecordingHost = z.infer<typeof RecordingHost>

/** `secret: null` keeps the one that is there, for the same scheme. It goes to the keychain and never comes back. */
export const RecordingHostDraft = z.object({
  host: z.string().trim().max(300),
  scheme: LogInScheme,
  username: z.string().max(1000),
  secret: z.string().min(1).max(10_000).nullable(),
})
export type RecordingHostDraft = z.infer<typeof RecordingHostDraft>

/** What recordings are kept offline: one call's, or those of all calls that a query finds. */
export const KeepTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), callId: CallId }),
  z.object({ kind: z.literal('query'), query: z.string().max(10_000) }),
])
export type KeepTarget = z.infer<typeof KeepTarget>

export const RecordingStorage = z.object({
  /** Of all recordings on this computer. */
  bytes: z.number().int(),
  files: z.number().int(),
  /** Of those that are never removed to make room: kept offline, of annotated calls, or imported from files. */
  keptBytes: z.number().int(),
  keptFiles: z.number().int(),
  /** null: no limit. */
  quotaBytes: z.number().int().nullable(),
  /** How many may be removed to make room. */
  removable: z.number().int(),
  /** In line to be downloaded. */
  waiting: z.number().int(),
  /** Of the disk that they are on; null where the system does not say. */
  freeDiskBytes: z.number().nullable(),
  /** Why downloads stand still, as a sentence; null: they don't. */
  problem: z.string().nullable(),
})
export type RecordingStorage = z.infer<typeof RecordingStorage>

/** The least quota, in bytes. */
export const LEAST_QUOTA_BYTES = 10_000_000
/** The quota where none was chosen, in bytes. */
export const DEFAULT_QUOTA_BYTES = 20_000_000_000

export const recordings = {
  /** Stored peaks, or computed now and stored. `recording_broken` when the audio can't be decoded. */
  peaks: call(z.object({ callId: CallId }), Peaks),
  /** Downloads the recording (again). */
  fetch: call(z.object({ callId: CallId }), Done),
  /** Stops a download that `fetch` began; what has come stays for the next attempt. */
  cancelFetch: call(z.object({ callId: CallId }), Done),
  /** The call is open now: its recording is not removed to make room for the next minutes. */
  use: call(z.object({ callId: CallId }), Done),

  /** Those with a log-in, and those that want one. */
  hosts: call(Nothing, z.array(RecordingHost)),
  /**
   * Keeps a host's log-in and puts what failed for want of it back in line (`requeued`). `keychain_unavailable`,
   * `invalid_input` for what is no host, `secret_missing` where there is none to keep.
   */
  setHost: call(RecordingHostDraft, z.object({ host: z.string(), requeued: z.number().int() })),
  removeHost: call(z.object({ host: z.string() }), Done),

  storage: call(Nothing, RecordingStorage),
  /** `null`: no limit. Removes what is over it; answers how much that was. */
  setQuota: call(
    z.object({ quotaBytes: z.number().int().min(LEAST_QUOTA_BYTES).max(Number.MAX_SAFE_INTEGER).nullable() }),
    z.object({ removed: z.number().int(), freedBytes: z.number().int() }),
  ),
  /** What `setQuota` would remove. */
  wouldRemove: call(
    z.object({ quotaBytes: z.number().int().nullable() }),
    z.object({ removed: z.number().int(), freedBytes: z.number().int() }),
  ),

  /**
   * Keeps recordings offline, or lets them be removed again. Missing ones are put in line, and downloads begin where
   * nobody is at the connection. Progress comes as `recordings.keeping`; `cancelKeep` ends it, what was done stays.
   */
  keep: call(
    z.object({ what: KeepTarget, keep: z.boolean() }),
    z.object({ calls: z.number().int(), toDownload: z.number().int(), isCancelled: z.boolean() }),
  ),
  cancelKeep: call(Nothing, Done),
  /**
   * What keeping a query's recordings would mean. `isExact: false`: there are more than were counted.
   * `downloadBytes`: an estimate from the calls' lengths; null where nothing is known to estimate from.
   */
  keepPreview: call(
    z.object({ query: z.string().max(10_000) }),
    z.object({
      calls: z.number().int(),
      /** Kept already. */
      kept: z.number().int(),
      toDownload: z.number().int(),
      downloadBytes: z.number().int().nullable(),
      isExact: z.boolean(),
    }),
  ),
  /** Downloads what waits in line, in each connection where nothing is going on; progress as of a sync. */
  downloadWaiting: call(Nothing, z.object({ connections: z.number().int(), busy: z.number().int() })),
}
