import type { SecretStore } from '../connections/secrets'
import { makeFolders } from '../db/workspace'
import { type ConvertOptions, convertWorkspace } from './convert'
import { newHeaderFor, readHeader } from './header'
import { WorkspaceKeys } from './keys'
import { lockedWorkspace } from './locked'
import { keepKey, keptKey } from './unlock'

type Following = Pick<ConvertOptions, 'onProgress' | 'signal'>

/** What the header says of a workspace; `changing`: changing it over was broken off. */
export type Protection = 'plain' | 'protected' | 'changing'

/** Raises `workspace_unusable`. */
export function protectionOf(root: string): Protection {
  const header = readHeader(root)
  if (header === null) return 'plain'
  return header.state === 'protected' ? 'protected' : 'changing'
}

/**
 * Protects a plain workspace with a new key, which is in the keychain before anything is encrypted. When it fails or is stopped,
 * what was encrypted is decrypted again. Raises as `convertWorkspace`, and `keychain_unavailable`.
 */
export async function protectWorkspace(
  root: string,
  master: Uint8Array,
  keychain: SecretStore,
  following: Following,
): Promise<void> {
  makeFolders(root)
  const keys = new WorkspaceKeys(master)
  const header = newHeaderFor(keys)
  await keepKey(header, master, keychain)
  await changeOver({ root, header, keys, to: 'protected', ...following })
}

/**
 * Removes a workspace's protection. Its key stays in the keychain: backups and copies that were made meanwhile need it. Raises as
 * `resumeChange`.
 */
export const unprotectWorkspace = (
  root: string,
  keychain: SecretStore,
  following: Following,
): Promise<void> => resumeChange(root, 'plain', keychain, following)

/**
 * Changes a protected workspace, or one that was left half changed over, to this form. Raises as `convertWorkspace`;
 * `workspace_locked` where the keychain does not hold the key, `keychain_unavailable`.
 */
export async function resumeChange(
  root: string,
  to: ConvertOptions['to'],
  keychain: SecretStore,
  following: Following,
): Promise<void> {
  const header = readHeader(root)
  if (header === null) return
  const master = await keptKey(header, keychain)
  if (master === null) throw lockedWorkspace(root, { ...header, state: 'protected' })
  await changeOver({ root, header, keys: new WorkspaceKeys(master), to, ...following })
}

/** Half changed over, nothing opens it: so what can't be ended is taken back, and then the failure is told. */
async function changeOver(options: ConvertOptions): Promise<void> {
  try {
    await convertWorkspace(options)
  } catch (error) {
    if (protectionOf(options.root) === 'changing') {
      const to = options.to === 'protected' ? 'plain' : 'protected'
      // Where that fails too, the next start offers to go on: every file is whole, in one form or the other.
      await convertWorkspace({ ...options, to, signal: new AbortController().signal }).catch(() => undefined)
    }
    throw error
  }
}
