import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import Sqlite from 'better-sqlite3'
import {
  answerOpenDialog,
  ask,
  connectProsper,
  connectVendor,
  expect,
  openConnectForm,
  test,
} from './fixtures'
import { sendTargetFinished, startMalakaiSimulator, startProsperSimulator } from './vendors'

/** The screens of connections, used as a reviewer would. */

const detail = (id: number | null, text: string) => ({
  call_log_id: id,
  status: 'completed',
  created_at: '2026-03-01T10:00:00Z',
  duration: 4,
  transcript: [{ speaker: 'agent', text, timestamp: 0 }],
})
const dialogOf = (page: Page) => page.getByRole('dialog')
const clipboardOf = (electron: ElectronApplication) =>
  electron.evaluate(({ clipboard }) => clipboard.readText())
const connectionNamed = async (page: Page, name: string) => {
  const connection = (await ask(page, 'connections', 'list', {})).find((one) => one.name === name)
  if (!connection) throw new Error(`There is no connection "${name}".`)
  return connection
}

/** Connects a folder by the form; its dialog is answered with this path. */
async function connectFolder(page: Page, electron: ElectronApplication, folder: string): Promise<void> {
  const dialog = dialogOf(page)
  await openConnectForm(page)
  await dialog.getByRole('radio', { name: 'Folder' }).click({ force: true })
  await answerOpenDialog(electron, [folder])
  await dialog.getByRole('button', { name: 'Choose folder…' }).click()
}

test('a folder is connected by choosing it; its files and their problems are listed, and its loss is said', async ({
  launch,
  workspace,
}) => {
  const folder = join(workspace, '..', 'renewals-exports')
  mkdirSync(folder)
  writeFileSync(join(folder, 'first.json'), JSON.stringify(detail(1, 'Hello')))
  writeFileSync(join(folder, 'broken.json'), '{"call_log_id": 7, "transcript": [')
  const { page, electron } = await launch()
  const dialog = dialogOf(page)

  // Without a folder it says what is missing.
  await openConnectForm(page)
  await dialog.getByRole('radio', { name: 'Folder' }).click({ force: true })
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(dialog.getByText('Choose the folder first.')).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Choose folder…' })).toBeFocused()
  await page.keyboard.press('Escape')

  await connectFolder(page, electron, folder)
  await expect(dialog.getByRole('status')).toContainText('2 JSON files, 0 recordings')
  await expect(dialog.getByRole('status')).toContainText('look like Prosper AI’s')
  // Name and vendor follow from what was found.
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('renewals-exports')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(dialog).toContainText(folder)

  await dialog.getByRole('tab', { name: 'Files' }).click()
  const files = dialog.getByRole('list', { name: 'Files' })
  await expect(files.getByRole('listitem')).toHaveCount(2)
  await expect(files.getByRole('listitem').filter({ hasText: 'first.json' })).toContainText('1 call')
  await expect(files.getByRole('listitem').filter({ hasText: 'broken.json' })).toContainText('not taken')
  await dialog.getByRole('radio', { name: 'With problems' }).click({ force: true })
  await expect(files.getByRole('listitem')).toHaveCount(1)

  renameSync(folder, `${folder}-away`)
  await dialog.getByRole('button', { name: 'Read now' }).click()
  await expect(dialog.getByText('Nothing could be read')).toBeVisible()
  await dialog.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.getByText(/is not there\. Bring it back/)).toBeVisible()
  await dialog.getByRole('tab', { name: 'Read history' }).click()
  await expect(dialog.getByRole('list', { name: 'Sync history' })).toContainText('by hand')
  expect((await ask(page, 'workspace', 'info', {})).callCount).toBe(1)
})

