import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseName } from '@contract/trouble'
import { keyOf, withDb } from '../db/as-kept'
import { verifyCopy } from '../db/backups'
import { databaseFile, openCallsForWriting, type WorkspacePaths } from '../db/workspace'
import { noteMissingRecordings } from './missing-recordings'

const noteIn = (root: string): string => join(root, 'restored-unchecked')

/** Notes that a workspace was restored whose databases could not be read, as its key was not at hand. */
export const noteUnchecked = (root: string): void =>
  writeFileSync(noteIn(root), 'Restored from a backup of a protected workspace, and not opened since.\n', {
    mode: 0o600,
    flush: true,
  })

/**
 * Does at the first opening of a restored workspace what had to wait for its key: the databases are read to their end, and the
 * recordings that did not come with them are noted. Done once; of any other workspace it costs a look for a file. Raises
 * `database_damaged`, `disk_full`.
 */
export function finishRestore(paths: WorkspacePaths): void {
  const note = noteIn(paths.root)
  if (!existsSync(note)) return
  for (const name of DatabaseName.options)
    verifyCopy(name, databaseFile(paths, name), keyOf(paths.keys, name))
  withDb(openCallsForWriting(paths), (db) => noteMissingRecordings(db, present(paths.recordings)))
  rmSync(note, { force: true })
}

/** As the database names them. */
const present = (recordings: string): string[] =>
  readdirSync(recordings, { withFileTypes: true })
    .filter((folder) => folder.isDirectory())
    .flatMap(({ name }) => readdirSync(join(recordings, name)).map((file) => `${name}/${file}`))
