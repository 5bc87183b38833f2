import type { CallId } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import { openReviewsForReading, type WorkspacePaths } from '../db/workspace'

/**
 * Which calls somebody has written on, for whoever may remove their recordings: `reviews.db` is opened at the first
 * question, read-only, and asked anew each time.
 */
export class AnnotatedCalls {
  #db: ReadDb | null = null

  constructor(private readonly paths: WorkspacePaths) {}

  /** Those of the calls that have an annotation or a reply. Raises what opening `reviews.db` raises. */
  among(callIds: readonly CallId[]): Set<CallId> {
    this.#db ??= openReviewsForReading(this.paths)
    const found = prepared<CallId>(
      this.#db,
      `SELECT wanted.value FROM json_each(?) wanted WHERE EXISTS (
         SELECT 1 FROM annotations a WHERE a.call_id = wanted.value AND a.deleted_at_ms IS NULL)`,
    )
      .pluck()
      .all(JSON.stringify(callIds))
    return new Set(found)
  }

  close(): void {
    this.#db?.close()
    this.#db = null
  }
}
