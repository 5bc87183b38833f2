import { quarantineRecords, releaseReadable } from '../calls/quarantine'
import { upsertCalls } from '../calls/store'
import type { StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import type { Reporter } from './reporter'
import { noteCounts } from './runs'

/** Writes what one run reads, and counts it. */
export class Keeper {
  readonly #db: WriteDb
  readonly #connection: StoredConnection
  readonly #reporter: Reporter
  readonly #runId: number
  /** Hashes of what was set aside in this run. */
  readonly #setAside = new Set<string>()

  constructor(db: WriteDb, connection: StoredConnection, reporter: Reporter, runId: number) {
    this.#db = db
    this.#connection = connection
    this.#reporter = reporter
    this.#runId = runId
  }

  /**
   * Stores calls and sets unreadable records aside, in one transaction with `alongside` (what these rows make true:
   * the position moves on). `before`: ids that this listing has shown already; a row shown twice is one call.
   */
  keep(
    calls: readonly VendorCall[],
    unreadable: readonly UnreadableRecord[],
    before: ReadonlySet<string>,
    alongside: () => void,
  ): void {
    const { counts } = this.#reporter
    let hasChanged = false
    this.#db.transaction(() => {
      const nowMs = Date.now()
      const setAside = quarantineRecords(this.#db, this.#connection.id, unreadable, nowMs)
      for (const hash of setAside) this.#setAside.add(hash)
      counts.quarantined = this.#setAside.size
      for (const { externalId, outcome } of upsertCalls(this.#db, this.#connection, calls, nowMs)) {
        hasChanged ||= outcome !== 'unchanged'
        if (outcome !== 'unchanged' || !before.has(externalId)) counts[outcome] += 1
      }
      releaseReadable(this.#db, this.#connection.id, calls, setAside)
      alongside()
      noteCounts(this.#db, this.#runId, counts)
    })()
    if (hasChanged) this.#reporter.callsChanged()
  }
}
