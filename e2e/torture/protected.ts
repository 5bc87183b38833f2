import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type WorkspacePaths, workspacePaths } from '../../src-main/db/workspace'
import { convertWorkspace } from '../../src-main/protection/convert'
import { newHeaderFor } from '../../src-main/protection/header'
import { WorkspaceKeys } from '../../src-main/protection/keys'

/** The key of every protected workspace here: processes that are killed need no keychain. */
const MASTER = new Uint8Array(32).fill(7)

/** What a workspace is opened with; null: it is not protected. */
export const masterIn = (root: string): Uint8Array | null =>
  existsSync(join(root, 'protection.json')) ? MASTER : null

export function pathsIn(root: string): WorkspacePaths {
  const master = masterIn(root)
  return workspacePaths(root, master && new WorkspaceKeys(master))
}

/** Encrypts a workspace that nobody has open. */
export function protect(root: string): Promise<void> {
  const keys = new WorkspaceKeys(MASTER)
  const { signal } = new AbortController()
  return convertWorkspace({
    root,
    header: newHeaderFor(keys),
    keys,
    to: 'protected',
    signal,
    onProgress: () => undefined,
  })
}
