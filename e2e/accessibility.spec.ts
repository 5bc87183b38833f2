import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import {
  answerOpenDialog,
  callRow,
  connectVendor,
  expect,
  openConnectForm,
  openSample,
  searchFor,
  test,
} from './fixtures'
import { startMalakaiSimulator, startProsperSimulator } from './vendors'

/**
 * Colours are checked in both themes; react-aria's popovers stand outside of landmarks by design. Its announcer keeps for
 * seconds what it said of a pending button, whose form may be gone by then: it is no part of the screen.
 */
const analyse = async (page: ConstructorParameters<typeof AxeBuilder>[0]['page']) => {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .disableRules(['region'])
    .exclude('[data-live-announcer]')
    .analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

for (const theme of ['light', 'dark'] as const)
  test(`the screens have no accessibility violations (${theme})`, async ({ launch }) => {
    const { page, problems } = await launch()
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.getByRole('button', { name: 'Connect a vendor' })).toBeVisible()
    expect(await analyse(page)).toEqual([])
    await openSample(page)
    await searchFor(page, 'house')
    await callRow(page).first().click()
    await expect(page.getByRole('region', { name: 'Transcript' }).getByRole('listitem').first()).toBeVisible()
    await page.keyboard.press('a')
    await expect(page.getByRole('combobox', { name: 'Label' })).toBeVisible()
    expect(await analyse(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog')).toBeVisible()
    expect(await analyse(page)).toEqual([])
    // axe puts a style element of its own into the page, which the policy refuses, as it should.
    problems.length = 0
  })

for (const theme of ['light', 'dark'] as const)
  test(`the screens of connections have no accessibility violations (${theme})`, async ({
    launch,
    workspace,
  }) => {
    const malakai = await startMalakaiSimulator({ calls: 2, campaigns: ['m1', 'm2'] })
    const prosper = await startProsperSimulator({ calls: 2, campaigns: ['abc123'] })
    try {
      const { page, electron, problems } = await launch()
      const dialog = page.getByRole('dialog')
      await page.emulateMedia({ colorScheme: theme })
      await openConnectForm(page)
      await dialog.getByRole('radio', { name: 'Malakai' }).click({ force: true })
      await dialog.getByRole('button', { name: 'Save', exact: true }).click()
      expect(await analyse(page)).toEqual([])
      const { url, apiKey, accessToken } = malakai
      await connectVendor(
        page,
        { vendor: 'Malakai', name: 'M', url, campaigns: 'm1', apiKey, accessToken },
        { save: false },
      )
      await dialog.getByRole('button', { name: 'Find my campaigns' }).click()
      await expect(dialog.getByRole('checkbox')).toHaveCount(2)
      expect(await analyse(page)).toEqual([])

      await connectVendor(page, {
        vendor: 'Prosper AI',
        name: 'P',
        url: prosper.url,
        campaigns: 'abc123',
        apiKey: prosper.apiKey,
      })
      await dialog.getByRole('button', { name: 'Sync P' }).click()
      await expect(dialog.getByRole('list', { name: 'Sync history' })).toContainText('2 new')
      expect(await analyse(page)).toEqual([])
      await dialog.getByRole('tab', { name: 'Webhook' }).click()
      await dialog.getByRole('switch').press('Space')
      await expect(dialog.getByRole('button', { name: 'Renew…' })).toBeVisible()
      expect(await analyse(page)).toEqual([])

      const folder = join(workspace, '..', 'exports')
      mkdirSync(folder)
      writeFileSync(
        join(folder, 'a.jsonl'),
        '{"call_log_id": 9, "transcript": []}\n{"call_log_id": null, "transcript": []}',
      )
      await dialog.getByRole('button', { name: 'Connect a vendor' }).click()
      await dialog.getByRole('radio', { name: 'Folder' }).click({ force: true })
      await answerOpenDialog(electron, [folder])
      await dialog.getByRole('button', { name: 'Choose folder…' }).click()
      await expect(dialog.getByRole('status')).toBeVisible()
      expect(await analyse(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Save', exact: true }).click()
      await dialog.getByRole('tab', { name: 'Files' }).click()
      await expect(dialog.getByRole('list', { name: 'Files' })).toContainText('a.jsonl')
      expect(await analyse(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Look at them' }).click()
      await expect(dialog.getByRole('option')).toHaveCount(1)
      expect(await analyse(page)).toEqual([])
      problems.length = 0
    } finally {
      await Promise.all([malakai.close(), prosper.close()])
    }
  })
