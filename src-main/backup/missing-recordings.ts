import type { WriteDb } from '../db/open'

/**
 * Notes in the calls of a workspace that was restored which recordings did not come with it: the next sync downloads
 * those that a vendor has.
 *
 * @param present the files that are there, as the database names them
 * @returns how many are not
 */
export function noteMissingRecordings(db: WriteDb, present: readonly string[]): number {
  db.exec('CREATE TEMP TABLE present (file TEXT PRIMARY KEY) WITHOUT ROWID')
  try {
    return db.transaction(() => {
      const add = db.prepare('INSERT INTO present VALUES (?)')
      for (const file of present) add.run(file)
      const missing =
        'SELECT call_pk FROM recordings WHERE file IS NOT NULL AND file NOT IN (SELECT file FROM present)'
      const { changes } = db
        .prepare(
          `UPDATE calls SET recording_state = iif((SELECT urls FROM recordings WHERE call_pk = pk) = '[]', 'failed', 'waiting')
           WHERE pk IN (${missing})`,
        )
        .run()
      db.prepare(
        `UPDATE recordings SET file = NULL, attempts = 0,
           problem = iif(urls = '[]', 'It was not in the backup that this workspace was restored from. Import it again.', NULL)
         WHERE call_pk IN (${missing})`,
      ).run()
      return changes
    })()
  } finally {
    db.exec('DROP TABLE present')
  }
}
