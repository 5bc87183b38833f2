import { existsSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import {
  type Connection,
  type ConnectionDraft,
  type ConnectionId,
  ConnectionSettings,
  EarmarkError,
  type FolderDraft,
  type Vendor,
} from '@contract'
import type { ReadDb, WriteDb } from '../db/open'
import { prepared } from '../db/prepared'
import type { WorkspacePaths } from '../db/workspace'
import { isWithin } from '../paths'
import { type CallsContext, programOf } from '../sync/context'
import { lockConnection } from '../sync/lock'
import { vendors } from '../vendors'
import {
  describeConnection,
  getConnection,
  idForNew,
  insertConnection,
  requireFreeName,
  type StoredConnection,
} from './queries'

/**
 * A new connection to a folder. Raises `conflict` for a name that is taken, or a folder whose calls another connection
 * reads already; `invalid_input` for what is no folder, or one that Earmark itself writes into.
 */
export function createFolder(context: CallsContext, draft: FolderDraft): Connection {
  const { db, paths } = context
  if (draft.folder === null)
    throw new EarmarkError('invalid_input', 'Choose the folder to watch.', { field: 'folder' })
  const folder = checkedFolder(paths, draft.folder)
  requireUnwatched(db, folder, draft.vendor, null)
  requireFreeName(db, draft.name, null)
  const id = idForNew(db, draft.vendor, draft.name)
  const stored: ConnectionDraft = {
    vendor: draft.vendor,
    name: draft.name,
    baseUrl: '',
    campaignIds: [],
    settings: ConnectionSettings.parse({}),
  }
  db.transaction(() => {
    // A removed connection of the same name comes back: its files are read anew, which changes nothing in its calls.
    forgetAllFiles(db, id)
    insertConnection(db, id, { kind: 'folder', keepsSecrets: false, folder }, stored, Date.now())
  })()
  return announced(context, id)
}

/** Changes a folder connection's name or folder. Raises `busy` while it is read, and what `createFolder` raises. */
export function changeFolder(context: CallsContext, id: ConnectionId, draft: FolderDraft): Connection {
  const { db, paths } = context
  const before = requireFolder(getConnection(db, id))
  if (before.vendor !== draft.vendor)
    throw new EarmarkError(
      'invalid_input',
      'The vendor of a connection can’t be changed. Make a new connection.',
      { field: 'vendor' },
    )
  const unlock = lockConnection(paths, before, programOf(context))
  try {
    const folder = draft.folder === null ? before.folder : checkedFolder(paths, draft.folder)
    requireFreeName(db, draft.name, id)
    requireUnwatched(db, folder, draft.vendor, id)
    db.transaction(() => {
      prepared(db, 'UPDATE connections SET name = ?, folder = ? WHERE id = ?').run(draft.name, folder, id)
      if (folder !== before.folder) forgetAllFiles(db, id)
    })()
  } finally {
    unlock()
  }
  return announced(context, id)
}

/** A connection that is one to a folder. Raises `invalid_input`. */
export function requireFolder(connection: StoredConnection): StoredConnection & { folder: string } {
  const { folder } = connection
  if (folder !== null) return { ...connection, folder }
  throw new EarmarkError('invalid_input', `"${connection.name}" is no connection to a folder.`, {
    connectionId: connection.id,
  })
}

/** The connections to folders that were not removed. */
export function folderConnections(db: ReadDb): (StoredConnection & { folder: string })[] {
  return prepared<string>(db, "SELECT id FROM connections WHERE kind = 'folder' AND removed_at_ms IS NULL")
    .pluck()
    .all()
    .map((id) => requireFolder(getConnection(db, id)))
}

/** The folder as it is stored: absolute, really there, and none that Earmark writes into. Raises `invalid_input`. */
function checkedFolder(paths: WorkspacePaths, given: string): string {
  const refuse = (message: string) => new EarmarkError('invalid_input', message, { field: 'folder' })
  if (!isAbsolute(given)) throw refuse(`Give the folder's whole path, not "${given}".`)
  const folder = resolve(given)
  if (!existsSync(folder)) throw refuse(`There is no folder "${folder}". Is a drive or a share missing?`)
  if (!statSync(folder).isDirectory()) throw refuse(`"${folder}" is not a folder.`)
  // The system's own answer: on disks that know no case, it is the name as it is there.
  const own = realpathSync.native(paths.root)
  const real = realpathSync.native(folder)
  if (isWithin(own, real) || isWithin(real, own))
    throw refuse(
      `"${folder}" holds Earmark's own workspace, or lies in it. Choose a folder that only the exports are in.`,
    )
  return folder
}

function requireUnwatched(db: ReadDb, folder: string, vendor: Vendor, ownId: ConnectionId | null): void {
  const holder = prepared<{ id: string; name: string }>(
    db,
    'SELECT id, name FROM connections WHERE folder = ? AND vendor = ? AND removed_at_ms IS NULL AND id IS NOT ?',
  ).get(folder, vendor, ownId)
  if (holder === undefined) return
  throw new EarmarkError(
    'conflict',
    `"${holder.name}" reads the calls of ${vendors[vendor].name} in this folder already.`,
    { connectionId: holder.id, field: 'folder' },
  )
}

function forgetAllFiles(db: WriteDb, id: ConnectionId): void {
  prepared(db, 'DELETE FROM folder_files WHERE connection_id = ?').run(id)
}

function announced(context: CallsContext, id: ConnectionId): Connection {
  context.emit({ type: 'connections.changed' })
  return describeConnection(context.db, id)
}
