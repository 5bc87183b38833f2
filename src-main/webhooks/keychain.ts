import { randomBytes } from 'node:crypto'
import type { ConnectionId } from '@contract'
import type { SecretStore } from '../connections/secrets'

/*
 * A receiver's secrets, beside those of its connection: the path that it is reached at, and the key that deliveries
 * are signed with. Switching it off keeps both, so that the address is the same when it is switched on again; they go with the
 * connection.
 */

const PATH_BYTES = 32

const pathAccount = (id: ConnectionId) => `${id}/webhookPath`
const hmacAccount = (id: ConnectionId) => `${id}/webhookHmac`

/** Raises `keychain_unavailable`. null: there is none. */
export const readPath = (store: SecretStore, id: ConnectionId): Promise<string | null> =>
  store.get(pathAccount(id))

/** Makes a new path and keeps it. Raises `keychain_unavailable`. */
export async function makePath(store: SecretStore, id: ConnectionId): Promise<string> {
  const path = randomBytes(PATH_BYTES).toString('base64url')
  await store.set(pathAccount(id), path)
  return path
}

/** Raises `keychain_unavailable`. null: there is none. */
export const readHmacKey = (store: SecretStore, id: ConnectionId): Promise<string | null> =>
  store.get(hmacAccount(id))

/** `null` removes it. Raises `keychain_unavailable`. */
export const keepHmacKey = (store: SecretStore, id: ConnectionId, key: string | null): Promise<void> =>
  key === null ? store.remove(hmacAccount(id)) : store.set(hmacAccount(id), key)

/** Takes both out of the keychain. Raises `keychain_unavailable`. */
export async function forgetWebhookSecrets(store: SecretStore, id: ConnectionId): Promise<void> {
  await store.remove(pathAccount(id))
  await store.remove(hmacAccount(id))
}
