import { EarmarkError } from '@contract/errors'
import type { SecretStore } from '../connections/secrets'
import { type ProtectionHeader, readHeader } from './header'
import { MASTER_BYTES, WorkspaceKeys } from './keys'
import { lockedWorkspace } from './locked'
import { keyOfPhrase } from './phrase'

/** The keychain's entry of a protected workspace. */
const accountOf = (header: Pick<ProtectionHeader, 'id'>): string => `protection/${header.id}`

/**
 * The key of a workspace, out of the keychain; null where it is not protected. Raises `workspace_locked` where the keychain does
 * not hold it or the workspace is being changed over, `keychain_unavailable`.
 */
export async function masterKeyOf(root: string, keychain: SecretStore): Promise<Uint8Array | null> {
  const header = readHeader(root)
  if (header === null) return null
  const master = header.state === 'protected' ? await keptKey(header, keychain) : null
  if (master === null) throw lockedWorkspace(root, header)
  return master
}

/** The key that the keychain keeps for this header; null where it has none, or another one. Raises `keychain_unavailable`. */
export async function keptKey(header: ProtectionHeader, keychain: SecretStore): Promise<Uint8Array | null> {
  const kept = await keychain.get(accountOf(header))
  const master = kept === null ? null : new Uint8Array(Buffer.from(kept, 'hex'))
  return master?.length === MASTER_BYTES && new WorkspaceKeys(master).fits(header.check) ? master : null
}

/** Keeps a workspace's key in the keychain and reads it back: nothing is encrypted before. Raises `keychain_unavailable`. */
export async function keepKey(
  header: ProtectionHeader,
  master: Uint8Array,
  keychain: SecretStore,
): Promise<void> {
  await keychain.set(accountOf(header), Buffer.from(master).toString('hex'))
  if ((await keptKey(header, keychain)) === null)
    throw new EarmarkError(
      'keychain_unavailable',
      'The system’s keychain did not give back what was kept in it, so nothing was changed. Look whether it is unlocked, and try again.',
    )
}

/**
 * Opens a protected workspace with its recovery phrase: its key is in the keychain again afterwards, and returned. Raises `not_found`
 * where it is not protected, `invalid_input` for a phrase that is none or another workspace's, `keychain_unavailable`.
 */
export async function unlockWorkspace(
  root: string,
  phrase: string,
  keychain: SecretStore,
): Promise<Uint8Array> {
  const header = readHeader(root)
  if (header === null)
    throw new EarmarkError('not_found', `This workspace is not protected (${root}); no phrase is needed.`)
  const master = keyOfPhrase(phrase)
  if (!new WorkspaceKeys(master).fits(header.check))
    throw new EarmarkError(
      'invalid_input',
      'This is a recovery phrase, but of another workspace. Look for the one that was written down when this workspace was protected.',
      { field: 'phrase' },
    )
  await keepKey(header, master, keychain)
  return master
}
