import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseName } from '@contract'
import { EarmarkError } from '@contract/errors'
import { readHeader } from '../protection/header'
import type { WorkspaceKeys } from '../protection/keys'
import { lockedWorkspace } from '../protection/locked'
import { type DatabaseKey, keyOf } from './as-kept'
import { backUpBeforeMigration, hasBackups } from './backups'
import { first as callsFirst } from './calls/001-first'
import { archive as callsArchive } from './calls/002-archive'
import { closerKeys as callsCloserKeys } from './calls/003-closer-keys'
import { sound as callsSound } from './calls/004-sound'
import { transcripts as callsTranscripts } from './calls/005-transcripts'
import { talk as callsTalk } from './calls/006-talk'
import {
  guard,
  type Migration,
  openForReading,
  openForWriting,
  type ReadDb,
  refuseFuture,
  type WriteDb,
} from './open'
import { takeRepaired } from './repaired-file'
import { first as reviewsFirst } from './reviews/001-first'
import { looks as reviewsLooks } from './reviews/002-looks'
import { searches as reviewsSearches } from './reviews/003-searches'
import { anchors as reviewsAnchors } from './reviews/004-anchors'
import { retention as reviewsRetention } from './reviews/005-retention'
import { damaged } from './sqlite-errors'

/** Append-only: a released migration is never edited. */
export const CALLS_MIGRATIONS: readonly Migration[] = [
  callsFirst,
  callsArchive,
  callsCloserKeys,
  callsSound,
  callsTranscripts,
  callsTalk,
]
export const REVIEWS_MIGRATIONS: readonly Migration[] = [
  reviewsFirst,
  reviewsLooks,
  reviewsSearches,
  reviewsAnchors,
  reviewsRetention,
]

/** Where everything of a workspace lies. All paths are below `root`. */
export interface WorkspacePaths {
  root: string
  callsDb: string
  reviewsDb: string
  recordings: string
  peaks: string
  backups: string
  locks: string
  /** What its databases and files are encrypted with; null: it is not protected. */
  keys: WorkspaceKeys | null
}

/** The paths of a workspace folder; makes nothing. */
export function workspacePaths(root: string, keys: WorkspaceKeys | null = null): WorkspacePaths {
  return {
    keys,
    root,
    callsDb: join(root, 'calls.db'),
    reviewsDb: join(root, 'reviews.db'),
    recordings: join(root, 'recordings'),
    peaks: join(root, 'peaks'),
    backups: join(root, 'backups'),
    locks: join(root, 'locks'),
  }
}

/** Where one of the databases lies. */
export const databaseFile = (paths: WorkspacePaths, name: DatabaseName): string =>
  name === 'calls.db' ? paths.callsDb : paths.reviewsDb

/**
 * Like `mkdirSync` with `recursive`, which tries for ever where a file system says ENOENT although the folder above is
 * there (automounter roots, /proc).
 */
function makeFolder(folder: string): void {
  const isFolder = () => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
  if (isFolder()) return
  const above = dirname(folder)
  if (!existsSync(above)) makeFolder(above)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it a moment ago.
    if (!isFolder()) throw error
  }
}

/** Makes the workspace's folders where they are missing. Raises `workspace_unusable`. */
export function makeFolders(root: string, keys: WorkspaceKeys | null = null): WorkspacePaths {
  const paths = workspacePaths(root, keys)
  try {
    for (const folder of [paths.root, paths.recordings, paths.peaks, paths.backups, paths.locks])
      makeFolder(folder)
    return paths
  } catch (error) {
    throw new EarmarkError(
      'workspace_unusable',
      `The workspace folder ${root} can't be made or written. Choose another with --workspace, or check who owns it.`,
      { root },
      { cause: error },
    )
  }
}

/**
 * Makes the folders and both databases, migrating them where needed: readers can open afterwards. Raises
 * `workspace_unusable`, `workspace_locked`, `database_damaged`, `database_too_new`.
 */
export function prepareWorkspace(root: string, keys: WorkspaceKeys | null = null): WorkspacePaths {
  const paths = makeFolders(root, keys)
  openReviewsForWriting(paths).close()
  openCallsForWriting(paths).close()
  return paths
}

