import { z } from 'zod'
import { call, Done, Instant, Nothing } from './common'

const count = z.number().int().nonnegative()

/** What a backup holds. */
export const BackupFacts = z.object({
  /** The file. */
  path: z.string(),
  madeAt: Instant,
  /** Of the file; null where nobody asked. */
  bytes: count,
  hasRecordings: z.boolean(),
  /** Encrypted as the workspace is: its key is in that computer's keychain, or in the recovery phrase. */
  isProtected: z.boolean(),
  annotations: count,
  calls: count,
  recordings: count,
  connections: count,
})
export type BackupFacts = z.infer<typeof BackupFacts>

/** A copy that Earmark made by itself: of what people wrote (daily), of the calls (weekly), before an update. */
export const AutomaticBackup = z.object({
  name: z.string(),
  of: z.enum(['annotations', 'calls']),
  isBeforeUpdate: z.boolean(),
  /** UTC. */
  day: z.iso.date(),
  bytes: count,
})
export type AutomaticBackup = z.infer<typeof AutomaticBackup>

export const BackupPhase = z.enum(['copying', 'writing', 'checking', 'unpacking'])
export type BackupPhase = z.infer<typeof BackupPhase>

/** What is restored: the file that was chosen last, or one of the automatic backups, by its name. */
export const RestoreSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chosen') }),
  z.object({ kind: z.literal('automatic'), name: z.string().max(200) }),
])
export type RestoreSource = z.infer<typeof RestoreSource>

export const RestoreDone = z.object({
  path: z.string(),
  /** Recordings that the calls have and the backup had not; null: its key is not here, and it is looked for when it is unlocked. */
  missingRecordings: count.nullable(),
})
export type RestoreDone = z.infer<typeof RestoreDone>

export const backup = {
  /** How large a backup of this workspace would be, before it is compressed. */
  size: call(Nothing, z.object({ databaseBytes: count, recordingBytes: count })),
  /** Asks for a file name, writes everything into it, reads it again; null when the dialog was closed. */
  save: call(z.object({ withRecordings: z.boolean() }), BackupFacts.nullable()),
  /** Stops what is being written or restored; nothing of it is left. */
  cancel: call(Nothing, Done),
  /** Shows the last written backup, or the last restored workspace, in the system's file manager. */
  reveal: call(Nothing, Done),
  /** Newest first. */
  automatic: call(Nothing, z.array(AutomaticBackup)),
  /** Asks for a backup file and says what is in it; null when the dialog was closed. */
  choose: call(Nothing, BackupFacts.nullable()),
  /** Asks for a folder and makes a workspace of the backup in it; null when the dialog was closed. */
  restore: call(z.object({ from: RestoreSource }), RestoreDone.nullable()),
  /** The same in the place of this workspace, which gets another name and stays. Earmark starts anew. */
  replace: call(z.object({ from: RestoreSource }), Done),
  /** Opens the workspace that was restored last, in a window of its own. */
  open: call(Nothing, Done),
}