test('Malakai’s campaigns are found, chosen by name, and stay beside what was typed', async ({ launch }) => {
  const campaigns = Array.from({ length: 12 }, (_, index) => `66b1c0de${String(index).padStart(16, '0')}`)
  const malakai = await startMalakaiSimulator({ calls: 12, campaigns })
  try {
    const { page } = await launch()
    const dialog = dialogOf(page)
    const ids = dialog.getByRole('textbox', { name: 'Campaign ids' })
    await openConnectForm(page)
    await dialog.getByRole('radio', { name: 'Malakai' }).click({ force: true })
    await dialog.getByRole('button', { name: 'Find my campaigns' }).click()
    await expect(dialog.getByText('Give the API key.')).toBeVisible()
    await expect(dialog.getByRole('textbox', { name: 'API key' })).toBeFocused()

    await connectVendor(
      page,
      {
        vendor: 'Malakai',
        name: 'Inbound',
        url: malakai.url,
        campaigns: 'typed-by-hand',
        apiKey: 'wrong-key-0000',
        accessToken: malakai.accessToken,
      },
      { save: false },
    )
    await dialog.getByRole('button', { name: 'Find my campaigns' }).click()
    await expect(dialog.getByRole('alert')).toContainText('could not be found')
    await dialog.getByRole('textbox', { name: 'API key' }).fill(malakai.apiKey)
    await dialog.getByRole('button', { name: 'Find again' }).click()
    const found = dialog.getByRole('region', { name: 'Campaigns found' })
    await expect(found.getByRole('checkbox')).toHaveCount(12)

    // By key: filter, tick.
    await found.getByRole('searchbox', { name: 'Filter campaigns' }).fill('0003')
    await expect(found.getByRole('checkbox')).toHaveCount(1)
    await found.getByRole('checkbox').focus()
    await page.keyboard.press('Space')
    await expect(ids).toHaveValue(`typed-by-hand\n${campaigns[3]}`)
    await found.getByRole('searchbox', { name: 'Filter campaigns' }).fill('')
    await found.getByRole('button', { name: 'Select all' }).click()
    await expect(found.getByRole('status')).toHaveText('12 of 12 campaigns chosen')
    await found.getByRole('button', { name: 'Select none' }).click()
    await expect(ids).toHaveValue('typed-by-hand')
    await found.getByRole('button', { name: 'Select all' }).click()
    await ids.fill(campaigns.join('\n'))
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog.getByRole('button', { name: 'Sync Inbound' })).toBeVisible()

    // The names stand with the connection.
    await expect(dialog.getByText(`Campaign ${campaigns[3]}`, { exact: true })).toBeVisible()
    expect((await connectionNamed(page, 'Inbound')).campaignIds).toEqual(campaigns)
  } finally {
    await malakai.close()
  }
})

test('a connection syncs by itself when told to, and an edit leaves its schedule alone', async ({
  launch,
}) => {
  const prosper = await startProsperSimulator({ calls: 3, campaigns: ['abc123'] })
  try {
    const { page } = await launch()
    const dialog = dialogOf(page)
    await connectProsper(page, prosper)
    await dialog.getByRole('button', { name: 'Sync Renewals' }).click()
    await expect(dialog.getByRole('list', { name: 'Sync history' })).toContainText('3 new')

    await dialog.getByRole('button', { name: /Sync by itself/ }).click()
    await page.getByRole('option', { name: 'Every 4 hours' }).click()
    await expect(dialog.getByText(/Next sync at /)).toBeVisible()
    expect((await connectionNamed(page, 'Renewals')).settings.everyMinutes).toBe(240)

    await dialog.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Renewals 2026')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog.getByText(/Next sync at /)).toBeVisible()
    expect((await connectionNamed(page, 'Renewals 2026')).settings.everyMinutes).toBe(240)

    await dialog.getByRole('button', { name: /Sync by itself/ }).click()
    await page.getByRole('option', { name: 'Off' }).click()
    await expect(dialog.getByText(/Next sync/)).toHaveCount(0)
    expect((await connectionNamed(page, 'Renewals 2026')).nextSyncAt).toBe(null)
  } finally {
    await prosper.close()
  }
})

