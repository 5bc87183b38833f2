import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openForWriting } from './open'
import { CALLS_MIGRATIONS } from './workspace'

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
      expect(() => db.prepare("INSERT INTO campaigns VALUES ('nobody', '1', '{}', 1)").run()).toThrow(
        /FOREIGN KEY/,
      )
    } finally {
      db.close()
    }
  })
})
