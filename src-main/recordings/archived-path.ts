import { realpathSync } from 'node:fs'
import nodePath from 'node:path'
import { isMissing } from '../system-errors'

/** A name as the archive gives it (`archive.ts`): `ab/abcdefghijklmnop.mp3`; a second extension says how it is kept. */
const ARCHIVED = /^[a-z2-7]{2}\/[a-z2-7]{16}(?:\.[a-z0-9]{1,8}){1,2}$/

/**
 * The absolute path of a recording's file, by its name in the database; null for a name that the archive does not give.
 * A workspace may come from somebody else: what its database says is read like anything else from outside. `path`: the
 * platform's, so that tests can ask for another's.
 */
export function archivedPath(
  recordingsFolder: string,
  file: string,
  path: Pick<typeof nodePath, 'join'> = nodePath,
): string | null {
  return ARCHIVED.test(file) ? path.join(recordingsFolder, ...file.split('/')) : null
}

/**
 * Whether a file lies in the folder when links are followed, so that a link in a workspace leads nowhere else. The folder
 * itself may be a link (to a larger disk, say). What is not there lies where its name says.
 */
export function isReallyIn(folder: string, file: string): boolean {
  try {
    return realpathSync.native(file).startsWith(realpathSync.native(folder) + nodePath.sep)
  } catch (error) {
    return isMissing(error)
  }
}
