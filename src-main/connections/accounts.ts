import { type ConnectionId, EarmarkError, type Secrets } from '@contract'
import { forgetWebhookSecrets } from '../webhooks/keychain'
import type { SecretStore } from './secrets'

/**
 * A keychain whose entries belong to one workspace: two workspaces may have connections of the same name, and
 * removing one must not take the other's secrets.
 */
export function inWorkspace(store: SecretStore, workspaceId: string): SecretStore {
  const own = (account: string) => `${workspaceId}/${account}`
  return {
    get: (account) => store.get(own(account)),
    set: (account, value) => store.set(own(account), value),
    remove: (account) => store.remove(own(account)),
  }
}

/** The keychain's entries of one connection, by the secret's name. */
const account = (id: ConnectionId, name: keyof Secrets): string => `${id}/${name}`

/** Puts a connection's secrets into the keychain. Raises `keychain_unavailable`. */
export async function storeSecrets(store: SecretStore, id: ConnectionId, secrets: Secrets): Promise<void> {
  await store.set(account(id, 'apiKey'), secrets.apiKey)
  if (secrets.accessToken === null) await store.remove(account(id, 'accessToken'))
  else await store.set(account(id, 'accessToken'), secrets.accessToken)
}

/** Takes a connection's secrets, and its webhook's, out of the keychain. Raises `keychain_unavailable`. */
export async function forgetSecrets(store: SecretStore, id: ConnectionId): Promise<void> {
  await store.remove(account(id, 'apiKey'))
  await store.remove(account(id, 'accessToken'))
  await forgetWebhookSecrets(store, id)
}

/**
 * A connection's secrets for one run.
 * Raises `secret_missing` when the keychain has none, `keychain_unavailable`.
 */
export async function readSecrets(store: SecretStore, id: ConnectionId, name: string): Promise<Secrets> {
  const apiKey = await store.get(account(id, 'apiKey'))
  if (apiKey === null || apiKey === '')
    throw new EarmarkError(
      'secret_missing',
      `The keychain holds no API key for "${name}". Open its settings and enter the key again.`,
      { connectionId: id },
    )
  return { apiKey, accessToken: await store.get(account(id, 'accessToken')) }
}
