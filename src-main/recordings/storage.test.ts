import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ReadDb, WriteDb } from '../db/open'
import { openBothForReading, openReviewsForWriting } from '../db/workspace'
import { type TestBackend, testBackend } from '../sync/testing'
import { AnnotatedCalls } from './annotated'
import { noteArchived, noteUsed, WAITING } from './archive-rows'
import { RecordingRoom, STORAGE_SQL, storedRecordings, storeQuota } from './storage'
import { FACTS_SQL, recordingStorage } from './storage-facts'
import { addCall } from './testing-calls'

const DAY_MS = 86_400_000
const NOW = 1000 * DAY_MS
const MB = 1_000_000

let backend: TestBackend
let reviews: WriteDb
let annotated: AnnotatedCalls
let room: RecordingRoom
beforeEach(async () => {
  backend = await testBackend()
  reviews = openReviewsForWriting(backend.paths)
  annotated = new AnnotatedCalls(backend.paths)
  room = new RecordingRoom(backend, annotated)
})
afterEach(() => {
  annotated.close()
  reviews.close()
  backend.close()
})

const idOf = (name: string): string => name.padEnd(16, 'a')

/** A call of so many days ago with a recording of 10 MB (as the database has it). */
function archived(
  name: string,
  daysAgo: number,
  { isAsked = false, fetchedAtMs = NOW - DAY_MS } = {},
): string {
  const id = idOf(name)
  const pk = addCall(backend.db, { id, startedAtMs: NOW - daysAgo * DAY_MS, urls: ['http://127.0.0.1:9/a'] })
  const file = `${id.slice(0, 2)}/${id}.wav`
  mkdirSync(join(backend.paths.recordings, id.slice(0, 2)), { recursive: true })
  writeFileSync(join(backend.paths.recordings, file), 'audio')
  noteArchived(backend.db, pk, { file, format: 'wav', bytes: 10 * MB, sha256: id }, fetchedAtMs, isAsked)
  return id
}

function annotate(callId: string, change: { parentId?: string; deletedAtMs?: number } = {}): void {
  reviews
    .prepare(
      `INSERT INTO annotations (id, draft_hash, parent_id, call_id, vendor, connection_id, connection, external_id, kind,
         label, comment, reviewer, created_at_ms, updated_at_ms, deleted_at_ms)
       VALUES (?, '', ?, ?, 'prosper', '', '', '', 'call', '', '', '', 0, 0, ?)`,
    )
    .run(crypto.randomUUID(), change.parentId ?? null, callId, change.deletedAtMs ?? null)
}

const states = () =>
  Object.fromEntries(
    backend.db
      .prepare<[], { id: string; state: string }>(
        'SELECT id, recording_state AS state FROM calls ORDER BY id',
      )
      .all()
      .map(({ id, state }) => [id.replace(/a+$/, ''), state]),
  )
const make = (recencyMs = Number.MAX_SAFE_INTEGER) => room.make(recencyMs, NOW)

describe('making room', () => {
  test('removes what was not used for longest, files and all, until the limit is kept', async () => {
    const [oldest, middle] = [archived('c', 30), archived('d', 20), archived('e', 10)]
    storeQuota(backend.db, 15 * MB)
    expect(await make()).toEqual({ removed: 2, freedBytes: 20 * MB })
    expect(states()).toEqual({ c: 'removed', d: 'removed', e: 'ready' })
    for (const id of [oldest, middle])
      expect(existsSync(join(backend.paths.recordings, `${id?.slice(0, 2)}/${id}.wav`))).toBe(false)
    expect(backend.db.prepare('SELECT removed_at_ms FROM recordings').pluck().all()).toEqual([NOW, NOW, null])
    expect(backend.events).toContainEqual({ type: 'recordings.changed', callId: oldest, state: 'removed' })
    expect(storedRecordings(backend.db)).toEqual({ bytes: 10 * MB, files: 1 })
  })

  test('spares what was played lately, and what somebody asked for', async () => {
    const played = archived('c', 30)
    archived('d', 20)
    archived('e', 40, { isAsked: true })
    noteUsed(backend.db, played, NOW - DAY_MS / 2)
    storeQuota(backend.db, 25 * MB)
    await make()
    expect(states()).toEqual({ c: 'ready', d: 'removed', e: 'ready' })
  })

  test('never removes what somebody wrote on, replies too, but what was deleted counts no more', async () => {
    annotate(archived('c', 30))
    annotate(archived('d', 20), { parentId: 'x' })
    annotate(archived('e', 10), { deletedAtMs: 1 })
    storeQuota(backend.db, 10 * MB)
    expect(await make()).toEqual({ removed: 1, freedBytes: 10 * MB })
    expect(states()).toEqual({ c: 'ready', d: 'ready', e: 'removed' })
  })

  test('sees what was written a moment ago', async () => {
    const id = archived('c', 30)
    storeQuota(backend.db, 10 * MB - 1)
    expect(room.plan(1, NOW)).toEqual({ removed: 1, freedBytes: 10 * MB })
    annotate(id)
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
  })

  test('never removes what is kept offline, what is open now, and what is being downloaded again', async () => {
    const kept = archived('c', 30)
    const open = archived('d', 20)
    const again = archived('e', 10)
    const { db } = backend
    db.prepare('UPDATE recordings SET kept_offline_at_ms = 1 WHERE sha256 = ?').run(kept)
    db.prepare("UPDATE calls SET recording_state = 'downloading' WHERE id = ?").run(again)
    noteUsed(db, open, NOW - 60_000)
    storeQuota(db, 1)
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
    expect(states()).toEqual({ c: 'ready', d: 'ready', e: 'downloading' })
  })

  test('removes nothing while it can not be known what somebody wrote on', async () => {
    archived('c', 30)
    reviews.close()
    writeFileSync(backend.paths.reviewsDb, 'this is no database at all, it only takes its place')
    storeQuota(backend.db, 1)
    await expect(make()).rejects.toMatchObject({ code: 'database_damaged' })
    expect(states()).toEqual({ c: 'ready' })
    reviews = openReviewsForWriting({ ...backend.paths, reviewsDb: ':memory:' })
  })

  test('never removes what can not be downloaded again: imported files, and calls of removed connections', async () => {
    const { db } = backend
    archived('c', 30)
    db.prepare("UPDATE connections SET kind = 'imported'").run()
    storeQuota(db, 1)
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
    db.prepare("UPDATE connections SET kind = 'api', removed_at_ms = 1").run()
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
    const both = openBothForReading(backend.paths)
    expect(await recordingStorage(both, backend.paths)).toMatchObject({ keptFiles: 1, removable: 0 })
    both.close()
    db.prepare('UPDATE connections SET removed_at_ms = NULL').run()
    db.prepare("UPDATE recordings SET urls = '[]'").run()
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
  })

  test('without a limit removes nothing', async () => {
    archived('c', 30)
    storeQuota(backend.db, null)
    expect(await make()).toEqual({ removed: 0, freedBytes: 0 })
  })
})

