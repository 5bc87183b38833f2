import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import {
  answerOpenDialog,
  answerSaveDialog,
  ask,
  callRow,
  expect,
  searchFor,
  selectText,
  test,
} from './fixtures'
import { expectAccessible, look } from './look'
import { oldAndNewCall } from './old-and-new-call'

/** What others may see of the people in calls, and how long calls are kept, in the real window. */

const SAID = '(415) 555-0123'
const FROM = '+14155550123'

/** Both calls have the number in several places. */
const callsFile = (workspace: string): string =>
  oldAndNewCall(`${workspace}-files`, `My number is ${SAID}, call any time.`, () => ({
    summary: `The caller left ${SAID} for a call back.`,
    data: { callback: FROM },
  }))

/** How often the numbers stand in the page, in texts and attributes. */
const shown = (page: Page) =>
  page.evaluate(
    (numbers) => {
      const page = document.documentElement.outerHTML + document.title
      const typed = [...document.querySelectorAll('input, textarea')].map((one) =>
        'value' in one ? String(one.value) : '',
      )
      return numbers.filter((number) => [page, ...typed].some((text) => text.includes(number))).length
    },
    [SAID, FROM, '4155550123', '555-0123'],
  )

async function openSettings(page: Page) {
  await page.keyboard.press('Control+k')
  await page.keyboard.type('Settings')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
}

test('with numbers masked, none stands in the page; searches, quotes and exports work as before', async ({
  launch,
  workspace,
}) => {
  const { page, electron, problems } = await launch()
  await answerOpenDialog(electron, [callsFile(workspace)])
  await ask(page, 'workspace', 'importFiles', {})
  await callRow(page).first().click()
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText(SAID)
  expect(await shown(page)).toBeGreaterThan(0)

  await openSettings(page)
  await page.getByText('Mask phone numbers').click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText('(•••) •••-•123')
  await expect.poll(() => shown(page)).toBe(0)
  await look(page, 'privacy-masked')

  // A quote that ends in a number is kept as it was said, and shown masked.
  await selectText(page, '(•••) •••-•123')
  await page.keyboard.press('a')
  await page.getByRole('combobox', { name: 'Label' }).fill('Tone')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('article')).toContainText('(•••) •••-•123')
  await expect(page.getByRole('article')).toContainText('saved')
  expect(await shown(page)).toBe(0)

  // The record as it came, and calls worded alike.
  await page.keyboard.press('w')
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await shown(page)).toBe(0)
  await page.keyboard.press('Escape')

  // Searched for by its last digits, which are seen: what is found shows no more of it.
  await searchFor(page, '0123')
  await expect(callRow(page)).toHaveCount(2)
  expect(await shown(page)).toBe(0)
  await searchFor(page, '')

  const path = join(`${workspace}-files`, 'out.csv')
  await answerSaveDialog(electron, path)
  const options = { what: 'annotations', query: null, bom: false, raw: false } as const
  expect(await ask(page, 'exports', 'save', options)).toMatchObject({ rows: 1, isMasked: true })
  expect(readFileSync(path, 'utf8')).toContain('(•••) •••-•123')
  expect(readFileSync(path, 'utf8')).not.toContain('555')
  expect(await ask(page, 'exports', 'save', { ...options, redact: true })).toMatchObject({
    redacted: { phone: 1, card: 0, email: 0 },
  })
  expect(readFileSync(path, 'utf8')).toContain('My number is [phone], call any time.')

  await openSettings(page)
  await look(page, 'privacy-settings')
  await expectAccessible(page)
  await page.getByText('Mask phone numbers').click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText(SAID)
  await expect(page.getByRole('article')).toContainText(SAID)
  // axe puts a style element of its own into the page, which the policy refuses, as it should.
  problems.length = 0
})

test('old calls are purged behind a preview and a word; what was written on them is still shown', async ({
  launch,
  workspace,
}) => {
  const { page, electron, problems } = await launch()
  await answerOpenDialog(electron, [callsFile(workspace)])
  await ask(page, 'workspace', 'importFiles', {})
  await expect(callRow(page)).toHaveCount(2)
  await callRow(page).nth(1).click()
  await expect(page.getByRole('region', { name: 'Transcript' })).toContainText('How may I reach you?')
  await selectText(page, 'How may I reach you?')
  await page.keyboard.press('a')
  await page.getByRole('combobox', { name: 'Label' }).fill('Tone')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('article')).toContainText('saved')

  await openSettings(page)
  await page.getByRole('button', { name: 'Purge…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Purge old calls' })
  await expect(dialog).toContainText('1 call goes. Calls that stay: 1.')
  await look(page, 'retention-preview')
  await expectAccessible(page)
  const path = join(`${workspace}-files`, 'first.csv')
  await answerSaveDialog(electron, path)
  await dialog.getByRole('button', { name: 'Purge…' }).click()
  const purge = dialog.getByRole('button', { name: 'Purge 1 call for good' })
  await expect(purge).toBeDisabled()
  await dialog.getByRole('textbox').fill('purge')
  await look(page, 'retention-confirm')
  await purge.click()
  await expect(dialog).toContainText('1 call was purged')
  await look(page, 'retention-done')
  expect(readFileSync(path, 'utf8')).toContain('How may I reach you?')
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  await expect(callRow(page)).toHaveCount(1)
  await expect(page.getByText('This call was purged on')).toBeVisible()
  await expect(page.getByRole('article')).toContainText('How may I reach you?')
  await look(page, 'retention-gone')
  await openSettings(page)
  await page.getByRole('button', { name: 'Show them' }).click()
  await expect(page.getByRole('dialog')).toContainText('call was purged on')
  await look(page, 'retention-left')
  await expectAccessible(page)
  problems.length = 0
})
