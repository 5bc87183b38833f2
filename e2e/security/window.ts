import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from '@playwright/test'
import { type Earmark, launchEarmark } from '../application'

/** One window for all tests of a file. What they have in common is made before, and closed after, all of them. */
export function oneWindow(prepare: (earmark: Earmark, workspace: string) => Promise<void> = async () => {}) {
  let open: { earmark: Earmark; workspace: string; folder: string } | null = null
  test.beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-e2e-'))
    const workspace = join(folder, 'workspace')
    const earmark = await launchEarmark(workspace)
    open = { earmark, workspace, folder }
    await prepare(earmark, workspace)
  })
  test.afterAll(async () => {
    await open?.earmark.close()
    if (open) rmSync(open.folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return () => {
    if (!open) throw new Error('The window is opened before all tests.')
    return open
  }
}
