import type { RecordingStorage } from '@contract'
import type { ReadDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { countWaiting } from './archive-rows'
import { freeDiskBytes } from './partial'
import { pausedSentence, quotaOf, storedRecordings } from './storage'

/** SQL of this file, for the tests of its plans. */
export const FACTS_SQL = {
  kept: `SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS files FROM recordings r INDEXED BY recordings_kept
    WHERE r.kept_offline_at_ms IS NOT NULL AND r.file IS NOT NULL`,
  annotated: `SELECT coalesce(sum(r.bytes), 0) AS bytes, count(*) AS files
    FROM (SELECT DISTINCT call_id FROM reviews.annotations INDEXED BY annotations_by_call WHERE deleted_at_ms IS NULL) a
      CROSS JOIN calls c ON c.id = a.call_id CROSS JOIN recordings r ON r.call_pk = c.pk
    WHERE r.file IS NOT NULL AND r.kept_offline_at_ms IS NULL`,
  /** What came as files, or of connections that were removed: it can't be downloaded again. */
  imported: `SELECT coalesce(sum(r.bytes), 0) AS bytes, count(*) AS files
    FROM connections n CROSS JOIN calls c INDEXED BY calls_by_connection ON c.connection_id = n.id
      CROSS JOIN recordings r ON r.call_pk = c.pk
    WHERE (n.kind <> 'api' OR n.removed_at_ms IS NOT NULL) AND r.file IS NOT NULL AND r.kept_offline_at_ms IS NULL
      AND NOT EXISTS (SELECT 1 FROM reviews.annotations a WHERE a.call_id = c.id AND a.deleted_at_ms IS NULL)`,
} as const

/** What recordings take, and what of it may go. `db`: both databases (`openBothForReading`). */
export async function recordingStorage(db: ReadDb, paths: WorkspacePaths): Promise<RecordingStorage> {
  const sumOf = (sql: string) =>
    prepared<{ bytes: number; files: number }>(db, sql).get() ?? { bytes: 0, files: 0 }
  const { bytes, files } = storedRecordings(db)
  const kept = sumOf(FACTS_SQL.kept)
  const annotated = sumOf(FACTS_SQL.annotated)
  const imported = sumOf(FACTS_SQL.imported)
  const quotaBytes = quotaOf(db)
  const waiting = countWaiting(db, null)
  const removable = Math.max(0, files - kept.files - annotated.files - imported.files)
  return {
    bytes,
    files,
    keptBytes: kept.bytes + annotated.bytes + imported.bytes,
    keptFiles: kept.files + annotated.files + imported.files,
    quotaBytes,
    removable,
    waiting,
    freeDiskBytes: await freeDiskBytes(paths),
    problem:
      quotaBytes !== null && bytes >= quotaBytes && waiting > 0 ? pausedSentence(quotaBytes, waiting) : null,
  }
}
