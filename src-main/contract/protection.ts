import { z } from 'zod'
import { call, Done, Nothing } from './common'

/** The two forms in which a workspace lies on the disk. */
export const WorkspaceForm = z.enum(['protected', 'plain'])
export type WorkspaceForm = z.infer<typeof WorkspaceForm>

export const ProtectionStatus = z.object({
  /**
   * `opening`: the keychain is asked. `locked`: it does not hold the key. `working`: the workspace is being changed over. `halfway`:
   * that was broken off; it has to be ended or taken back before the workspace can be used.
   */
  state: z.enum(['opening', 'plain', 'protected', 'locked', 'working', 'halfway']),
  /** What it is being changed to, while `working` or `halfway`. */
  to: WorkspaceForm.nullable(),
  /** Bytes, while `working`; `total: null`: not known yet. */
  done: z.number(),
  total: z.number().nullable(),
  /** Why the last attempt failed, until somebody has seen it. */
  problem: z.string().nullable(),
})
export type ProtectionStatus = z.infer<typeof ProtectionStatus>

export const protection = {
  status: call(Nothing, ProtectionStatus),
  /**
   * A new key, kept in memory until `protect`: its recovery phrase, 24 words. The one moment in which a phrase is on the screen.
   */
  prepare: call(Nothing, z.object({ phrase: z.string() })),
  /** Saves the phrase of `prepare` as a text file that somebody chooses; false when the dialog was closed. */
  savePhrase: call(Nothing, z.object({ saved: z.boolean() })),
  /** Encrypts the workspace with the key of `prepare`. Answers when it has begun; `protection.changed` tells the rest. */
  protect: call(Nothing, Done),
  /** Decrypts it. */
  unprotect: call(Nothing, Done),
  /** Ends what was broken off, in either direction. */
  resume: call(z.object({ to: WorkspaceForm }), Done),
  /** Stops what is going on; what was done is taken back. */
  cancel: call(Nothing, Done),
  /** Opens a locked workspace; its key is in the keychain again. Raises `invalid_input`, `keychain_unavailable`. */
  unlock: call(z.object({ phrase: z.string().max(2000) }), Done),
  /** Asks the keychain again. */
  retry: call(Nothing, Done),
  /** `problem` was read. */
  acknowledge: call(Nothing, Done),
}
