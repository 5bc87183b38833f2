import {
  type Connection,
  type ConnectionDraft,
  type ConnectionId,
  EarmarkError,
  type Secrets,
  type TestOutcome,
  toFailure,
} from '@contract'
import { type CallsContext, programOf } from '../sync/context'
import { lockConnection } from '../sync/lock'
import { vendors } from '../vendors'
import { testConnection } from '../vendors/test-connection'
import { forgetSecrets, readSecrets, storeSecrets } from './accounts'
import {
  describeConnection,
  getConnection,
  idForNew,
  insertConnection,
  removeConnection,
  requireFreeName,
  tidyBaseUrl,
  updateConnection,
} from './queries'

/** The draft as it is stored. Raises `invalid_input` where the vendor could not work with it. */
function checked(draft: ConnectionDraft): ConnectionDraft {
  const tidy = { ...draft, baseUrl: tidyBaseUrl(draft.baseUrl), campaignIds: [...new Set(draft.campaignIds)] }
  const complaint = vendors[draft.vendor].problemWith(tidy)
  if (complaint !== null) throw new EarmarkError('invalid_input', complaint, { field: 'campaignIds' })
  return tidy
}

function requireBoth(draft: ConnectionDraft, secrets: Secrets): void {
  const api = vendors[draft.vendor]
  if (api.needs.accessToken && secrets.accessToken === null)
    throw new EarmarkError(
      'secret_missing',
      `${api.name} wants an access token beside the API key: enter both.`,
      {
        field: 'accessToken',
      },
    )
}

/**
 * A new connection: its secrets are in the keychain before anything else is kept.
 * Raises `conflict` for a name that is taken, `keychain_unavailable`, `invalid_input`, `secret_missing`.
 */
export async function create(
  context: CallsContext,
  draft: ConnectionDraft,
  secrets: Secrets,
): Promise<Connection> {
  const { db } = context
  const tidy = checked(draft)
  requireBoth(tidy, secrets)
  requireFreeName(db, tidy.name, null)
  const id = idForNew(db, tidy.vendor, tidy.name)
  try {
    await storeSecrets(context.secrets, id, secrets)
    insertConnection(db, id, { kind: 'api', keepsSecrets: true }, tidy, Date.now())
  } catch (error) {
    // Behind a keychain that hangs this waits its turn; nobody has to wait for it.
    forgetSecrets(context.secrets, id).catch(() => undefined)
    throw error
  }
  return announced(context, id)
}

/** A new connection whose secrets come with each sync and are kept nowhere. Raises `conflict`, `invalid_input`. */
export function createWithoutSecrets(context: CallsContext, draft: ConnectionDraft): Connection {
  const tidy = checked(draft)
  const id = idForNew(context.db, tidy.vendor, tidy.name)
  insertConnection(context.db, id, { kind: 'api', keepsSecrets: false }, tidy, Date.now())
  return announced(context, id)
}

/**
 * Changes a connection; `secrets: null` keeps those in the keychain. Raises `busy` while it is synced, and what
 * `create` raises.
 */
export async function change(
  context: CallsContext,
  id: ConnectionId,
  draft: ConnectionDraft,
  secrets: Secrets | null,
): Promise<Connection> {
  const { db, paths } = context
  const tidy = checked(draft)
  const before = getConnection(db, id)
  const unlock = lockConnection(paths, before, programOf(context))
  try {
    requireFreeName(db, tidy.name, id)
    if (secrets === null && before.keepsSecrets) requireSameOrigin(before, tidy)
    if (secrets !== null) {
      requireBoth(tidy, secrets)
      await storeSecrets(context.secrets, id, secrets)
    }
    updateConnection(db, id, tidy, secrets !== null)
  } finally {
    unlock()
  }
  return announced(context, id)
}

/**
 * Removes a connection and its secrets; its calls stay. Raises `not_found`, `busy` while it is synced,
 * `keychain_unavailable`: then it is still there, so that its secrets are not forgotten in the keychain.
 */
export async function remove(context: CallsContext, id: ConnectionId): Promise<void> {
  const { db, paths } = context
  const connection = getConnection(db, id)
  const unlock = lockConnection(paths, connection, programOf(context))
  try {
    if (connection.keepsSecrets) await forgetSecrets(context.secrets, id)
    removeConnection(db, id, Date.now())
  } finally {
    unlock()
  }
  context.emit({ type: 'connections.changed' })
}

/** One real request to the vendor; nothing is kept. A failure is an outcome with its code and what to do. */
export async function test(
  context: CallsContext,
  id: ConnectionId | null,
  draft: ConnectionDraft,
  secrets: Secrets | null,
): Promise<TestOutcome> {
  try {
    const used = secrets ?? (await keptSecrets(context, id, draft))
    const config = { ...draft, baseUrl: tidyBaseUrl(draft.baseUrl) }
    return await testConnection(vendors[draft.vendor], config, used, { loopbackOnly: context.loopbackOnly })
  } catch (error) {
    const { code, message } = toFailure(error)
    return { ok: false, code, message, total: null }
  }
}

/** The keychain's secrets, for asking with a form that left them as they are. Raises `secret_missing`, `not_found`. */
export async function keptSecrets(
  context: CallsContext,
  id: ConnectionId | null,
  draft: ConnectionDraft,
): Promise<Secrets> {
  if (id === null) throw new EarmarkError('secret_missing', 'Enter the API key to test the connection.')
  const kept = getConnection(context.db, id)
  requireSameOrigin(kept, draft)
  return await readSecrets(context.secrets, id, kept.name)
}

/**
 * Kept secrets only go where they were entered for: another address needs them entered again, so that a changed
 * form can't send them elsewhere. Raises `secret_missing`.
 */
function requireSameOrigin(kept: Pick<ConnectionDraft, 'baseUrl' | 'vendor'>, draft: ConnectionDraft): void {
  if (new URL(kept.baseUrl).origin === new URL(draft.baseUrl).origin && kept.vendor === draft.vendor) return
  throw new EarmarkError('secret_missing', 'The address has changed: enter the key again, for the new one.', {
    field: 'apiKey',
  })
}

function announced(context: CallsContext, id: ConnectionId): Connection {
  context.emit({ type: 'connections.changed' })
  return describeConnection(context.db, id)
}
