import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUpBeforeMigration, backUpDaily, backUpWeekly } from './backups'
import type { WriteDb } from './open'
import { temporaryWorkspace } from './testing'
import { openCallsForWriting, openReviewsForWriting } from './workspace'

const DAY_MS = 86_400_000
const NOON = Date.UTC(2026, 4, 20, 12)

let workspace: ReturnType<typeof temporaryWorkspace>
let db: WriteDb
let folder: string
const files = () => readdirSync(folder).sort()

beforeEach(() => {
  workspace = temporaryWorkspace()
  db = openReviewsForWriting(workspace.paths)
  folder = workspace.paths.backups
  db.exec("INSERT INTO settings VALUES ('reviewer', '\"Ana\"')")
})
afterEach(() => {
  db.close()
  workspace.remove()
})

describe('the daily copy of reviews.db', () => {
  it('is made once a day, is whole, and has what was committed just before', () => {
    expect(backUpDaily(db, folder, NOON)).toBe(join(folder, 'reviews-2026-05-20.db'))
    expect(backUpDaily(db, folder, NOON + 1000)).toBeNull()
    expect(files()).toEqual(['reviews-2026-05-20.db'])
    const copy = new Database(join(folder, 'reviews-2026-05-20.db'), { readonly: true })
    expect(copy.prepare('SELECT value FROM settings').pluck().all()).toEqual(['"Ana"'])
    expect(copy.pragma('user_version', { simple: true })).toBe(db.pragma('user_version', { simple: true }))
    copy.close()
  })

  it('keeps the newest seven and touches nothing else', () => {
    const version = Number(db.pragma('user_version', { simple: true }))
    backUpBeforeMigration(db, folder, version, NOON)
    writeFileSync(join(folder, 'my own copy.db'), 'mine')
    for (let day = 0; day < 10; day += 1) backUpDaily(db, folder, NOON + day * DAY_MS)
    expect(files()).toEqual([
      'my own copy.db',
      ...[23, 24, 25, 26, 27, 28, 29].map((day) => `reviews-2026-05-${day}.db`),
      `reviews-before-migration-from-${version}-2026-05-20.db`,
    ])
  })

  it('keeps the one just made when the clock was set back', () => {
    for (let day = 0; day < 8; day += 1) backUpDaily(db, folder, NOON + (day + 300) * DAY_MS)
    expect(backUpDaily(db, folder, NOON)).not.toBeNull()
    expect(files()).toHaveLength(7)
    expect(files()).toContain('reviews-2026-05-20.db')
  })

  it('removes what a killed process left, but not the copy that another one is making', () => {
    const [old, young] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map((id) =>
      join(folder, `reviews-2026-05-19.db.${id}.tmp`),
    )
    for (const name of [old, young]) writeFileSync(name ?? '', 'half')
    const before = new Date(Date.now() - 2 * 3_600_000)
    utimesSync(old ?? '', before, before)
    backUpDaily(db, folder, NOON)
    expect(files()).toEqual(['reviews-2026-05-19.db.bbbbbbbbbbbb.tmp', 'reviews-2026-05-20.db'])
  })

  it('is not made from a damaged file, and the older copies stay', () => {
    backUpDaily(db, folder, NOON)
    db.exec(
      'CREATE TABLE filler (x); INSERT INTO filler SELECT zeroblob(3000) FROM settings, json_each(json_array(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16))',
    )
    db.close()
    truncateSync(workspace.paths.reviewsDb, 40_000)
    const damaged = new Database(workspace.paths.reviewsDb) as WriteDb
    expect(() => backUpDaily(damaged, folder, NOON + DAY_MS)).toThrow(
      expect.objectContaining({ code: 'database_damaged' }),
    )
    damaged.close()
    expect(files()).toEqual(['reviews-2026-05-20.db'])
    db = new Database(':memory:') as WriteDb
  })
})

describe('the weekly copy of calls.db', () => {
  it('is made when the last is a week old, and only one is kept', () => {
    const calls = openCallsForWriting(workspace.paths)
    expect(backUpWeekly(calls, folder, NOON)).toBe(join(folder, 'calls-2026-05-20.db'))
    expect(backUpWeekly(calls, folder, NOON + 6 * DAY_MS)).toBeNull()
    expect(backUpWeekly(calls, folder, NOON + 8 * DAY_MS)).toBe(join(folder, 'calls-2026-05-28.db'))
    expect(files()).toEqual(['calls-2026-05-28.db'])
    calls.close()
  })
})

describe('the copy before a migration', () => {
  const only = (name: string) => readFileSync(join(folder, name), 'hex')

  it('is made once for a version and day, and never overwritten', () => {
    const version = Number(db.pragma('user_version', { simple: true }))
    const name = `reviews-before-migration-from-${version}-2026-05-20.db`
    backUpBeforeMigration(db, folder, version, NOON)
    expect(files()).toEqual([name])
    const first = only(name)
    db.exec("INSERT INTO settings VALUES ('theme', '\"dark\"')")
    backUpBeforeMigration(db, folder, version, NOON)
    expect(only(name)).toBe(first)
    // The attempt of another day has what was written since.
    backUpBeforeMigration(db, folder, version, NOON + DAY_MS)
    expect(files()).toHaveLength(2)
    expect(only(name.replace('20.db', '21.db'))).not.toBe(first)
  })

  it('never holds what another program has migrated meanwhile', () => {
    backUpBeforeMigration(db, folder, 0, NOON)
    expect(files()).toEqual([])
  })
})
