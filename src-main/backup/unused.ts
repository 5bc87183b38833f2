import { existsSync } from 'node:fs'
import { EarmarkError } from '@contract/errors'
import { DatabaseName } from '@contract/trouble'
import { isOpenElsewhere, keyOf } from '../db/as-kept'
import { databaseFile, workspacePaths } from '../db/workspace'
import type { WorkspaceKeys } from '../protection/keys'
import { takeWorkspace } from '../protection/workspace-lock'

/**
 * Raises `busy` while anybody, this process too, has a database of the workspace open. `keys`: of a protected workspace, where they
 * are at hand; without them, another Earmark is known by its lock alone.
 */
export function requireUnused(root: string, keys: WorkspaceKeys | null = null): void {
  const paths = workspacePaths(root)
  if (existsSync(paths.locks)) takeWorkspace(paths.locks)()
  for (const name of DatabaseName.options) {
    const file = databaseFile(paths, name)
    if (isOpenElsewhere(file, keyOf(keys, name)))
      throw new EarmarkError(
        'busy',
        `Another Earmark has the workspace open (${root}): a window, or a command. Close it, and restore again; nothing was changed.`,
        { file },
      )
  }
}
