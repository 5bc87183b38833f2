import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { DatabaseName } from '@contract'
import Database from 'better-sqlite3'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import { isPutAside } from '../db/repaired-file'
import type { WorkspacePaths } from '../db/workspace'
import { TURN_END } from '../search/index-text'
import { defineSearchFunctions, indexState } from '../search/search-index'
import { eraseFile } from './erase-file'

/*
 * Deleting a row leaves its words in places that no query reaches: entries of the index that are only marked as deleted,
 * freed pages, the write-ahead log, copies. Each is taken care of here, in steps of some milliseconds to some tens.
 */

/** Pages of the index written in one step. */
const MERGE_PAGES = 200
const SCRUB_PAGES = 256
/** No call's key in the index. */
const NO_KEY = -1
/** So many are put into the index anew in a moment. */
const FEW_CALLS = 300
const CHECKPOINT_TRIES = 50
const CHECKPOINT_PAUSE_MS = 200

/**
 * Writes the index anew without what was deleted from it: FTS5 marks an entry as deleted, and drops it when the segments
 * that hold it and its mark are merged into one (sqlite.org/fts5.html, "The 'merge' command"). Searches go on.
 * (Measured beside its `secure-delete`: that takes ten times as long a call, and leaves words that a page began with.)
 */
export async function mergeIndex(db: WriteDb, signal: AbortSignal): Promise<void> {
  const { state } = indexState(db)
  if (state === 'missing') return
  const isLarge = db.prepare('SELECT 1 FROM calls LIMIT 1 OFFSET ?').get(FEW_CALLS)
  // Segments of a page or two wander between levels, and never take part in what FTS5 takes for the last merge.
  if (state === 'ready' && isLarge === undefined) {
    defineSearchFunctions(db)
    for (const table of ['search', 'search_words'])
      db.exec(`INSERT INTO ${table} (${table}) VALUES ('rebuild')`)
    return
  }
  // Marks are kept by a merge that FTS5 does not take for the last one: of segments that lie on one level, below others
  // that are empty. Behind the first time, they lie on two.
  for (const [table, column] of [
    ['search', 'facets'],
    ['search_words', 'words'],
  ] as const)
    for (let time = 0; time < 2 && !signal.aborted; time += 1) await mergeAll(db, table, column, signal)
}

