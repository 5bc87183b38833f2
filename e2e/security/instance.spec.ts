import { spawnSync } from 'node:child_process'
import { applicationCommand, ask, expect, test } from '../fixtures'

test.describe('the window', () => {
  test('is one a workspace: a second start brings the first one to the front', async ({
    launch,
    workspace,
  }) => {
    const { electron } = await launch()
    const { executable, first } = applicationCommand()
    const second = spawnSync(executable, [...first, '--workspace', workspace], {
      env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` },
      timeout: 30_000,
    })
    expect(second.status).toBe(0)
    expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
  })

  test('says all the time when it runs on the fallback runtime', async ({ launch }) => {
    const { page } = await launch()
    const { runtime } = await ask(page, 'workspace', 'info', {})
    await expect(page.getByText('test copy of Electron')).toHaveCount(runtime === 'fallback' ? 1 : 0)
  })
})