/**
 * The key of one of the workspace's databases. Without this question, a database whose key is not at hand would be taken for a damaged
 * one. Raises `workspace_locked`.
 */
function keyFor(paths: WorkspacePaths, name: DatabaseName): DatabaseKey {
  const header = readHeader(paths.root)
  if (header === null && paths.keys === null) return null
  if (header?.state === 'protected' && paths.keys !== null) return keyOf(paths.keys, name)
  throw lockedWorkspace(paths.root, header)
}

/**
 * Before either database is opened: the two belong together, so that neither is migrated where the other is of a later
 * Earmark; a repair that was killed is brought to its end; and a database that is gone is not made anew, as if nobody had ever
 * written anything, where there are copies of it.
 */
function refuseUnfit(paths: WorkspacePaths, name: DatabaseName): void {
  keyFor(paths, name)
  for (const file of [paths.callsDb, paths.reviewsDb]) takeRepaired(file, Date.now())
  refuseLater(paths)
  const file = databaseFile(paths, name)
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? null
  // Calls that are moved away are synced again; what people wrote can't be.
  const isGone = bytes === 0 || (bytes === null && name === 'reviews.db')
  if (isGone && hasBackups(paths.backups, name))
    throw damaged(name, file, bytes === 0 ? 'there is nothing in it' : 'it is not there')
}

/** Raises `database_too_new`. Opening a database alone leaves files beside it: what is of a later Earmark is not opened at all, and neither is its other half. */
export function refuseLater(paths: WorkspacePaths): void {
  for (const [name, file, migrations] of [
    ['calls.db', paths.callsDb, CALLS_MIGRATIONS],
    ['reviews.db', paths.reviewsDb, REVIEWS_MIGRATIONS],
  ] as const)
    refuseFuture({ name, file, migrations, key: keyOf(paths.keys, name) })
}

/** `calls.db` for its one writer (the calls worker, or the command line). */
export function openCallsForWriting(paths: WorkspacePaths): WriteDb {
  refuseUnfit(paths, 'calls.db')
  return openForWriting({
    name: 'calls.db',
    file: paths.callsDb,
    key: keyFor(paths, 'calls.db'),
    migrations: CALLS_MIGRATIONS,
    synchronous: 'NORMAL',
  })
}

/** `reviews.db` for writing: each commit is on disk when it returns. */
export function openReviewsForWriting(paths: WorkspacePaths): WriteDb {
  refuseUnfit(paths, 'reviews.db')
  return openForWriting({
    name: 'reviews.db',
    file: paths.reviewsDb,
    key: keyFor(paths, 'reviews.db'),
    migrations: REVIEWS_MIGRATIONS,
    synchronous: 'FULL',
    beforeMigration: (db, version) =>
      backUpBeforeMigration(db, paths.backups, version, Date.now(), paths.keys),
  })
}

/** `calls.db` for reading; the workspace must have been prepared. */
export function openCallsForReading(paths: WorkspacePaths): ReadDb {
  const key = keyFor(paths, 'calls.db')
  refuseLater(paths)
  return openForReading({ name: 'calls.db', file: paths.callsDb, key, migrations: CALLS_MIGRATIONS })
}

/** `reviews.db` for reading; the workspace must have been prepared. */
export function openReviewsForReading(paths: WorkspacePaths): ReadDb {
  const key = keyFor(paths, 'reviews.db')
  refuseLater(paths)
  return openForReading({ name: 'reviews.db', file: paths.reviewsDb, key, migrations: REVIEWS_MIGRATIONS })
}

/**
 * `calls.db` for reading, with `reviews.db` attached as `reviews`, read-only as well (an attached
 * database is opened with the flags of the connection). For lists that show both.
 */
export function openBothForReading(paths: WorkspacePaths): ReadDb {
  const db = openCallsForReading(paths)
  try {
    const key = keyFor(paths, 'reviews.db')
    guard('reviews.db', paths.reviewsDb, () => {
      if (key === null) db.prepare('ATTACH DATABASE ? AS reviews').run(paths.reviewsDb)
      else db.prepare('ATTACH DATABASE ? AS reviews KEY ?').run(paths.reviewsDb, key)
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
