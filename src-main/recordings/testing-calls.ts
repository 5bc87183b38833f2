import type { WriteDb } from '../db/open'

/** A call without words, with a recording. For tests. */
export function addCall(
  db: WriteDb,
  call: {
    id: string
    urls?: readonly string[]
    startedAtMs?: number
    state?: string
    connectionId?: string
    key?: number | null
  },
): number {
  const connectionId = call.connectionId ?? 'aaaaaaaaaaaa'
  db.prepare(
    `INSERT OR IGNORE INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms)
     VALUES (?, 'api', 'prosper', ?, 'http://127.0.0.1:9', '[]', '{}', 1, 0)`,
  ).run(connectionId, connectionId)
  const pk = db
    .prepare<unknown[], number>(
      `INSERT INTO calls (id, search_key, connection_id, vendor, external_id, started_at_ms, started_at_source,
         turn_count, completeness, is_final, fields, content_hash, recording_state, first_seen_at_ms, updated_at_ms)
       VALUES (?, ?, ?, 'prosper', ?, ?, 'vendor', 0, 'detail', 1, '{}', '', ?, 0, 0) RETURNING pk`,
    )
    .pluck()
    .get(call.id, call.key ?? null, connectionId, call.id, call.startedAtMs ?? 0, call.state ?? 'waiting')
  if (pk === undefined) throw new Error('The call was not stored.')
  db.prepare('INSERT INTO recordings (call_pk, urls) VALUES (?, ?)').run(pk, JSON.stringify(call.urls ?? []))
  return pk
}
