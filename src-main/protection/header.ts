import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkError } from '@contract/errors'
import { z } from 'zod'
import { folderToDisk } from '../db/to-disk'
import { codeOf } from '../system-errors'
import type { WorkspaceKeys } from './keys'

/**
 * What a workspace says about its protection, in clear: nothing secret. `protecting` and `unprotecting`: it is being changed
 * over, or that was broken off; only whoever changes it over opens it then.
 */
const Header = z.object({
  about: z.string(),
  version: z.literal(1),
  state: z.enum(['protecting', 'protected', 'unprotecting']),
  /** The name of its key in the keychain. */
  id: z.uuid(),
  databases: z.literal('SQLite3MultipleCiphers aegis-256'),
  files: z.literal('Earmark sealed 1, AES-256-GCM'),
  /** `WorkspaceKeys.check`. */
  check: z.string().regex(/^[0-9a-f]{32}$/),
})
export type ProtectionHeader = z.infer<typeof Header>

const FILE = 'protection.json'
export const headerFile = (root: string): string => join(root, FILE)

/** The header of a workspace; null: it is not protected. Raises `workspace_unusable` where it can't be read. */
export function readHeader(root: string): ProtectionHeader | null {
  let text: string
  try {
    text = readFileSync(headerFile(root), 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null
    throw unreadable(root, error)
  }
  try {
    return Header.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(root, error)
  }
}

/** A new header for these keys. */
export const newHeaderFor = (keys: WorkspaceKeys): ProtectionHeader => ({
  about: 'This Earmark workspace is protected: its key is in the keychain, or in a recovery phrase on paper.',
  version: 1,
  state: 'protecting',
  id: randomUUID(),
  databases: 'SQLite3MultipleCiphers aegis-256',
  files: 'Earmark sealed 1, AES-256-GCM',
  check: keys.check,
})

/** Writes it whole, on the disk when this returns. */
export function writeHeader(root: string, header: ProtectionHeader): void {
  const file = headerFile(root)
  const temporary = `${file}.tmp`
  writeFileSync(temporary, `${JSON.stringify(header, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(temporary, file)
  folderToDisk(root)
}

export function removeHeader(root: string): void {
  rmSync(headerFile(root), { force: true })
  folderToDisk(root)
}

function unreadable(root: string, cause: unknown): EarmarkError {
  return new EarmarkError(
    'workspace_unusable',
    `${headerFile(root)} says how this workspace is protected, and can't be read. Put it back from a copy of the workspace, or update Earmark; nothing was changed.`,
    { file: headerFile(root) },
    { cause },
  )
}
