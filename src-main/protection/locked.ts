import { EarmarkError } from '@contract/errors'
import type { ProtectionHeader } from './header'

/** The failure of opening a protected workspace without its key, or one that is being changed over. */
export function lockedWorkspace(root: string, header: ProtectionHeader | null): EarmarkError {
  if (header === null)
    return new EarmarkError(
      'workspace_locked',
      `The protection of this workspace (${root}) was removed meanwhile. Start Earmark again.`,
    )
  if (header.state !== 'protected')
    return new EarmarkError(
      'workspace_locked',
      `${header.state === 'protecting' ? 'Protecting this workspace' : 'Removing the protection of this workspace'} (${root}) is not finished. Start Earmark, or run "earmark ${header.state === 'protecting' ? 'protect' : 'unprotect'}": it goes on where it stopped, and nothing is lost.`,
      { state: header.state },
    )
  return new EarmarkError(
    'workspace_locked',
    `This workspace is protected (${root}), and the keychain of this computer does not hold its key. Start Earmark and enter the recovery phrase, or run "earmark unlock".`,
    { state: header.state },
  )
}
