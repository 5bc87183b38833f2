import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOpenDialog, ask, callRow, expect, openSample, ROOT, searchFor, test } from './fixtures'

/** The captured pages' own answers, as the sample has them. */
const MALAKAI = join(ROOT, 'resources', 'sample', 'malakai-inbound-logs-dummy.json')

test('every field of the captured Malakai page is shown', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  const { data, message } = JSON.parse(readFileSync(MALAKAI, 'utf8'))
  const log = data.logs[1]
  await searchFor(page, log.session_id)
  await callRow(page).first().click()
  const facts = page.getByRole('region', { name: 'Vendor says' })
  for (const value of [
    log.call_sid,
    log.inbound_id,
    log.session_id,
    log.call_summary,
    log.sentiment,
    log.status,
  ])
    await expect(facts).toContainText(value)
  for (const value of [log.from, log.number, '1:26']) await expect(facts).toContainText(value)
  await expect(page.getByText('goal achieved', { exact: false }).first()).toBeVisible()
  const transcript = page.getByRole('region', { name: 'Transcript' })
  await expect(transcript).toContainText('I want to buy a house. I want to buy a house.')
  await expect(transcript).toContainText('Sales')
  await expect(transcript).not.toContainText('REDIRECT')
  // Raw is kept, control tokens and all.
  const { hits } = await ask(page, 'search', 'page', { query: log.session_id })
  expect((await ask(page, 'calls', 'raw', { callId: hits[0]?.id ?? '' })).json).toContain('REDIRECT_Sales')

  // What the answer says of the campaign stands with the connection.
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Connections' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /Sample: Malakai/ }).click()
  await dialog.getByRole('tab', { name: 'Campaigns' }).click()
  await expect(dialog).toContainText('Total Conversations')
  await expect(dialog).toContainText(String(data.analytics['Total Conversations']))
  await expect(dialog).toContainText('Total Contacts')
  await expect(dialog).toContainText(message)
})

test('every field of the captured Prosper page is shown', async ({ launch }) => {
  const { page } = await launch()
  await openSample(page)
  await searchFor(page, 'campaign:abc123')
  await callRow(page).first().click()
  const facts = page.getByRole('region', { name: 'Vendor says' })
  for (const value of [
    '12345',
    '3ef78020-1e89-4496-9538-695f257ee001',
    'abc123',
    'completed',
    '3:00',
    '92',
    'Appointment scheduled',
    'Customer interest level',
    'high',
    '+123456789',
  ])
    await expect(facts).toContainText(value)
  const transcript = page.getByRole('region', { name: 'Transcript' })
  await expect(transcript.getByRole('listitem').nth(1)).toContainText("Hi, I'm interested in...")
  // A time of the vendor has no "≈".
  await expect(transcript.getByRole('listitem').nth(1)).not.toContainText('≈')
})

test('a file that is no call log is refused by name, and nothing is kept', async ({ launch }) => {
  const { electron, page } = await launch()
  await answerOpenDialog(electron, [join(ROOT, 'package.json')])
  await page.getByRole('button', { name: 'Import files' }).click()
  await expect(page.getByText(/package\.json/).first()).toBeVisible()
  expect((await ask(page, 'workspace', 'info', {})).callCount).toBe(0)
})
