import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { searchKeySpillMinutes } from '../search/search-index'
import { openForWriting } from './open'
import { CALLS_MIGRATIONS, REVIEWS_MIGRATIONS } from './workspace'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earmark-upgrade-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (migrations: typeof CALLS_MIGRATIONS) =>
  openForWriting({ name: 'calls.db', file: join(folder, 'calls.db'), migrations, synchronous: 'NORMAL' })

describe('a workspace of the first version', () => {
  test('is brought up to date with every connection, call and link between them kept', () => {
    const old = open(CALLS_MIGRATIONS.slice(0, 1))
    old.exec(`
      INSERT INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms)
        VALUES ('c1', 'api', 'prosper', 'One', 'https://one.example', '["7"]', '{}', 1, 5);
      INSERT INTO sync_runs (connection_id, started_at_ms) VALUES ('c1', 6);
      INSERT INTO campaigns VALUES ('c1', '7', '{}', 5);`)
    old.close()
    const db = open(CALLS_MIGRATIONS)
    try {
      expect(db.prepare('SELECT id, kind, name, folder, campaign_ids FROM connections').all()).toEqual([
        { id: 'c1', kind: 'api', name: 'One', folder: null, campaign_ids: '["7"]' },
      ])
      expect(db.prepare('SELECT trigger FROM sync_runs').pluck().all()).toEqual(['person'])
      expect(db.pragma('foreign_key_check')).toEqual([])
      expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
      expect(() =>
        db
          .prepare(
            "INSERT INTO campaigns (connection_id, campaign_id, info, seen_at_ms) VALUES ('nobody', '1', '{}', 1)",
          )
          .run(),
      ).toThrow(/FOREIGN KEY/)
    } finally {
      db.close()
    }
  })

  test('keeps its calls in order of time under closer keys, crowded minutes and times before 1970 included', () => {
    const old = open(CALLS_MIGRATIONS.slice(0, 1))
    old.exec(`INSERT INTO connections (id, kind, vendor, name, base_url, campaign_ids, settings, keeps_secrets, created_at_ms)
      VALUES ('c1', 'api', 'prosper', 'One', 'https://one.example', '[]', '{}', 1, 5)`)
    const insert = old.prepare(
      `INSERT INTO calls (id, search_key, connection_id, vendor, external_id, started_at_ms, started_at_source,
         turn_count, completeness, is_final, fields, content_hash, first_seen_at_ms, updated_at_ms)
       VALUES (@id, @key, 'c1', 'prosper', @id, @at, 'vendor', 0, 'detail', 1, '{}', '', 0, 0)`,
    )
    const minute = 29_000_000
    const starts = [
      -5,
      ...Array.from({ length: 200 }, () => minute * 60_000),
      (minute + 1) * 60_000,
      (minute + 9) * 60_000,
    ]
    for (const [i, at] of starts.entries())
      insert.run({ id: `x${i}`, key: Math.max(0, Math.floor(at / 60_000)) * 1024 + (i % 1000), at })
    old.close()
    const db = open(CALLS_MIGRATIONS)
    try {
      const keys = db.prepare('SELECT search_key FROM calls ORDER BY pk').pluck().all() as number[]
      expect(keys.slice(0, 3)).toEqual([0, minute * 64, minute * 64 + 1])
      expect(keys.slice(-2)).toEqual([minute * 64 + 200, (minute + 9) * 64])
      expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b))
      expect(searchKeySpillMinutes(db)).toBe(3)
    } finally {
      db.close()
    }
  })
})

describe('what people wrote in an older Earmark', () => {
  test('is kept when anchors of turns find their place beside it', () => {
    const file = join(folder, 'reviews.db')
    const openReviews = (migrations: typeof REVIEWS_MIGRATIONS) =>
      openForWriting({ name: 'reviews.db', file, migrations, synchronous: 'FULL' })
    const old = openReviews(REVIEWS_MIGRATIONS.slice(0, 3))
    old.exec(`
      INSERT INTO reviews VALUES ('aaaaaaaaaaaaaaaa', 'Ada', 'prosper', 'One', '1', 5);
      INSERT INTO saved_searches (id, name, query, sort, is_pinned, position, created_at_ms)
        VALUES ('s', 'Mine', 'refund', 'date', 0, 0, 5);`)
    old.close()
    const db = openReviews(REVIEWS_MIGRATIONS)
    try {
      expect(db.prepare('SELECT reviewer FROM reviews').pluck().all()).toEqual(['Ada'])
      expect(db.prepare('SELECT name FROM saved_searches').pluck().all()).toEqual(['Mine'])
      expect(db.prepare('SELECT count(*) FROM turn_anchors').pluck().get()).toBe(0)
      expect(db.prepare('SELECT count(*) FROM agent_channels').pluck().get()).toBe(0)
    } finally {
      db.close()
    }
  })
})
