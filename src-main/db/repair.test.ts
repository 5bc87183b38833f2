import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkIndex, ensureIndex } from '../search/search-index'
import { searchWorkspace, type TestWorkspace } from '../search/testing'
import { backUpDaily } from './backups'
import { fileFacts, readWal } from './database-file'
import { noteMissingRecordings } from './doctor'
import { explained } from './open'
import { examineDatabases, repairDatabases, restoreNewestBackup } from './repair'
import { repairedPath, takeRepaired } from './repaired-file'
import {
  openCallsForWriting,
  openReviewsForReading,
  openReviewsForWriting,
  prepareWorkspace,
  type WorkspacePaths,
} from './workspace'

const NOON = Date.UTC(2026, 4, 20, 12)

let workspace: TestWorkspace
let paths: WorkspacePaths
beforeEach(async () => {
  workspace = await searchWorkspace()
  paths = workspace.paths
})
afterEach(() => workspace.close())

const closeAll = () => {
  for (const db of [workspace.db, workspace.calls, workspace.reviews]) db.close()
}

/** Annotations that only the database module needs to know. */
function annotate(from: number, to: number): void {
  const insert = workspace.reviews.prepare(
    `INSERT INTO annotations (id, draft_hash, call_id, vendor, connection_id, connection, external_id, kind, label, comment,
       reviewer, created_at_ms, updated_at_ms)
     VALUES (?, '', 'aaaaaaaaaaaaaaaa', 'prosper', 'c', 'C', '1', 'call', 'L', ?, 'Ada', ?, ?)`,
  )
  for (let i = from; i < to; i += 1)
    insert.run(`id-${String(i).padStart(5, '0')}`, `comment ${i} ${'x'.repeat((i * 37) % 900)}`, i, i)
}

const comments = () => {
  const db = openReviewsForReading(paths)
  try {
    return db.prepare('SELECT comment FROM annotations ORDER BY id').pluck().all().map(String)
  } finally {
    db.close()
  }
}

/** Overwrites a stretch of a file. */
function overwrite(file: string, from: number, length: number): void {
  const bytes = readFileSync(file)
  bytes.fill(0x5a, from, from + length)
  writeFileSync(file, bytes)
}

describe('a damaged reviews.db', () => {
  it('whose first page and tree are gone gives every annotation back out of its other pages', () => {
    annotate(0, 400)
    closeAll()
    const before = readFileSync(paths.reviewsDb)
    overwrite(paths.reviewsDb, 0, 4096)
    expect(() => openReviewsForWriting(paths)).toThrow(expect.objectContaining({ code: 'database_damaged' }))
    const [report] = repairDatabases(paths, NOON)
    expect(report).toMatchObject({ name: 'reviews.db', rows: 400, fromBackup: 0, setAside: 0 })
    expect(comments()).toHaveLength(400)
    expect(comments()[77]).toMatch(/^comment 77 x/)
    const kept = readFileSync(join(paths.root, 'reviews-damaged-20260520T120000.db'))
    expect(kept.subarray(4096)).toEqual(before.subarray(4096))
    expect(examineDatabases(paths).every(({ problem }) => problem === null)).toBe(true)
  })

  it('gets from the newest good backup what it can’t give, and the later version of what both have', () => {
    annotate(0, 200)
    backUpDaily(workspace.reviews, paths.backups, NOON)
    writeFileSync(join(paths.backups, 'reviews-2026-05-21.db'), 'no database')
    workspace.reviews.exec(
      "UPDATE annotations SET comment = 'changed', updated_at_ms = 9000 WHERE id = 'id-00199'",
    )
    annotate(200, 220)
    closeAll()
    const { size } = { size: readFileSync(paths.reviewsDb).length }
    truncateSync(paths.reviewsDb, Math.floor(size / 2 / 4096) * 4096)
    repairDatabases(paths, NOON)
    const all = comments()
    expect(all.length).toBeGreaterThanOrEqual(200)
    expect(all.slice(0, 3)).toEqual([0, 1, 2].map((i) => expect.stringMatching(`^comment ${i} `)))
  })

  it('that describes a table otherwise than it was made says so, and gives all of it back', () => {
    annotate(0, 50)
    workspace.reviews.exec(
      "INSERT INTO looks (call_id, reviewer, kind, looked_at_ms) VALUES ('a', 'Ada', 'review', 1)",
    )
    closeAll()
    const bytes = readFileSync(paths.reviewsDb)
    bytes[bytes.indexOf('summary_hash TEXT') + 3] = 0x7a
    writeFileSync(paths.reviewsDb, bytes)
    const db = openReviewsForWriting(paths)
    const look = () => explained(db, () => db.prepare('UPDATE looks SET summary_hash = NULL').run())
    expect(look).toThrow(expect.objectContaining({ code: 'database_damaged' }))
    db.close()
    expect(examineDatabases(paths)[0]).toMatchObject({ problem: expect.stringContaining('"looks"') })
    expect(repairDatabases(paths, NOON)).toMatchObject([{ name: 'reviews.db', rows: 50, setAside: 0 }])
    const repaired = openReviewsForWriting(paths)
    expect(repaired.prepare('UPDATE looks SET summary_hash = NULL').run().changes).toBe(1)
    repaired.close()
    expect(comments()).toHaveLength(50)
  })

  it('whose log is broken before later changes is not opened without them', () => {
    annotate(0, 5)
    workspace.reviews.pragma('wal_checkpoint(TRUNCATE)')
    for (let i = 5; i < 30; i += 1) annotate(i, i + 1)
    const [db, log] = [readFileSync(paths.reviewsDb), readFileSync(`${paths.reviewsDb}-wal`)]
    closeAll()
    log[32 + 24 + 3000] = (log[32 + 24 + 3000] ?? 0) ^ 1
    writeFileSync(paths.reviewsDb, db)
    writeFileSync(`${paths.reviewsDb}-wal`, log)
    expect(() => openReviewsForWriting(paths)).toThrow(/log is broken before \d+ of its changes/)
    expect(readFileSync(`${paths.reviewsDb}-wal`)).toEqual(log)
    const [report] = repairDatabases(paths, NOON)
    expect(report?.rows).toBe(30)
    expect(comments()).toHaveLength(30)
  })

  it('that is gone or empty is not made anew where there is a backup, which takes its place when it is asked for', () => {
    annotate(0, 3)
    backUpDaily(workspace.reviews, paths.backups, NOON)
    closeAll()
    for (const end of ['', '-wal', '-shm']) rmSync(paths.reviewsDb + end, { force: true })
    expect(() => prepareWorkspace(paths.root)).toThrow(expect.objectContaining({ code: 'database_damaged' }))
    expect(existsSync(paths.reviewsDb)).toBe(false)
    writeFileSync(paths.reviewsDb, '')
    expect(() => prepareWorkspace(paths.root)).toThrow(expect.objectContaining({ code: 'database_damaged' }))
    expect(restoreNewestBackup(paths, 'reviews.db', NOON)).toMatchObject({ rows: 3 })
    expect(comments()).toHaveLength(3)
  })

  it('is not repaired under somebody who has it open', () => {
    annotate(0, 100)
    workspace.reviews.pragma('wal_checkpoint(TRUNCATE)')
    workspace.db.close()
    workspace.calls.close()
    const other = openReviewsForReading(paths)
    other.prepare('SELECT 1 FROM annotations').get()
    overwrite(paths.reviewsDb, 8192, 4096)
    expect(() => repairDatabases(paths, NOON)).toThrow(expect.objectContaining({ code: 'busy' }))
    other.close()
    expect(readdirSync(paths.root).filter((name) => /repair|damaged/.test(name))).toEqual([])
    workspace.reviews.close()
  })
})

