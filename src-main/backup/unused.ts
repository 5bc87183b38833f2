import { existsSync } from 'node:fs'
import { EarmarkError } from '@contract/errors'
import { isOpenElsewhere, keyOf } from '../db/as-kept'
import { workspacePaths } from '../db/workspace'
import type { WorkspaceKeys } from '../protection/keys'
import { takeWorkspace } from '../protection/workspace-lock'

/**
 * Raises `busy` while anybody, this process too, has a database of the workspace open. `keys`: of a protected workspace, where they
 * are at hand; without them, another Earmark is known by its lock alone.
 */
export function requireUnused(root: string, keys: WorkspaceKeys | null = null): void {
  const { reviewsDb, callsDb, locks } = workspacePaths(root)
  if (existsSync(locks)) takeWorkspace(locks)()
  for (const [name, file] of [
    ['reviews.db', reviewsDb],
    ['calls.db', callsDb],
  ] as const)
    if (isOpenElsewhere(file, keyOf(keys, name)))
      throw new EarmarkError(
        'busy',
        `Another Earmark has the workspace open (${root}): a window, or a command. Close it, and restore again; nothing was changed.`,
        { file },
      )
}
