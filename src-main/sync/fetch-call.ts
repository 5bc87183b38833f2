import { type CallId, EarmarkError, type Secrets } from '@contract'
import { quarantineRecords, releaseReadable } from '../calls/quarantine'
import { type Upserted, upsertCalls } from '../calls/store'
import type { StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { vendors } from '../vendors'
import { openHttp } from '../vendors/http'
import type { CallsContext } from './context'
import type { HostGate } from './host-gate'
import type { RetryRules } from './retry'
import { readState } from './state'
import { type Detail, VendorClient } from './vendor-client'

/** What became of one call that was asked for by its id. */
export type FetchedCall = Upserted['outcome'] | 'gone'

/** One call in full, by a running sync's client; null when there is none, or its sync is cancelled meanwhile. */
export async function detailBeside(
  client: VendorClient | null,
  externalId: string,
  closing: AbortSignal,
): Promise<Detail | null> {
  try {
    return client && (await client.detail(externalId, null))
  } catch (error) {
    if (error instanceof EarmarkError && error.code === 'cancelled' && !closing.aborted) return null
    throw error
  }
}

/** One call in full, without a sync. */
export async function detailAlone(
  how: {
    context: CallsContext
    connection: StoredConnection
    secrets: Secrets
    gateFor: (connection: StoredConnection) => HostGate
    rules: RetryRules
  },
  externalId: string,
  signal: AbortSignal,
): Promise<Detail> {
  const { context, connection, secrets, gateFor, rules } = how
  const http = openHttp({ loopbackOnly: context.loopbackOnly, timeouts: rules.timeouts })
  try {
    const client = new VendorClient({
      api: vendors[connection.vendor],
      config: connection,
      secrets,
      learned: readState(context.db, connection.id).learned,
      http,
      gate: gateFor(connection),
      rules,
      signal,
      onWait: () => undefined,
      onAnswer: () => undefined,
    })
    return await client.detail(externalId, null)
  } finally {
    http.close()
  }
}

/**
 * Stores what the vendor answered when asked for one call, in one transaction. A call that the vendor does not have
 * any more stays, marked. `campaignId`: where the answer names none. Answers the id of a call whose recording waits
 * now. Raises `vendor_error` for a record that can't be read; it is set aside.
 */
export function storeFetched(
  db: WriteDb,
  connection: StoredConnection,
  externalId: string,
  campaignId: string | null,
  detail: Detail,
): { outcome: FetchedCall; callId: CallId | null } {
  const nowMs = Date.now()
  if (detail.kind === 'gone') {
    prepared(
      db,
      'UPDATE calls SET gone_since_ms = ? WHERE connection_id = ? AND external_id = ? AND gone_since_ms IS NULL',
    ).run(nowMs, connection.id, externalId)
    return { outcome: 'gone', callId: null }
  }
  if (detail.kind === 'unreadable') {
    quarantineRecords(db, connection.id, [detail.record], nowMs)
    throw new EarmarkError(
      'vendor_error',
      `Call ${externalId} of "${connection.name}" can't be read: ${detail.record.reason} It was set aside.`,
      { connectionId: connection.id },
    )
  }
  const call = { ...detail.call, campaignId: detail.call.campaignId ?? campaignId }
  const [stored] = db.transaction(() => {
    const written = upsertCalls(db, connection, [call], nowMs)
    releaseReadable(db, connection.id, [call], new Set())
    return written
  })()
  return {
    outcome: stored?.outcome ?? 'unchanged',
    callId: stored?.recordingState === 'waiting' ? stored.callId : null,
  }
}
