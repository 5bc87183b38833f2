import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareWorkspace, type WorkspacePaths } from './workspace'

/** A fresh, prepared workspace in a temporary folder; `remove` deletes it. For tests. */
export function temporaryWorkspace(): { paths: WorkspacePaths; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'earmark-test-'))
  return { paths: prepareWorkspace(root), remove: () => rmSync(root, { recursive: true, force: true }) }
}
