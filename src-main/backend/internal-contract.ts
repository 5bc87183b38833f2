import {
  AgentChannel,
  AnnotationsFate,
  BackupFacts,
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
  Instant,
  Nothing,
  PurgeRecord,
  ReportPart,
  ReportSaved,
  RestoreDone,
  Secrets,
  SpeechSegments,
  SyncCounts,
  SyncOutcome,
  SyncTrigger,
} from '@contract'
import { z } from 'zod'

/** What decoding found out beside the waveform. */
const AudioFacts = z.object({
  durationSec: z.number(),
  channels: z.number().int(),
  loudnessLufs: z.number().nullable(),
})

/** timing/alignments.ts says what each is. */
const Heard = z.object({
  sources: z.object({ recording: z.string(), transcript: z.string(), given: z.string() }),
  speech: z.array(SpeechSegments),
  agentChannel: AgentChannel.nullable(),
  turns: z.array(z.object({ startMs: z.number(), endMs: z.number(), confidence: z.number() })).nullable(),
  problem: z.string().nullable(),
})

/** calls/talk-store.ts says what each is. */
const Talk = z.object({
  agent_talk_permille: z.number().nullable(),
  silence_permille: z.number().nullable(),
  longest_silence_ms: z.number().nullable(),
  longest_monologue_ms: z.number().nullable(),
  agent_interruptions: z.number().nullable(),
  agent_latency_ms: z.number().nullable(),
})

/** A backup file (absolute), or the name of one that Earmark made by itself. */
const RestoreFrom = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string() }),
  z.object({ kind: z.literal('automatic'), name: z.string() }),
])

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
    /** Writes an export to `path` (absolute). `before`: annotations on calls alone that are here and began before then. */
    write: call(
      z.object({ options: ExportOptions, path: z.string(), before: Instant.nullable() }),
      ExportDone,
    ),
  },
  retention: {
    /** Like `retention.purge`, after the export, if there is to be one. */
    run: call(
      z.object({
        before: Instant,
        by: PurgeRecord.shape.by,
        annotations: AnnotationsFate,
        exportedTo: z.string().nullable(),
        exportedRows: z.number().int().nullable(),
      }),
      PurgeRecord,
    ),
    /** What a purge took, by ids; behind one. */
    ids: call(
      z.object({ purgeId: z.number().int(), after: z.string(), limit: z.number().int().min(1).max(1000) }),
      z.object({ ids: z.array(z.string()) }),
    ),
  },
  backup: {
    /** Writes a backup to `path` (absolute). */
    write: call(z.object({ path: z.string(), withRecordings: z.boolean() }), BackupFacts),
    /** What a backup file (absolute) says that is in it. */
    inspect: call(z.object({ path: z.string() }), BackupFacts),
    /** Makes a workspace in a folder (absolute) that somebody chose: in itself when it is empty, else in a new one in it. */
    restoreInto: call(z.object({ from: RestoreFrom, folder: z.string() }), RestoreDone),
    /** Makes what is to take this workspace's place, beside it. */
    unpackBeside: call(z.object({ from: RestoreFrom }), z.object({ folder: z.string() })),
  },
  recordings: {
    /** Where a call's recording lies; null when it is not there. */
    locate: call(z.object({ callId: CallId }), z.object({ path: z.string(), mime: z.string() }).nullable()),
    /** What makes a call's MP3 file an MP4 file, when it is put before the file's bytes from `start` to `end`; null for others. */
    wrap: call(
      z.object({ callId: CallId }),
      z
        .object({
          mime: z.string(),
          head: z.instanceof(Uint8Array),
          start: z.number().int(),
          end: z.number().int(),
        })
        .nullable(),
    ),
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
    noteFacts: call(AudioFacts.extend({ callId: CallId }), Done),
  },
  timing: {
    /**
     * Listens to a call's recording: makes its waveform where it is missing, and aligns its turns where that is not
     * done or out of date (`again`: also when it is not). What is found is to be kept by `note` and `recordings.noteFacts`.
     */
    listen: call(
      z.object({ callId: CallId, again: z.boolean() }),
      z.object({ facts: AudioFacts.nullable(), heard: Heard.nullable(), talk: Talk.nullable() }),
    ),
    /** The listening under way, if any, ends with `cancelled`: something is wanted sooner. */
    interrupt: call(Nothing, Done),
    /** Calls that may have to be listened to, newest first, slice by slice; `next`: null behind the last. */
    due: call(
      z.object({ before: z.number().nullable() }),
      z.object({ callIds: z.array(CallId), next: z.number().nullable() }),
    ),
    /** Keeps what was heard, and how they talk by it; null: what is kept is up to date, although the call has changed. */
    note: call(z.object({ callId: CallId, heard: Heard.nullable(), talk: Talk.nullable() }), Done),
  },
  support: {
    /** Writes a report to `path` (absolute). */
    write: call(z.object({ parts: z.array(ReportPart), path: z.string() }), ReportSaved),
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
