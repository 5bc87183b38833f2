import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { type Earmark, type LaunchOptions, launchEarmark } from './application'

interface Fixtures {
  /** A fresh folder, one a test; removed afterwards. */
  workspace: string
  /** Starts Earmark on the test's workspace; everything started is closed at the end. */
  launch: (options?: LaunchOptions) => Promise<Earmark>
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the destructuring
  workspace: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'earmark-e2e-'))
    await use(join(folder, 'workspace'))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  },
  launch: async ({ workspace }, use) => {
    const running: Earmark[] = []
    await use(async (options) => {
      const earmark = await launchEarmark(workspace, options)
      running.push(earmark)
      return earmark
    })
    for (const earmark of running) await earmark.close()
    expect(running.flatMap((earmark) => earmark.problems)).toEqual([])
  },
})

export * from './application'
export { expect }
