import { z } from 'zod'

/** The name of the manifest in a backup file. It comes last, as it tells of all that was written before. */
export const MANIFEST = 'manifest.json'
/** A manifest is never larger, whatever a file says. Enough for a million recordings. */
export const MAX_MANIFEST_BYTES = 200_000_000

/**
 * What may be in a backup: the databases, and recordings as the archive names them. No part begins with a dot, no name
 * leads out of the folder that it is unpacked in, on any system.
 */
export const BackupEntry = z.object({
  name: z.string().regex(/^(?:reviews\.db|calls\.db|recordings\/[a-z0-9]{2}\/[a-z0-9]{16}\.[a-z0-9]{1,5})$/),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type BackupEntry = z.infer<typeof BackupEntry>

export const Manifest = z.object({
  format: z.literal(1),
  appVersion: z.string().max(100),
  madeAt: z.iso.datetime(),
  hasRecordings: z.boolean(),
  counts: z.object({
    calls: z.number().int(),
    annotations: z.number().int(),
    recordings: z.number().int(),
    connections: z.number().int(),
  }),
  entries: z.array(BackupEntry),
})
export type Manifest = z.infer<typeof Manifest>

/** How far a backup or a restore is; `phase`: what is being done. */
export interface BackupProgress {
  phase: 'copying' | 'writing' | 'checking' | 'unpacking'
  doneBytes: number
  totalBytes: number
}
