import { EarmarkError } from '@contract'
import { upsertCalls } from '../calls/store'
import type { StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { getRecording, type RecordingRow } from '../recordings/archive-rows'
import type { Freshened } from '../recordings/download'
import { vendors } from '../vendors'
import type { VendorClient } from './vendor-client'

/**
 * Makes what asks a vendor for fresh addresses of a recording, by reading its call in full again: at most once a call.
 *
 * @param connection null: it was removed
 * @param clientOf how the vendor is asked; null where the run ended before it came to that
 */
export function freshener(
  db: WriteDb,
  connection: StoredConnection | null,
  clientOf: () => Promise<VendorClient | null>,
): (recording: RecordingRow) => Promise<Freshened> {
  const asked = new Set<number>()
  const none = (advice: string): Freshened => ({ kind: 'none', advice })
  return async (recording) => {
    if (connection === null) return none('Its connection was removed: connect the vendor again and sync.')
    if (connection.kind !== 'api')
      return none(`Bring newer files into "${connection.name}" for a fresh address.`)
    const api = vendors[connection.vendor]
    if (api.details === null)
      return none(`${api.name} gives fresh addresses with its lists alone: the next sync tries again.`)
    if (asked.has(recording.callPk)) return none('The next sync tries again.')
    asked.add(recording.callPk)
    try {
      const client = await clientOf()
      const externalId = prepared<string>(db, 'SELECT external_id FROM calls WHERE pk = ?')
        .pluck()
        .get(recording.callPk)
      if (client === null || externalId === undefined) return none('The next sync tries again.')
      const detail = await client.detail(externalId, null)
      if (detail.kind === 'gone') return none(`${api.name} no longer has this call.`)
      if (detail.kind !== 'call') return none('The next sync tries again.')
      upsertCalls(db, connection, [detail.call], Date.now())
      const fresh = getRecording(db, recording.callId)
      return fresh && JSON.stringify(fresh.urls) !== JSON.stringify(recording.urls)
        ? { kind: 'fresh', recording: { ...fresh, file: recording.file } }
        : none(`${api.name} still gives the same address: ask ${api.name} for the recording.`)
    } catch (error) {
      if (!(error instanceof EarmarkError) || error.code === 'cancelled') throw error
      return none(`A fresh address could not be had: ${error.message}`)
    }
  }
}