describe('a new recording, where the limit is reached', () => {
  const dayMs = (daysAgo: number) => NOW - daysAgo * DAY_MS

  test('is admitted for a newer call than one that may go, and never for an older one', () => {
    archived('c', 30)
    storeQuota(backend.db, 10 * MB)
    expect(room.admits(dayMs(10), NOW, 0)).toBe(true)
    expect(room.admits(dayMs(50), NOW, 0)).toBe(false)
    expect(room.admits(Number.MAX_SAFE_INTEGER, NOW, 0)).toBe(true)
  })

  test('takes the place of older calls alone', async () => {
    archived('c', 30)
    archived('d', 10)
    storeQuota(backend.db, 10 * MB)
    await make(dayMs(20))
    expect(states()).toEqual({ c: 'removed', d: 'ready' })
    await make(dayMs(20))
    expect(states()).toEqual({ c: 'removed', d: 'ready' })
  })
})

test('what is told of the storage adds up', async () => {
  annotate(archived('c', 30))
  const kept = archived('d', 20)
  archived('e', 10)
  addCall(backend.db, { id: idOf('f') })
  backend.db.prepare('UPDATE recordings SET kept_offline_at_ms = 1 WHERE sha256 = ?').run(kept)
  storeQuota(backend.db, 30 * MB)
  const both = openBothForReading(backend.paths)
  try {
    expect(await recordingStorage(both, backend.paths)).toMatchObject({
      bytes: 30 * MB,
      files: 3,
      keptBytes: 20 * MB,
      keptFiles: 2,
      quotaBytes: 30 * MB,
      removable: 1,
      waiting: 1,
      problem: expect.stringMatching(/1 recording waits\. Raise the limit under Settings › Recordings/),
    })
  } finally {
    both.close()
  }
})

describe('the plans', () => {
  const planOf = (db: ReadDb, sql: string, ...parameters: unknown[]): string =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail)
      .join(' | ')

  test('of what may go walks in order and sorts nothing', () => {
    const plan = planOf(backend.db, STORAGE_SQL.removable, 0, 0, 1, 1)
    expect(plan).toMatch(/SEARCH r USING INDEX recordings_by_recency/)
    expect(plan).toMatch(/SEARCH c USING INTEGER PRIMARY KEY/)
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN [rc]/)
  })

  test('of the sum reads an index alone', () => {
    expect(planOf(backend.db, STORAGE_SQL.stored)).toMatch(/USING COVERING INDEX recordings_stored/)
  })

  test('of what waits walks the newest of its connection', () => {
    const plan = planOf(backend.db, WAITING.all, 'x', 4)
    expect(plan).toMatch(/SEARCH c USING INDEX calls_with_waiting_recording \(connection_id=\?\)/)
    expect(plan).not.toMatch(/TEMP B-TREE/)
    expect(planOf(backend.db, WAITING.kept, 'x', 4)).toMatch(
      /SCAN r USING COVERING INDEX recordings_wanted|recordings_wanted/,
    )
  })

  test('of what is kept begins with those calls', () => {
    const both = openBothForReading(backend.paths)
    try {
      expect(planOf(both, FACTS_SQL.kept)).toMatch(/COVERING INDEX recordings_kept/)
      const plan = planOf(both, FACTS_SQL.annotated)
      expect(plan).toMatch(/annotations_by_call/)
      expect(plan).toMatch(/SEARCH c USING (COVERING )?INDEX sqlite_autoindex_calls_1 \(id=\?\)/)
      expect(plan).toMatch(/SEARCH r USING INTEGER PRIMARY KEY/)
    } finally {
      both.close()
    }
  })
})
