import { type ConnectionId, EarmarkError, type EarmarkEvent, toFailure, type WebhookStatus } from '@contract'
import { getConnection, type StoredConnection } from '../connections/queries'
import type { CallsContext } from '../sync/context'
import type { SyncEngine } from '../sync/engine'
import { vendors } from '../vendors'
import { QUEUE_RULES, type QueueRules } from './delivery-queue'
import { Inbox } from './inbox'
import { keepHmacKey, makePath, readHmacKey, readPath } from './keychain'
import { openListeners } from './listeners'
import { enabledWebhooks, getWebhook, keepWebhook, noteLastPort } from './queries'
import { PATH, RECEIVER_RULES, type ReceiverRules } from './receiver'
import { secretDigest } from './signature'

export interface WebhookRules {
  receiver: ReceiverRules
  queue: QueueRules
  /** How often a port that could not be had is tried again. */
  portRetryMs: number
  /** How often numbers are kept and told. */
  newsMs: number
}

const RULES: WebhookRules = {
  receiver: RECEIVER_RULES,
  queue: QUEUE_RULES,
  portRetryMs: 60_000,
  newsMs: 1000,
}

/** See the contract's `webhooks.set`. */
export interface WebhookChange {
  connectionId: ConnectionId
  isEnabled: boolean
  port: number | null
  hmacSecret: string | null
  removeHmac: boolean
  hmacHeader?: string | undefined
}

/** The receivers of a workspace. */
export interface Webhooks {
  /** Listens for all connections whose receiver is switched on. Never rejects: what fails is a status's `problem`. */
  begin: () => Promise<void>
  /** Raises `not_found`. */
  status: (id: ConnectionId) => WebhookStatus
  /** Raises `not_found`, `invalid_input`, `secret_missing`, `keychain_unavailable`. */
  set: (change: WebhookChange) => Promise<WebhookStatus>
  /** A new path; the old one stops at once. Raises `not_found`, `invalid_input`, `keychain_unavailable`. */
  renew: (id: ConnectionId) => Promise<WebhookStatus>
  /** To be told of the backend's events: connections are removed, and keychains are unlocked by syncs. */
  follow: (event: EarmarkEvent) => void
  /** Resolves when settings are in force and nothing is being read. For tests. */
  idle: () => Promise<void>
  /** Stops listening, and forgets what waits: the next sync reads it. */
  close: () => Promise<void>
}

/** One receiver that is switched on. */
interface Live {
  inbox: Inbox
  /** null while it does not listen. */
  path: string | null
  /** Why it does not listen. */
  problem: { message: string; isPort: boolean } | null
}