describe('a damaged calls.db', () => {
  it('is made anew with its calls, and its index is built again', async () => {
    workspace.add(
      ...Array.from({ length: 40 }, (_, i) => ({ externalId: `${i}`, turns: [`agent: Hello number ${i}`] })),
    )
    closeAll()
    overwrite(paths.callsDb, 0, 4096)
    const [report] = repairDatabases(paths, NOON)
    expect(report).toMatchObject({ name: 'calls.db', rows: 40 })
    const db = openCallsForWriting(paths)
    await ensureIndex(db)
    expect(checkIndex(db)).toBeNull()
    expect(db.prepare("SELECT count(*) FROM search WHERE search MATCH 'hello'").pluck().get()).toBe(40)
    expect(db.pragma('foreign_key_check')).toEqual([])
    db.close()
  })

  it('keeps calls whose connection or transcript is gone, to be read anew', () => {
    workspace.add({ externalId: '1', turns: ['agent: Hello'] }, { externalId: '2', turns: ['agent: Hello'] })
    workspace.calls.pragma('foreign_keys = OFF')
    workspace.calls.exec(
      "DELETE FROM connections; DELETE FROM transcripts WHERE call_pk = 1; UPDATE transcripts SET turns = '[['",
    )
    closeAll()
    repairDatabases(paths, NOON)
    const db = openCallsForWriting(paths)
    expect(db.prepare('SELECT name FROM connections').pluck().all()).toEqual([
      expect.stringMatching(/^Recovered calls /),
    ])
    expect(db.prepare('SELECT content_hash FROM calls').pluck().all()).toEqual(['', ''])
    expect(readFileSync(join(paths.root, 'calls-damaged-20260520T120000-rows.jsonl'), 'utf8')).toContain(
      '"[["',
    )
    db.close()
  })
})

it('a change-over that was killed at any point is brought to its end by the next start', () => {
  annotate(0, 3)
  closeAll()
  copyFileSync(paths.reviewsDb, repairedPath(paths.reviewsDb))
  rmSync(paths.reviewsDb)
  openReviewsForWriting(paths).close()
  expect(comments()).toHaveLength(3)
  expect(takeRepaired(paths.reviewsDb, NOON)).toBeNull()
})

it('the bytes of a database tell its version, also where only its log has it', () => {
  expect(fileFacts(join(paths.root, 'none.db'))).toBeNull()
  workspace.reviews.pragma('wal_checkpoint(TRUNCATE)')
  workspace.reviews.pragma('user_version = 42')
  expect(fileFacts(paths.reviewsDb)).toEqual({ version: 42, damage: null })
  expect(readWal(`${paths.reviewsDb}-wal`)?.frames.every(({ isRead, isWhole }) => isRead && isWhole)).toBe(
    true,
  )
  const db = new Database(paths.reviewsDb)
  expect(db.pragma('user_version', { simple: true })).toBe(42)
  db.close()
})

it('recordings that are not where they should be are waited for again', () => {
  workspace.add({ externalId: '1' }, { externalId: '2' })
  workspace.calls.exec(`UPDATE calls SET recording_state = 'ready';
    INSERT INTO recordings (call_pk, urls, file) SELECT pk, iif(external_id = '1', '["https://a.example/1"]', '[]'), 'ab/x.mp3' FROM calls`)
  expect(noteMissingRecordings(paths)).toBe(2)
  expect(
    workspace.calls.prepare('SELECT recording_state FROM calls ORDER BY external_id').pluck().all(),
  ).toEqual(['waiting', 'failed'])
  expect(workspace.calls.prepare('SELECT file, problem FROM recordings ORDER BY urls DESC').all()).toEqual([
    { file: null, problem: 'Its file is no longer on this computer.' },
    { file: null, problem: null },
  ])
})
