import type { ConnectionId, Vendor } from '@contract'
import { hashRecord } from '../calls/canonical'
import { callIdOf } from '../calls/identity'
import type { ReadDb } from '../db/open'
import { openReviewsForReading, type WorkspacePaths } from '../db/workspace'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import { wasPurged } from './records'
import { floorOf } from './rule'

/**
 * What a sync must leave where it is: calls that were purged, and, while the daily rule is on, calls that it would purge
 * at its next run. `reviews.db` is opened at the first question, read-only, and asked anew each time. Imports by hand
 * don't ask: whoever brings a call back wants it.
 */
export class PurgedCalls {
  #db: ReadDb | null = null

  constructor(
    private readonly paths: WorkspacePaths,
    private readonly now: () => number = Date.now,
  ) {}

  /** Raises what opening `reviews.db` raises. */
  filter(connection: { id: ConnectionId; vendor: Vendor }): {
    wants: (call: Pick<VendorCall, 'externalId' | 'startedAtMs'>) => boolean
    wantsRecord: (record: UnreadableRecord) => boolean
  } {
    this.#db ??= openReviewsForReading(this.paths)
    const db = this.#db
    const floorMs = floorOf(db, this.now())
    const isGone = (externalId: string) =>
      wasPurged(db, callIdOf(connection.vendor, connection.id, externalId))
    return {
      wants: ({ externalId, startedAtMs }) =>
        !(floorMs !== null && startedAtMs !== null && startedAtMs < floorMs) && !isGone(externalId),
      wantsRecord: ({ externalId, raw }) =>
        externalId === null ? !wasPurged(db, hashRecord(raw)) : !isGone(externalId),
    }
  }

  close(): void {
    this.#db?.close()
    this.#db = null
  }
}
