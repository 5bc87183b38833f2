import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallDetail } from '@contract'
import { ask, test as base, callRow, type Earmark, expect, launchEarmark } from '../fixtures'
import { connectFolder, opened, variableMp3 } from './calls'

/** As many tests may share an application: each gets a call of its own. */
const CALLS = 12
/** The row behind theirs: a call whose recording is `variableMp3`. */
export const VARIABLE_ROW = CALLS

interface Fixtures {
  /** A call that no other test has opened, in a page that was loaded anew, with the settings of the first day. */
  player: { page: Earmark['page']; problems: string[]; call: CallDetail }
}
interface Shared {
  /** One application for all tests of these files: starting it takes longer than most of them. */
  shared: { earmark: Earmark; nextRow: () => number }
}

export const test = base.extend<Fixtures, Shared>({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the destructuring
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'earmark-e2e-'))
      const workspace = join(folder, 'workspace')
      const earmark = await launchEarmark(workspace)
      try {
        // The newest is the first row.
        const soundOf = (id: number) => (id === 1 ? variableMp3() : null)
        await connectFolder(earmark, workspace, { count: CALLS + 1, soundOf })
        let used = 0
        await use({ earmark, nextRow: () => used++ % CALLS })
      } finally {
        await earmark.close()
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      }
    },
    { scope: 'worker' },
  ],
  player: async ({ shared: { earmark, nextRow } }, use) => {
    const { page, problems } = earmark
    problems.length = 0
    const settings = { playbackRate: 1, rewindOnResume: true, skipSilence: false, playNext: false }
    await ask(page, 'reviews', 'changeSettings', settings)
    await page.reload()
    await callRow(page).nth(nextRow()).click()
    await use({ page, problems, call: await opened(page) })
    expect(problems).toEqual([])
  },
})
