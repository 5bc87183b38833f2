import { EarmarkError, type Secrets } from '@contract'
import { readSecrets } from '../connections/accounts'
import type { StoredConnection } from '../connections/queries'
import { vendors } from '../vendors'
import type { CallsContext } from './context'

/** Raises `invalid_input` for what was imported once. */
export function requireSyncable(connection: StoredConnection): void {
  if (connection.kind !== 'folder') requireApi(connection)
}

function requireApi(connection: StoredConnection): void {
  if (connection.kind === 'api') return
  if (connection.kind === 'folder')
    throw new EarmarkError(
      'invalid_input',
      `"${connection.name}" reads files; it has no vendor to ask. Put the call's file into its folder.`,
      { connectionId: connection.id },
    )
  throw new EarmarkError(
    'invalid_input',
    `"${connection.name}" holds calls that were imported from files; there is nothing to sync it with. Import newer files instead.`,
    { connectionId: connection.id },
  )
}

/** The connection, when its vendor hands out single calls; else raises `invalid_input`. */
export function requireDetails(connection: StoredConnection): StoredConnection {
  requireApi(connection)
  if (vendors[connection.vendor].details !== null) return connection
  throw new EarmarkError(
    'invalid_input',
    `${vendors[connection.vendor].name} does not hand out single calls. Sync "${connection.name}" instead.`,
    { connectionId: connection.id },
  )
}

/** Those in the keychain. Raises `secret_missing`, `keychain_unavailable`. */
export async function keptSecrets(
  { secrets }: CallsContext,
  { id, name, keepsSecrets }: StoredConnection,
): Promise<Secrets> {
  if (keepsSecrets) return readSecrets(secrets, id, name)
  throw new EarmarkError(
    'secret_missing',
    `"${name}" was made without keeping its secrets. Sync it with --secrets-from-env, or open its settings and enter the key.`,
    { connectionId: id },
  )
}