async function mergeAll(db: WriteDb, table: string, column: string, signal: AbortSignal): Promise<void> {
  // FTS5 leaves an index of one segment alone, marks and all: a second one, of a row that no query finds.
  db.prepare(`INSERT INTO ${table} (rowid, ${column}) VALUES (${NO_KEY}, '${TURN_END}')`).run()
  const merge = db.prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`)
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck()
  // The first one, negative, puts all segments into one merge; the others go on with it until nothing is written.
  for (let pages = -MERGE_PAGES; !signal.aborted; pages = MERGE_PAGES) {
    const before = changes.get() ?? 0
    merge.run(pages)
    if ((changes.get() ?? 0) - before < 2) break
    await nextTurn()
  }
  db.prepare(
    `INSERT INTO ${table} (${table}, rowid, ${column}) VALUES ('delete', ${NO_KEY}, '${TURN_END}')`,
  ).run()
}

const SCRUB = 'retention_scrub'

/** Overwrites the pages that hold nothing any more, with zeros: takes them all, and gives them back. */
export async function scrubFreePages(db: WriteDb, signal: AbortSignal): Promise<void> {
  const pageBytes = Number(db.pragma('page_size', { simple: true }))
  const free = () => Number(db.pragma('freelist_count', { simple: true }))
  db.exec(`DROP TABLE IF EXISTS ${SCRUB}`)
  if (free() === 0) return
  db.exec(`CREATE TABLE ${SCRUB} (id INTEGER PRIMARY KEY, zeros BLOB NOT NULL) STRICT`)
  try {
    // A row fills a page, with its header and the page's own.
    const insert = db.prepare(`INSERT INTO ${SCRUB} (zeros) VALUES (zeroblob(?))`)
    while (!signal.aborted && free() > 0) {
      db.transaction(() => {
        for (let page = 0; page < SCRUB_PAGES && free() > 0; page += 1) insert.run(pageBytes - 100)
      })()
      await nextTurn()
    }
    const remove = db.prepare(
      `DELETE FROM ${SCRUB} WHERE id IN (SELECT id FROM ${SCRUB} ORDER BY id DESC LIMIT ${SCRUB_PAGES})`,
    )
    while (!signal.aborted && remove.run().changes > 0) await nextTurn()
  } finally {
    db.exec(`DROP TABLE IF EXISTS ${SCRUB}`)
  }
}

const COMPACTED = 'retention_compacted_at_ms'
const WEEK_MS = 7 * 86_400_000
/** A disk is left this much room. */
const ROOM_LEFT_BYTES = 500_000_000

/** Whether a purge by the rule compacts as well: once a week, because it writes the whole database. `calls.db`. */
export function isCompactionDue(db: ReadDb, nowMs: number): boolean {
  const at = prepared<string>(db, 'SELECT value FROM meta WHERE key = ?').pluck().get(COMPACTED)
  return at === undefined || Math.abs(nowMs - Number(at)) >= WEEK_MS
}

export function noteCompacted(db: WriteDb, nowMs: number): void {
  prepared(
    db,
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(COMPACTED, String(nowMs))
}

/**
 * Writes the whole database anew (VACUUM): the one way to reach what SQLite left in the unused corners of pages when it
 * moved rows between them, which `secure_delete` does not clear. In one go: seconds for a large one, in which nobody else
 * writes to it. False where the disk has no room for it, or somebody is at the database.
 */
export async function compact(db: WriteDb): Promise<boolean> {
  const { size } = await stat(db.name)
  const { bavail, bsize } = await statfs(db.name)
  // A copy, and the log of what takes its place.
  if (bavail * bsize < 2 * size + ROOM_LEFT_BYTES) return false
  try {
    db.exec('VACUUM')
    return true
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED|FULL)/.test(error.code)) return false
    throw error
  }
}

/**
 * Folds the write-ahead log into the file and empties it. False when somebody read for longer than ten seconds: the next
 * purge, or the last one to close the database, does it.
 */
export async function emptyLog(db: WriteDb, signal: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < CHECKPOINT_TRIES && !signal.aborted; tries += 1) {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (result?.busy === 0) return true
    await pause(CHECKPOINT_PAUSE_MS)
  }
  return false
}

/** Combinations of values that no call has any more. */
export function removeUnusedFacets(db: WriteDb): void {
  prepared(
    db,
    'DELETE FROM facets WHERE NOT EXISTS (SELECT 1 FROM calls c WHERE c.facet_id = facets.id)',
  ).run()
}

/** Of `calls.db`: it holds the purged calls. The next hour's copy holds what is left. */
const COPY_OF_CALLS = /^calls-.*\.db(?:\..*\.tmp)?$/

/** Overwrites and removes the workspace's own copies of `calls.db`; how many there were. */
export async function eraseCopiesOfCalls(paths: WorkspacePaths): Promise<number> {
  const names = (await readdir(paths.backups).catch(() => [])).filter((name) => COPY_OF_CALLS.test(name))
  for (const name of names) await eraseFile(join(paths.backups, name))
  return names.length
}

const COPY_OF_REVIEWS = /^reviews-.*\.db(?:\..*\.tmp)?$/

/** The copies of `reviews.db` but for one: they hold the annotations that were removed. */
export async function eraseCopiesOfReviews(paths: WorkspacePaths, except: string | null): Promise<number> {
  const names = (await readdir(paths.backups).catch(() => [])).filter(
    (name) => COPY_OF_REVIEWS.test(name) && name !== except,
  )
  for (const name of names) await eraseFile(join(paths.backups, name))
  return names.length
}

/** Overwrites and removes damaged databases that a repair put aside: they hold what was purged since; how many files there were. */
export async function erasePutAside(paths: WorkspacePaths, database: DatabaseName): Promise<number> {
  const names = (await readdir(paths.root)).filter((name) => isPutAside(database, name))
  for (const name of names) await eraseFile(join(paths.root, name))
  return names.length
}

const CALL_FILE = /^([a-z2-7]{16})[.-]/

/**
 * Files of purged calls that a download or a decoding finished after their call had gone: in the folders of recordings
 * and waveforms. Looks at names; other work of the thread runs between two folders.
 *
 * @param isLeftOver whether a call was purged and is not here
 */
export async function eraseLeftOvers(
  paths: WorkspacePaths,
  isLeftOver: (callId: string) => boolean,
  signal: AbortSignal,
): Promise<number> {
  let erased = 0
  for (const root of [paths.recordings, paths.peaks]) {
    for (const folder of await readdir(root, { withFileTypes: true }).catch(() => [])) {
      if (signal.aborted) return erased
      if (!folder.isDirectory()) continue
      for (const name of await readdir(join(root, folder.name)).catch(() => [])) {
        const callId = CALL_FILE.exec(name)?.[1]
        if (callId === undefined || !isLeftOver(callId)) continue
        await eraseFile(join(root, folder.name, name))
        erased += 1
      }
    }
  }
  return erased
}

/** Everything of one call that lies in files: its recording, its waveforms, an unfinished download. */
export async function eraseFilesOf(
  paths: WorkspacePaths,
  callId: string,
): Promise<{ recordings: number; notOverwritten: number }> {
  const done = { recordings: 0, notOverwritten: 0 }
  for (const root of [paths.recordings, paths.peaks]) {
    const folder = join(root, callId.slice(0, 2))
    for (const name of await readdir(folder).catch(() => [])) {
      if (CALL_FILE.exec(name)?.[1] !== callId) continue
      const how = await eraseFile(join(folder, name))
      if (how === 'removed') done.notOverwritten += 1
      if (root === paths.recordings && how !== 'missing') done.recordings += 1
    }
  }
  return done
}
