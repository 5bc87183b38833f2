import type { ReadDb } from './open'
import { prepared } from './prepared'

/** How much a workspace holds. `db`: both databases (`openBothForReading`). */
export function workspaceCounts(db: ReadDb): {
  callCount: number
  recordingCount: number
  connectionCount: number
  annotationCount: number
} {
  const count = (sql: string): number => Number(prepared(db, sql).pluck().get())
  return {
    callCount: count('SELECT count(*) FROM calls'),
    recordingCount: count("SELECT count(*) FROM calls WHERE recording_state = 'ready'"),
    connectionCount: count('SELECT count(*) FROM connections WHERE removed_at_ms IS NULL'),
    annotationCount: count('SELECT count(*) FROM reviews.annotations WHERE deleted_at_ms IS NULL'),
  }
}