/** `rules`, `now`: for tests. */
export function openWebhooks(
  context: CallsContext,
  engine: Pick<SyncEngine, 'fetchCall'>,
  { rules: changed, now = Date.now }: { rules?: Partial<WebhookRules>; now?: () => number } = {},
): Webhooks {
  const { db, secrets, emit } = context
  const rules = { ...RULES, ...changed }
  const listeners = openListeners(rules.receiver, now)
  const live = new Map<ConnectionId, Live>()
  let line: Promise<unknown> = Promise.resolve()
  let retry: NodeJS.Timeout | null = null
  let isClosed = false

  /** Changes of settings go one after the other. */
  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = line.then(work)
    line = mine.catch(() => undefined)
    return mine
  }

  /** For what nobody waits for. A database that fails says so wherever somebody asks. */
  const later = (work: () => Promise<void>): Promise<void> => inLine(work).catch(() => undefined)

  const stop = async (id: ConnectionId): Promise<void> => {
    live.get(id)?.inbox.close()
    live.delete(id)
    await listeners.drop(id)
  }

  /** Puts the kept settings into force. In line only; never rejects. */
  const apply = async (id: ConnectionId): Promise<void> => {
    if (isClosed) return
    const webhook = getWebhook(db, id)
    if (!webhook.isEnabled) await stop(id)
    else {
      const one = live.get(id) ?? {
        inbox: new Inbox(id, context, engine, rules, now),
        path: null,
        problem: null,
      }
      live.set(id, one)
      try {
        const { path, hmacKey } = await readWebhookSecrets(id, webhook.hasHmac)
        const port = await listeners.put(id, webhook.port, webhook.lastPort, {
          pathDigest: secretDigest(path),
          hmacKey,
          hmacHeader: webhook.hmacHeader,
          accept: (delivery) => one.inbox.accept(delivery),
          refuse: (reason) => one.inbox.refuse(reason),
        })
        if (webhook.port === null && port !== webhook.lastPort) noteLastPort(db, id, port)
        Object.assign(one, { path, problem: null } satisfies Partial<Live>)
      } catch (error) {
        await listeners.drop(id)
        Object.assign(one, { path: null, problem: problemOf(error) } satisfies Partial<Live>)
        if (one.problem?.isPort) retryPorts()
      }
    }
    emit({ type: 'webhooks.changed', connectionId: id })
  }

  /** Raises `secret_missing`, `keychain_unavailable`. */
  const readWebhookSecrets = async (id: ConnectionId, hasHmac: boolean) => {
    const path = await readPath(secrets, id)
    if (path === null)
      throw new EarmarkError(
        'secret_missing',
        'The keychain does not hold this webhook’s address any more, so nothing listens. Make a new address, and give it to the sender.',
      )
    const hmacKey = hasHmac ? await readHmacKey(secrets, id) : null
    if (hasHmac && hmacKey === null)
      throw new EarmarkError(
        'secret_missing',
        'The keychain does not hold this webhook’s signing secret any more, so nothing listens. Enter it again, or remove it.',
      )
    return { path, hmacKey }
  }

  const retryPorts = (): void => {
    if (retry !== null || isClosed) return
    retry = setTimeout(() => {
      retry = null
      const failed = [...live].filter(([, { problem }]) => problem?.isPort)
      void later(async () => {
        for (const [id] of failed) await apply(id)
      })
    }, rules.portRetryMs)
    retry.unref()
  }

  const status = (id: ConnectionId): WebhookStatus => {
    getConnection(db, id)
    const one = live.get(id)
    const webhook = one?.inbox.stored() ?? getWebhook(db, id)
    const port = one?.path ? listeners.portOf(id) : null
    return {
      connectionId: id,
      isEnabled: webhook.isEnabled,
      isListening: port !== null,
      port: webhook.port,
      url: port === null ? null : `http://127.0.0.1:${port}${PATH}${one?.path}`,
      hasHmac: webhook.hasHmac,
      hmacHeader: webhook.hmacHeader,
      accepted: webhook.accepted,
      refused: webhook.refused,
      lastAt: webhook.lastAtMs === null ? null : new Date(webhook.lastAtMs).toISOString(),
      problem: webhook.isEnabled ? (one?.problem?.message ?? webhook.problem) : null,
    }
  }

  const set = async (change: WebhookChange): Promise<WebhookStatus> => {
    const { connectionId: id, isEnabled, port, hmacSecret, removeHmac } = change
    const connection = getConnection(db, id)
    if (isEnabled) requireAnnouncing(connection)
    if (removeHmac && hmacSecret !== null)
      throw new EarmarkError('invalid_input', 'Either enter a signing secret or remove it.', {
        field: 'hmacSecret',
      })
    if (isEnabled && (await readPath(secrets, id)) === null) await makePath(secrets, id)
    if (hmacSecret !== null || removeHmac) await keepHmacKey(secrets, id, hmacSecret)
    const before = getWebhook(db, id)
    const hmacHeader = change.hmacHeader?.toLowerCase() ?? before.hmacHeader
    const hasHmac = hmacSecret !== null || (before.hasHmac && !removeHmac)
    keepWebhook(db, { connectionId: id, isEnabled, port, hasHmac, hmacHeader })
    await apply(id)
    return status(id)
  }

  const renew = async (id: ConnectionId): Promise<WebhookStatus> => {
    requireAnnouncing(getConnection(db, id))
    // Whatever comes of the keychain: the old one is not answered any more.
    await listeners.drop(id)
    try {
      await makePath(secrets, id)
    } finally {
      await apply(id)
    }
    return status(id)
  }

  const dropRemoved = (): void => {
    const there = new Set(enabledWebhooks(db))
    const removed = [...live.keys()].filter((id) => !there.has(id))
    for (const id of removed) void later(() => stop(id))
  }

  return {
    begin: () =>
      later(async () => {
        for (const id of enabledWebhooks(db)) if (!live.has(id)) await apply(id)
      }),
    status,
    set: (change) => inLine(() => set(change)),
    renew: (id) => inLine(() => renew(id)),
    follow: (event) => {
      if (live.size === 0 || isClosed) return
      if (event.type === 'connections.changed') dropRemoved()
      // The sync had its key from the keychain.
      const { problem } = (event.type === 'sync.done' && live.get(event.connectionId)) || { problem: null }
      if (event.type === 'sync.done' && event.outcome === 'done' && problem && !problem.isPort)
        void later(() => apply(event.connectionId))
    },
    idle: async () => {
      await line
      for (const { inbox } of live.values()) await inbox.idle()
    },
    close: async () => {
      isClosed = true
      if (retry !== null) clearTimeout(retry)
      for (const { inbox } of live.values()) inbox.close()
      live.clear()
      // The line may be waiting for a keychain; nothing that it does later listens.
      await listeners.close()
    },
  }
}

/** Raises `invalid_input`, `secret_missing` for a connection that can't have a receiver. */
function requireAnnouncing({ id, kind, vendor, name, keepsSecrets }: StoredConnection): void {
  const api = vendors[vendor]
  if (kind !== 'api' || api.details === null)
    throw new EarmarkError(
      'invalid_input',
      kind === 'api'
        ? `${api.name} announces no calls, so "${name}" can't have a webhook. Let it sync by a schedule instead.`
        : `"${name}" is not connected to a vendor, so it can't have a webhook.`,
      { connectionId: id },
    )
  if (!keepsSecrets)
    throw new EarmarkError(
      'secret_missing',
      `"${name}" was made without keeping its secrets, so that Earmark can't read the calls that a webhook announces. Open its settings and enter the key.`,
      { connectionId: id },
    )
}

function problemOf(error: unknown): NonNullable<Live['problem']> {
  const { code, message } = toFailure(error)
  if (code === 'keychain_unavailable')
    return {
      message:
        'The system’s keychain is locked or can’t be used. The webhook’s address is in it, so nothing listens. Unlock the keychain, then sync this connection or save its webhook again.',
      isPort: false,
    }
  return { message, isPort: code === 'conflict' }
}
