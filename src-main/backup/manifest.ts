import { z } from 'zod'
import type { SecretStore } from '../connections/secrets'

/** The name of the manifest in a backup file. It comes last, as it tells of all that was written before. */
export const MANIFEST = 'manifest.json'
/** A manifest is never larger, whatever a file says: about a million files. */
export const MAX_MANIFEST_BYTES = 128_000_000

/** How the workspace is protected, in a backup of a protected one. */
export const HEADER = 'protection.json'

/**
 * What may be in a backup: the databases, recordings and waveforms as a workspace names them, and what says how it is
 * protected. No part begins with a dot, no name leads out of the folder that it is unpacked in, on any system.
 */
export const BackupEntry = z.object({
  name: z
    .string()
    .regex(
      /^(?:reviews\.db|calls\.db|protection\.json|recordings\/[a-z2-7]{2}\/[a-z2-7]{16}\.[a-z0-9]{1,5}|peaks\/[a-z2-7]{2}\/[a-z2-7]{16}-\d{1,15}-\d{1,15}\.peaks)$/,
    ),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Waveforms are found by the time of their recording. */
  modifiedMs: z.number().int().nonnegative().max(8.64e15).nullable(),
})
export type BackupEntry = z.infer<typeof BackupEntry>

const count = z.number().int().nonnegative()

export const Manifest = z.object({
  /** 2: of a protected workspace. */
  format: z.union([z.literal(1), z.literal(2)]),
  appVersion: z.string().max(100),
  madeAt: z.iso.datetime(),
  /** The databases' versions: how many migrations they have seen. */
  schemas: z.object({ 'reviews.db': count, 'calls.db': count }),
  hasRecordings: z.boolean(),
  counts: z.object({ calls: count, annotations: count, recordings: count, connections: count }),
  entries: z.array(BackupEntry),
})
export type Manifest = z.infer<typeof Manifest>

/** Of a protected workspace: what is in it is encrypted as it was there. */
export const isProtectedBackup = ({ entries }: Manifest): boolean =>
  entries.some(({ name }) => name === HEADER)

/** How far a backup or a restore is. `totalBytes: null`: nobody knows. */
export interface BackupProgress {
  phase: 'copying' | 'writing' | 'checking' | 'unpacking'
  doneBytes: number
  totalBytes: number | null
}

export interface BackupWork {
  onProgress?: ((progress: BackupProgress) => void) | undefined
  signal?: AbortSignal | undefined
  /** Asked for the key of a protected workspace that is restored; absent: it has none. */
  keychain?: SecretStore | undefined
}
