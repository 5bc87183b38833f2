import type { ConnectionId, FolderFile, Vendor } from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { KnownFile } from './folder-plan'
import type { FoundFile } from './folder-scan'

/** What is known of a folder connection's files, by path; at most as many as a folder may hold. */
export function knownFiles(db: ReadDb, id: ConnectionId): Map<string, KnownFile> {
  const rows = prepared<Omit<KnownFile, 'isSettled'> & { path: string; is_settled: number }>(
    db,
    `SELECT path, kind, bytes, modified_at_ms AS modifiedAtMs, calls, is_settled, problem
     FROM folder_files WHERE connection_id = ?`,
  )
  const known = new Map<string, KnownFile>()
  for (const { path, is_settled, ...file } of rows.all(id))
    known.set(path, { ...file, isSettled: is_settled === 1 })
  return known
}

/** Notes what came of a file; in the transaction of its last calls. */
export function noteFile(
  db: WriteDb,
  id: ConnectionId,
  file: FoundFile,
  result: { calls: number; isSettled: boolean; problem: string | null },
  nowMs: number,
): void {
  prepared(
    db,
    `INSERT INTO folder_files (connection_id, path, kind, bytes, modified_at_ms, read_at_ms, calls, is_settled, problem)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (connection_id, path) DO UPDATE SET kind = excluded.kind, bytes = excluded.bytes,
       modified_at_ms = excluded.modified_at_ms, read_at_ms = excluded.read_at_ms, calls = excluded.calls,
       is_settled = excluded.is_settled, problem = excluded.problem`,
  ).run(
    id,
    file.path,
    file.kind,
    file.bytes,
    file.modifiedAtMs,
    nowMs,
    result.calls,
    result.isSettled ? 1 : 0,
    result.problem,
  )
}

/** Whether this very file (size and time the same) had a problem when it was last looked at. */
export const wasProblem = (db: ReadDb, id: ConnectionId, file: FoundFile): boolean =>
  prepared(
    db,
    `SELECT 1 FROM folder_files WHERE connection_id = ? AND path = ? AND bytes = ? AND modified_at_ms = ?
       AND problem IS NOT NULL`,
  ).get(id, file.path, file.bytes, file.modifiedAtMs) !== undefined

/** Forgets files that are gone; the calls that they held stay. */
export function forgetFiles(db: WriteDb, id: ConnectionId, paths: readonly string[]): void {
  const forget = prepared(db, 'DELETE FROM folder_files WHERE connection_id = ? AND path = ?')
  db.transaction(() => {
    for (const path of paths) forget.run(id, path)
  })()
}

const LISTED = `SELECT path, bytes, modified_at_ms AS modifiedAtMs, read_at_ms AS readAtMs, calls, problem
  FROM folder_files`

export const FILES_SQL = `${LISTED} WHERE connection_id = ? ORDER BY modified_at_ms DESC LIMIT 200`
export const PROBLEM_FILES_SQL = `${LISTED} WHERE connection_id = ? AND problem IS NOT NULL
  ORDER BY modified_at_ms DESC LIMIT 200`

/** The newest files of a folder connection, at most 200. */
export function listFolderFiles(db: ReadDb, id: ConnectionId, onlyProblems: boolean): FolderFile[] {
  return prepared<Omit<FolderFile, 'modifiedAt' | 'readAt'> & { modifiedAtMs: number; readAtMs: number }>(
    db,
    onlyProblems ? PROBLEM_FILES_SQL : FILES_SQL,
  )
    .all(id)
    .map(({ modifiedAtMs, readAtMs, ...file }) => ({
      ...file,
      modifiedAt: new Date(modifiedAtMs).toISOString(),
      readAt: new Date(readAtMs).toISOString(),
    }))
}

/** The call of a connection whose id is this file name's stem. */
export function callOfStem(
  db: ReadDb,
  id: ConnectionId,
  stem: string,
): { callPk: number; callId: string; externalId: string } | null {
  return (
    prepared<{ callPk: number; callId: string; externalId: string }>(
      db,
      `SELECT pk AS callPk, id AS callId, external_id AS externalId FROM calls
       WHERE connection_id = ? AND external_id = ?`,
    ).get(id, stem) ?? null
  )
}

/** Ids of a connection's calls that can't be a file's name as they are. */
export const oddIds = (db: ReadDb, id: ConnectionId): string[] =>
  prepared<string>(
    db,
    `SELECT external_id FROM calls
     WHERE connection_id = ? AND external_id GLOB '*[^A-Za-z0-9._+@-]*' LIMIT 100000`,
  )
    .pluck()
    .all(id)

/** Whether a connection to this very folder reads this vendor's calls. */
export const isReadBy = (db: ReadDb, folder: string, vendor: Vendor): boolean =>
  prepared(
    db,
    'SELECT 1 FROM connections WHERE folder = ? AND vendor = ? AND removed_at_ms IS NULL LIMIT 1',
  ).get(folder, vendor) !== undefined
