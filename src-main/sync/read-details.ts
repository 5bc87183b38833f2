import { EarmarkError } from '@contract'
import { hashRecord } from '../calls/canonical'
import { storedCalls } from '../calls/store'
import type { StoredConnection } from '../connections/queries'
import type { ReadDb } from '../db/open'
import type { PurgedCalls } from '../retention/purged'
import { vendors } from '../vendors'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import { isOneCalls, needsDetail } from './plan'
import type { Reporter } from './reporter'
import type { VendorClient } from './vendor-client'

/** What reading calls in full has brought. */
export interface Found {
  calls: VendorCall[]
  /** Those that could not be read, or not be had: set aside with the reason, until a later sync gets them. */
  unreadable: UnreadableRecord[]
  /** External ids of calls that the vendor does not have any more. */
  gone: string[]
  /** What stops the run; null when nothing does. What was read before is to be kept nevertheless. */
  failure: unknown
}

/** Reads calls in full, several at a time, as far as they need it. */
export class DetailReader {
  readonly #db: ReadDb
  readonly #connection: StoredConnection
  readonly #client: VendorClient
  readonly #reporter: Reporter
  readonly #overlapMs: number
  readonly #purged: PurgedCalls
  #failedInARow = 0
  /** What was asked for and is not finished nevertheless. */
  readonly #unfinished = new Set<string>()

  constructor(
    db: ReadDb,
    connection: StoredConnection,
    client: VendorClient,
    reporter: Reporter,
    overlapMs: number,
    purged: PurgedCalls,
  ) {
    this.#db = db
    this.#connection = connection
    this.#client = client
    this.#reporter = reporter
    this.#overlapMs = overlapMs
    this.#purged = purged
  }

  /** The details that rows of a list make necessary. `before`: ids that this listing has shown already. */
  async forListed(listed: readonly VendorCall[], before: ReadonlySet<string>): Promise<Found> {
    if (vendors[this.#connection.vendor].details === null) return nothing()
    const ids = listed.map((call) => call.externalId)
    const stored = storedCalls(this.#db, this.#connection.id, ids)
    const wanted = new Map<string, VendorCall>()
    const { wants } = this.#purged.filter(this.#connection)
    for (const call of listed.filter(wants)) {
      const known = stored.get(call.externalId)
      if (needsDetail(call, hashRecord(call.raw), known, this.#overlapMs, before.has(call.externalId)))
        wanted.set(call.externalId, call)
    }
    return await this.read(wanted)
  }

  /** These calls in full; with each what the list told of it, or null. */
  async read(wanted: ReadonlyMap<string, VendorCall | null>): Promise<Found> {
    const found = nothing()
    if (wanted.size === 0) return found
    this.#reporter.enter('details')
    await Promise.all([...wanted].map(([externalId, listed]) => this.#one(externalId, listed, found)))
    return found
  }

  /** Whether a call that is not finished was asked for by this reader: once a run is enough. */
  wasAskedFor(externalId: string): boolean {
    return this.#unfinished.has(externalId)
  }

  async #one(externalId: string, listed: VendorCall | null, found: Found): Promise<void> {
    if (found.failure !== null) return
    this.#unfinished.add(externalId)
    try {
      const detail = await this.#client.detail(externalId, listed)
      this.#failedInARow = 0
      if (detail.kind === 'call' && detail.call.isFinal) this.#unfinished.delete(externalId)
      if (detail.kind === 'call') found.calls.push(detail.call)
      else if (detail.kind === 'unreadable') found.unreadable.push(detail.record)
      else found.gone.push(externalId)
    } catch (error) {
      this.#failedInARow += 1
      if (error instanceof EarmarkError && isOneCalls(error, this.#failedInARow))
        found.unreadable.push({
          externalId,
          reason: `The call could not be read in full. ${error.message}`,
          raw: listed?.raw ?? { external_id: externalId },
        })
      else found.failure ??= error
    }
  }
}

const nothing = (): Found => ({ calls: [], unreadable: [], gone: [], failure: null })
