import { SyncState } from '../../src-main/sync/state'
import type { World } from './world'

/**
 * Whether all that the stored position says was covered is in the cache, in full or set aside: of each campaign, the pages before the position
 * (all, where the campaign is done), as the simulator gave them last. Answers what is missing; null: nothing is.
 */
export function checkCursor({ backend, connectionId, simulator, setting }: World): string | null {
  const { db } = backend
  const text = db
    .prepare<[string], string>('SELECT state FROM connections WHERE id = ?')
    .pluck()
    .get(connectionId)
  const parsed = SyncState.safeParse(JSON.parse(text ?? '{}'))
  if (!parsed.success) return `The stored state can't be read: ${parsed.error.message}`
  const { listing } = parsed.data
  if (listing === null) return null
  const kept = new Set(
    db
      .prepare<[], string>(
        `SELECT external_id FROM calls WHERE completeness = 'detail'
         UNION SELECT external_id FROM quarantine WHERE external_id IS NOT NULL`,
      )
      .pluck()
      .all(),
  )
  for (const { campaignId, pass, isDone } of listing.campaigns) {
    if (pass === null) continue
    const before = isDone ? Number.POSITIVE_INFINITY : Number(pass.position.page ?? 0)
    const pages = new Map<number, readonly string[]>()
    for (const delivery of simulator.ledger?.deliveries ?? [])
      if (delivery.campaignId === campaignId) pages.set(delivery.page, delivery.externalIds)
    for (const [page, externalIds] of pages) {
      if (page >= before) continue
      const missing = externalIds.filter((id) => !kept.has(id) && simulator.ledger?.unknown.has(id) !== true)
      if (missing.length > 0 && setting.vendor === 'prosper')
        return `The position is at page ${before} of ${campaignId}, but ${missing.join(', ')} of page ${page} are not kept in full.`
    }
  }
  return null
}
