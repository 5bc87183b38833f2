import {
  CallId,
  ChosenFolder,
  Connection,
  ConnectionDraft,
  ConnectionId,
  call,
  Done,
  ExportDone,
  ExportOptions,
  ImportDone,
  Nothing,
  Secrets,
  SyncCounts,
  SyncOutcome,
  SyncTrigger,
} from '@contract'
import { z } from 'zod'

/**
 * Calls between the parts of the backend (shell, command line, workers) that the renderer can't make: they
 * name files, or wait for the end of long work.
 */
export const internalContract = {
  imports: {
    /** `paths`: absolute. `connectionName: null` names it after the vendor. */
    files: call(z.object({ paths: z.array(z.string()), connectionName: z.string().nullable() }), ImportDone),
    sample: call(Nothing, ImportDone),
    cancel: call(Nothing, Done),
    /** What is in a folder (absolute) that somebody chose; nothing is kept. */
    lookIntoFolder: call(z.object({ folder: z.string() }), ChosenFolder),
  },
  connections: {
    /** Like `connections.create`, but the secrets are kept nowhere: each sync then has to bring them. */
    createEphemeral: call(z.object({ draft: ConnectionDraft }), Connection),
  },
  sync: {
    /** Like `sync.start`, but answers at the end. `secrets: null`: those in the keychain. */
    run: call(
      z.object({
        connectionId: ConnectionId,
        recordings: z.enum(['all', 'none']),
        secrets: Secrets.nullable(),
        trigger: SyncTrigger,
      }),
      z.object({ outcome: SyncOutcome, counts: SyncCounts, problem: z.string().nullable() }),
    ),
  },
  search: {
    /** Like `search.rebuild`, but answers at the end. */
    rebuildNow: call(Nothing, Done),
  },
  exports: {
    /** Writes an export to `path` (absolute). */
    write: call(z.object({ options: ExportOptions, path: z.string() }), ExportDone),
  },
  recordings: {
    /** Where a call's recording lies; null when it is not there. */
    locate: call(z.object({ callId: CallId }), z.object({ path: z.string(), mime: z.string() }).nullable()),
    /** Like `recordings.downloadWaiting`, but answers at the end. */
    download: call(
      Nothing,
      z.object({
        connections: z.number().int(),
        busy: z.number().int(),
        downloaded: z.number().int(),
        failed: z.number().int(),
        problems: z.array(z.string()),
      }),
    ),
    /** What decoding found out, to be kept with the call. */
    noteFacts: call(
      z.object({
        callId: CallId,
        durationSec: z.number(),
        channels: z.number().int(),
        loudnessLufs: z.number().nullable(),
      }),
      Done,
    ),
  },
  counts: {
    all: call(
      Nothing,
      z.object({
        callCount: z.number().int(),
        recordingCount: z.number().int(),
        connectionCount: z.number().int(),
        annotationCount: z.number().int(),
      }),
    ),
  },
}
