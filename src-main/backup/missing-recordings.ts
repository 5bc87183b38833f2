import type { WriteDb } from '../db/open'
import { noteMissing } from '../recordings/archive-rows'

/**
 * Notes in the calls of a workspace that was restored which recordings did not come with it: the next sync downloads
 * those that a vendor has.
 *
 * @param present the files that are there, as the database names them
 * @returns how many are not
 */
export function noteMissingRecordings(db: WriteDb, present: readonly string[]): number {
  const files = new Set(present)
  const known = db.prepare<[], { pk: number; file: string }>(
    'SELECT call_pk AS pk, file FROM recordings WHERE file IS NOT NULL',
  )
  const missing = known.all().flatMap(({ pk, file }) => (files.has(file) ? [] : [pk]))
  noteMissing(db, missing, 'It was not in the backup that this workspace was restored from. Import it again.')
  return missing.length
}
