import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseName } from '@contract'
import { EarmarkError } from '@contract/errors'
import { keyOf, withDb } from '../db/as-kept'
import { copyVerified } from '../db/backups'
import {
  CALLS_MIGRATIONS,
  openCallsForReading,
  openReviewsForReading,
  REVIEWS_MIGRATIONS,
  type WorkspacePaths,
  workspacePaths,
} from '../db/workspace'
import { headerFile } from '../protection/header'
import { stopIf } from './errors'
import type { BackupWork } from './manifest'
import { beside, checkDatabase, makeUsable } from './restore-backup'

const NAMES = /^(reviews|calls)-(before-migration-from-\d+-)?(\d{4}-\d{2}-\d{2})\.db$/

/** A copy that Earmark made by itself. */
export interface AutomaticBackup {
  /** Its file's name. */
  name: string
  of: 'annotations' | 'calls'
  /** Made before an update changed the database. */
  isBeforeUpdate: boolean
  /** UTC, "2026-05-20". */
  day: string
  bytes: number
}

/** The copies that Earmark made by itself, newest first. */
export function automaticBackups(paths: WorkspacePaths): AutomaticBackup[] {
  const found = readdirSync(paths.backups).flatMap((name): AutomaticBackup[] => {
    const [, of, before, day = ''] = NAMES.exec(name) ?? []
    const facts = of === undefined ? null : statSync(join(paths.backups, name), { throwIfNoEntry: false })
    if (!facts?.isFile()) return []
    const isBeforeUpdate = before !== undefined
    return [{ name, of: of === 'calls' ? 'calls' : 'annotations', isBeforeUpdate, day, bytes: facts.size }]
  })
  return found.sort((a, b) => (a.day === b.day ? (a.name < b.name ? -1 : 1) : a.day < b.day ? 1 : -1))
}

/**
 * Makes a workspace folder beside `root` with what a copy holds in the place of what the workspace holds now: its
 * annotations (or calls) of that day, and all else as it is. Where that is damaged, its own newest copy is taken.
 * Recordings are not copied but linked, where the file system can: they never change. Raises `not_found`,
 * `database_damaged`, `disk_full`, `workspace_unusable`, `cancelled`.
 */
export async function unpackAutomatic(
  paths: WorkspacePaths,
  name: string,
  root: string,
  { onProgress, signal }: BackupWork = {},
): Promise<{ folder: string; missingRecordings: number }> {
  const all = automaticBackups(paths)
  const chosen = all.find((one) => one.name === name)
  if (!chosen)
    throw new EarmarkError('not_found', `There is no backup "${name}" any more. Choose another one.`)
  const other = chosen.of === 'calls' ? 'reviews.db' : 'calls.db'
  const needed =
    chosen.bytes +
    sizeOf(join(paths.root, other)) +
    (canLink(paths, root) ? 0 : folderBytes(paths.recordings))
  return beside(root, needed, async (folder) => {
    const made = workspacePaths(folder, paths.keys)
    if (paths.keys !== null) copyFileSync(headerFile(paths.root), headerFile(folder))
    const step = async () => {
      onProgress?.({ phase: 'copying', doneBytes: 0, totalBytes: null })
      await new Promise((later) => setImmediate(later))
      stopIf(signal)
    }
    await step()
    copyFileSync(join(paths.backups, name), chosen.of === 'calls' ? made.callsDb : made.reviewsDb)
    copyPresent(paths, other, join(folder, other), all)
    await step()
    for (const [file, migrations] of [
      ['reviews.db', REVIEWS_MIGRATIONS],
      ['calls.db', CALLS_MIGRATIONS],
    ] as const)
      if (existsSync(join(folder, file))) checkDatabase(folder, file, migrations.length, paths.keys)
    await step()
    for (const one of all) linkOrCopy(join(paths.backups, one.name), join(made.backups, one.name))
    linkAll(paths.peaks, made.peaks)
    const recordings = linkAll(paths.recordings, made.recordings)
    return { folder, missingRecordings: makeUsable(made, recordings) }
  })
}

/** What the workspace holds now; where it can't be read, the newest copy of it; where there is none, nothing. */
function copyPresent(
  paths: WorkspacePaths,
  name: DatabaseName,
  target: string,
  all: readonly AutomaticBackup[],
): void {
  try {
    withDb(name === 'calls.db' ? openCallsForReading(paths) : openReviewsForReading(paths), (db) =>
      copyVerified(db, name, target, keyOf(paths.keys, name)),
    )
  } catch (error) {
    if (!(error instanceof EarmarkError) || error.code === 'disk_full') throw error
    const newest = all.find((one) => one.of === (name === 'calls.db' ? 'calls' : 'annotations'))
    if (newest) copyFileSync(join(paths.backups, newest.name), target)
  }
}

/** Gives a folder's files, two levels deep, a second name in another folder; the names, with `/`. */
function linkAll(from: string, to: string): string[] {
  const names: string[] = []
  for (const folder of existsSync(from) ? readdirSync(from, { withFileTypes: true }) : []) {
    if (!folder.isDirectory()) continue
    mkdirSync(join(to, folder.name), { mode: 0o700 })
    for (const file of readdirSync(join(from, folder.name), { withFileTypes: true })) {
      if (!file.isFile() || file.name.endsWith('.part') || file.name.endsWith('.tmp')) continue
      linkOrCopy(join(from, folder.name, file.name), join(to, folder.name, file.name))
      names.push(`${folder.name}/${file.name}`)
    }
  }
  return names
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    // Another disk, or a file system without links.
    cpSync(from, to, { preserveTimestamps: true })
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

const canLink = (paths: WorkspacePaths, root: string): boolean =>
  statSync(paths.root).dev === statSync(dirname(root), { throwIfNoEntry: false })?.dev

const folderBytes = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, one) => sum + (one.isFile() ? sizeOf(join(one.parentPath, one.name)) : 0),
    0,
  )
