import AxeBuilder from '@axe-core/playwright'
import { callRow, expect, openSample, searchFor, test } from './fixtures'

/** Colours are checked in both themes; react-aria's popovers stand outside of landmarks by design. */
const analyse = async (page: ConstructorParameters<typeof AxeBuilder>[0]['page']) => {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).disableRules(['region']).analyze()
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