test('the webhook is switched on, copied, signed, renewed and switched off from the screen', async ({
  launch,
}) => {
  const prosper = await startProsperSimulator({ calls: 3, campaigns: ['abc123'] })
  try {
    const { page, electron } = await launch()
    const dialog = dialogOf(page)
    await connectProsper(page, prosper)
    await dialog.getByRole('tab', { name: 'Webhook' }).click()
    await dialog.getByRole('switch', { name: /Fetch calls the moment they end/ }).press('Space')
    const address = dialog.getByRole('textbox', { name: 'Address for your tunnel or relay' })
    await expect(address).toHaveAttribute('type', 'password')
    const first = await address.inputValue()
    await dialog.getByRole('button', { name: 'Copy' }).click()
    await expect.poll(() => clipboardOf(electron)).toBe(first)
    await dialog.getByRole('button', { name: 'Show the address' }).click()
    await expect(address).toHaveAttribute('type', 'text')

    // A wrong port is said where it is wrong; a signing secret is sent once and not shown again.
    const secret = 'canary-signing-0815'
    await dialog.getByRole('textbox', { name: 'Port' }).fill('80')
    await dialog.getByRole('textbox', { name: /Signing secret/ }).fill(secret)
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog.getByText('Choose a port from 1024 to 65535.')).toBeVisible()
    await dialog.getByRole('textbox', { name: 'Port' }).fill('')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(dialog.getByText('Deliveries must be signed')).toBeVisible()
    await expect(dialog.getByRole('textbox', { name: 'New signing secret' })).toHaveValue('')

    // What arrives is counted while one looks.
    const announce = async (to: string, key = secret) =>
      (await sendTargetFinished(to, { campaign_id: 'abc123', call_log_id: 1 }, { hmac: { key } })).status
    expect(await announce(first, 'another-secret')).toBeGreaterThanOrEqual(400)
    const refused = dialog.locator('dt', { hasText: 'Refused' }).locator('xpath=following-sibling::dd[1]')
    await expect(refused).toHaveText('1')

    await dialog.getByRole('button', { name: 'Renew…' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Renew…' }).click()
    await expect(address).not.toHaveValue(first)
    expect(await announce(first)).toBe(404)

    await dialog.getByRole('switch', { name: /Fetch calls the moment they end/ }).press('Space')
    await expect(address).toHaveCount(0)
    await expect(announce(first)).rejects.toThrow()
  } finally {
    await prosper.close()
  }
})

test('what was set aside has a page: why, as it came, and once more after an update', async ({
  launch,
  workspace,
}) => {
  const folder = join(workspace, '..', 'exports')
  mkdirSync(folder)
  const long = detail(null, 'word '.repeat(400_000))
  writeFileSync(join(folder, 'a.json'), JSON.stringify(detail(1, 'Hello')))
  writeFileSync(
    join(folder, 'b.jsonl'),
    [detail(2, 'Two'), long].map((one) => JSON.stringify(one)).join('\n'),
  )
  const first = await launch()
  await connectFolder(first.page, first.electron, folder)
  await dialogOf(first.page).getByRole('button', { name: 'Save', exact: true }).click()
  await expect(dialogOf(first.page).getByText('1 record could not be read')).toBeVisible()
  const { id } = await connectionNamed(first.page, 'exports')
  await first.close()

  // As an earlier version would have left it: a record that today's parser can read.
  const db = new Sqlite(join(workspace, 'calls.db'))
  db.prepare(
    `INSERT INTO quarantine (connection_id, external_id, reason, raw, hash, first_seen_at_ms, last_seen_at_ms)
     VALUES (?, '3', 'An earlier version could not read it.', ?, 'earlier', 1, 1)`,
  ).run(id, JSON.stringify(detail(3, 'Readable by now')))
  db.close()

  const { page, electron } = await launch()
  const dialog = dialogOf(page)
  await page.getByRole('button', { name: '2 records set aside' }).click()
  await expect(dialog.getByRole('option')).toHaveCount(2)
  await expect(dialog).toContainText('An earlier version could not read it.')
  await dialog.getByRole('button', { name: 'Try all 2 again' }).click()
  await expect(page.getByText('1 record can be read now')).toBeVisible()
  await expect(dialog.getByRole('option')).toHaveCount(1)
  expect((await ask(page, 'workspace', 'info', {})).callCount).toBe(3)

  // Two megabytes: shown from the beginning, whole when asked for, drawn in part only.
  await dialog.getByRole('button', { name: 'Show all' }).click()
  await expect(dialog.getByText(/^All 2,000,\d+ characters\.$/)).toBeVisible()
  expect(await dialog.locator('.ui-long-text-line').count()).toBeLessThan(100)
  await dialog.getByRole('button', { name: 'Copy JSON' }).click()
  await expect.poll(async () => JSON.parse((await clipboardOf(electron)) || 'null')).toEqual(long)
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Still not readable')).toBeVisible()

  // By the palette too; and empty, it says so.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('set aside')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('option')).toHaveCount(1)
})
