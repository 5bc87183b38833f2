import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type StoredTurn, transcriptOf } from '../../calls/transcripts'
import { checkIndex, ensureIndex } from '../../search/search-index'
import { openForWriting } from '../open'
import { CALLS_MIGRATIONS } from '../workspace'
import { transcripts } from './005-transcripts'

test('turns of an older workspace are all in the transcripts, and the index is made anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earmark-transcripts-'))
  const open = (migrations: typeof CALLS_MIGRATIONS) =>
    openForWriting({ name: 'calls.db', file: join(folder, 'calls.db'), migrations, synchronous: 'NORMAL' })
  try {
    const turns: StoredTurn[] = [
      {
        speaker: 'agent',
        text: 'Hello',
        rawText: ' Hello ',
        rawRole: 'bot',
        redirect: null,
        startMs: 0,
        endMs: 900,
      },
      {
        speaker: 'caller',
        text: '"ÿ\\ 👍',
        rawText: '"ÿ\\ 👍',
        rawRole: null,
        redirect: 'Sales',
        startMs: null,
        endMs: null,
      },
    ]
    const old = open(CALLS_MIGRATIONS.slice(0, CALLS_MIGRATIONS.indexOf(transcripts)))
    old.exec(`
      INSERT INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms)
        VALUES ('c', 'imported', 'prosper', 'c', '', '[]', '{}', 0, 0);
      INSERT INTO calls (pk, id, search_key, connection_id, vendor, external_id, started_at_ms, started_at_source, turn_count,
          completeness, is_final, fields, content_hash, first_seen_at_ms, updated_at_ms)
        VALUES (1, 'a', 1, 'c', 'prosper', 'a', 0, 'vendor', 2, 'detail', 1, '{}', '', 0, 0),
          (2, 'b', 2, 'c', 'prosper', 'b', 0, 'vendor', 0, 'detail', 1, '{}', '', 0, 0)`)
    const insert = old.prepare('INSERT INTO turns VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)')
    for (const [at, turn] of turns.entries())
      insert.run(
        at,
        turn.speaker,
        turn.rawRole,
        turn.text,
        turn.rawText === turn.text ? null : turn.rawText,
        turn.redirect,
        turn.startMs,
        turn.endMs,
      )
    old.close()
    const db = open(CALLS_MIGRATIONS)
    expect(transcriptOf(db, 1)).toEqual(turns)
    expect(transcriptOf(db, 2)).toEqual([])
    await ensureIndex(db)
    expect(checkIndex(db)).toBeNull()
    expect(db.prepare("SELECT rowid FROM search WHERE search MATCH 'caller : ÿ'").pluck().all()).toEqual([1])
    db.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
