import { quarantineRecords, releaseReadable } from '../calls/quarantine'
import { upsertCalls } from '../calls/store'
import type { StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import type { PurgedCalls } from '../retention/purged'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import type { Reporter } from './reporter'
import { noteCounts } from './runs'

/** Writes what one run reads, and counts it. */
export class Keeper {
  readonly #db: WriteDb
  readonly #connection: StoredConnection
  readonly #reporter: Reporter
  readonly #runId: number
  readonly #purged: PurgedCalls
  /** Hashes of what was set aside in this run. */
  readonly #setAside = new Set<string>()

  constructor(
    db: WriteDb,
    connection: StoredConnection,
    reporter: Reporter,
    runId: number,
    purged: PurgedCalls,
  ) {
    this.#db = db
    this.#purged = purged
    this.#connection = connection
    this.#reporter = reporter
    this.#runId = runId
  }

  /**
   * Stores calls and sets unreadable records aside, in one transaction with `alongside` (what these rows make true:
   * the position moves on). `before`: ids that this listing has shown already; a row shown twice is one call. What was
   * purged is passed over.
   */
  keep(
    given: readonly VendorCall[],
    givenUnreadable: readonly UnreadableRecord[],
    before: ReadonlySet<string>,
    alongside: () => void,
  ): void {
    const { counts } = this.#reporter
    const { wants, wantsRecord } = this.#purged.filter(this.#connection)
    const calls = given.filter(wants)
    const unreadable = givenUnreadable.filter(wantsRecord)
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
