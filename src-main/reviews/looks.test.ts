import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openForWriting } from '../db/open'
import { REVIEWS_MIGRATIONS } from '../db/workspace'
import { lookOf } from './looks'

it('reviews and annotations from before versions were kept count as looks of their time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-looks-'))
  const open = (migrations: typeof REVIEWS_MIGRATIONS) =>
    openForWriting({ name: 'reviews.db', file: join(folder, 'reviews.db'), migrations, synchronous: 'FULL' })
  try {
    const old = open(REVIEWS_MIGRATIONS.slice(0, 1))
    old.exec(`
      INSERT INTO reviews VALUES ('call-a', 'Ana', 'prosper', 'Front desk', '1', 50);
      INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label,
          comment, reviewer, created_at_ms, updated_at_ms, deleted_at_ms)
        VALUES ('1', '', 'call-a', 'prosper', 'c', 'Front desk', '1', 'call', 'Tone', '', 'Ana', 60, 70, NULL),
          ('2', '', 'call-a', 'prosper', 'c', 'Front desk', '1', 'call', 'Tone', '', 'Ben', 20, 30, NULL),
          ('3', '', 'call-a', 'prosper', 'c', 'Front desk', '1', 'call', 'Tone', '', 'Ben', 40, 40, NULL),
          ('4', '', 'call-b', 'prosper', 'c', 'Front desk', '2', 'call', 'Tone', '', 'Ben', 40, 40, 45);`)
    old.close()
    const db = open(REVIEWS_MIGRATIONS)
    try {
      const unknown = { meaning_hash: null, summary_hash: null, detail_hash: null }
      expect(lookOf(db, 'call-a', 'Ana')).toEqual({ kind: 'review', looked_at_ms: 50, ...unknown })
      expect(lookOf(db, 'call-a', 'Ben')).toEqual({ kind: 'annotation', looked_at_ms: 40, ...unknown })
      expect(lookOf(db, 'call-b', 'Ben')).toBeNull()
    } finally {
      db.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
