import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import {
  ask,
  callRow,
  connectVendor,
  expect,
  openConnectForm,
  searchFor,
  test,
  writeAnnotation,
} from './fixtures'
import { startProsperSimulator } from './vendors'

/** Connects a simulator; nothing is synced yet. */
async function connect(page: Page, simulator: { url: string; apiKey: string }): Promise<void> {
  await openConnectForm(page)
  await connectVendor(page, {
    vendor: 'Prosper AI',
    name: 'Renewals',
    url: simulator.url,
    campaigns: 'abc123',
    apiKey: simulator.apiKey,
  })
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Syncs, and waits for its end. */
async function sync(page: Page): Promise<void> {
  const finished = async () => (await ask(page, 'connections', 'list', {}))[0]?.lastRun?.finishedAt ?? null
  const before = await finished()
  await page.getByRole('button', { name: 'Sync now', exact: true }).first().click()
  await expect
    .poll(async () => (await finished()) !== before && (await ask(page, 'sync', 'status', {})).length === 0, {
      timeout: 30_000,
    })
    .toBe(true)
}

const storage = (page: Page) => ask(page, 'recordings', 'storage', {})
const countOf = async (page: Page, query: string) => (await ask(page, 'search', 'count', { query })).total
const waveform = (page: Page) => page.getByRole('region', { name: 'Waveform' })

async function palette(page: Page, command: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page
    .getByRole('dialog')
    .getByRole('combobox')
    .or(page.getByRole('dialog').getByRole('searchbox'))
    .first()
    .fill(command)
  await page.keyboard.press('Enter')
}

/** Where screenshots are wanted (`EARMARK_SHOTS`). */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.EARMARK_SHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

test('a host that wants a log-in is named where the sound would be, and one form brings what failed', async ({
  launch,
}) => {
  const logIn = { username: 'AC123', password: 'open sesame' }
  const prosper = await startProsperSimulator({ calls: 12, campaigns: ['abc123'], recordingLogIn: logIn })
  try {
    const { page } = await launch()
    await connect(page, prosper)
    await sync(page)
    const failed = await countOf(page, 'recording:failed')
    expect(failed).toBeGreaterThan(1)
    const host = new URL(prosper.recordingsUrl).host
    await searchFor(page, 'recording:failed')
    await callRow(page).first().click()
    await expect(waveform(page)).toContainText(`${host} wants a log-in for recordings (401).`)
    await shot(page, 'notice-log-in')
    await waveform(page).getByRole('button', { name: 'Add the log-in' }).click()

    const form = page.getByRole('form', { name: `Log-in for ${host}` })
    await form.getByRole('textbox', { name: 'User name' }).fill(logIn.username)
    await form.getByRole('textbox', { name: 'Password' }).fill(logIn.password)
    await shot(page, 'settings-host-form')
    await form.getByRole('button', { name: 'Keep the log-in' }).click()
    await expect(page.getByText(`The log-in for ${host} is kept`)).toBeVisible()
    await shot(page, 'settings-host')
    await page.getByRole('dialog').getByRole('button', { name: 'Download them now' }).click()
    await expect.poll(() => countOf(page, 'recording:ready'), { timeout: 20_000 }).toBe(failed)
    await expect(page.getByRole('dialog').getByText(`User ${logIn.username} · last used`)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(waveform(page).getByRole('button', { name: 'Add the log-in' })).toHaveCount(0)
    expect(prosper.leaks).toEqual([])
  } finally {
    await prosper.close()
  }
})

test('a recording whose address has expired comes under a fresh one', async ({ launch }) => {
  const prosper = await startProsperSimulator({
    calls: 6,
    campaigns: ['abc123'],
    hasExpiringRecordings: true,
  })
  try {
    const { page } = await launch()
    await connect(page, prosper)
    prosper.setFaults(['recording-503', 'recording-404'])
    await sync(page)
    prosper.setFaults([])
    prosper.expireRecordings()
    await searchFor(page, 'recording:failed')
    const failed = await callRow(page).count()
    expect(failed).toBeGreaterThan(0)
    await callRow(page).first().click()
    await waveform(page).getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => countOf(page, 'recording:failed'), { timeout: 20_000 }).toBe(failed - 1)
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled()
  } finally {
    await prosper.close()
  }
})

test('recordings beyond the limit make room, but not what is kept offline or annotated, and come back', async ({
  launch,
}) => {
  const prosper = await startProsperSimulator({
    calls: 8,
    campaigns: ['abc123'],
    recordings: () => ({ bytes: noise(6_000_000), contentType: 'audio/wav' }),
  })
  try {
    const { page } = await launch()
    await connect(page, prosper)
    await sync(page)
    const before = await storage(page)
    expect(before.files).toBeGreaterThan(3)
    await searchFor(page, 'recording:ready')

    // The oldest call is kept offline, the next one annotated: they would be the first to go.
    const rows = callRow(page)
    await rows.last().click()
    // A key is for the call that is open: it has to be.
    await expect(page.getByRole('button', { name: /^Keep offline/ })).toBeVisible()
    await page.keyboard.press('Shift+K')
    await expect(page.getByText('Kept offline', { exact: true })).toBeVisible()
    await expect(page.getByRole('button', { name: /^Kept offline/ })).toHaveAttribute('aria-pressed', 'true')
    await rows.nth(before.files - 2).click()
    await page.keyboard.press('Shift+A')
    await writeAnnotation(page, { label: 'Missed intent', comment: 'Listen again.' })
    await shot(page, 'kept')

    await ask(page, 'recordings', 'setQuota', { quotaBytes: 10_000_000 })
    // The calls that were open a moment ago are spared as well; all others went.
    const removed = await countOf(page, 'recording:removed')
    expect(removed).toBe(before.files - 2)
    expect(await storage(page)).toMatchObject({ files: 2, keptFiles: 2, removable: 0 })

    await searchFor(page, 'recording:removed')
    await rows.first().click()
    await expect(waveform(page)).toContainText('Removed to make room on')
    await shot(page, 'notice-removed')
    await waveform(page).getByRole('button', { name: 'Download again' }).click()
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeEnabled()

    await palette(page, 'Recordings: storage')
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByText(/of 10 MB/)).toBeVisible()
    await shot(page, 'settings-full')
    await dialog.getByRole('button', { name: /Keep at most/ }).click()
    await page.getByRole('option', { name: '1 GB' }).click()
    await expect(dialog.getByText(/of 1 GB/)).toBeVisible()
    await page.keyboard.press('Escape')

    await searchFor(page, '')
    await palette(page, 'Keep the recordings of these calls offline')
    const question = page.getByRole('alertdialog', { name: /offline\?/ })
    await expect(question).toContainText(`Keep ${before.files} recordings offline?`)
    await expect(question).toContainText('are downloaded now')
    await shot(page, 'keep-question')
    await question.getByRole('button', { name: 'Keep offline' }).click()
    await expect.poll(() => countOf(page, 'recording:ready kept:yes'), { timeout: 20_000 }).toBe(before.files)
  } finally {
    await prosper.close()
  }
})

/** Mono PCM of so many bytes that is no silence. */
function noise(bytes: number): Buffer {
  const header = Buffer.from(
    '524946460000000057415645666d74201000000001000100401f0000803e00000200100064617461',
    'hex',
  )
  const data = Buffer.alloc(bytes, Buffer.from([1, 3, 250, 255, 9, 2]))
  const sizes = Buffer.alloc(4)
  sizes.writeUInt32LE(bytes)
  header.writeUInt32LE(bytes + 36, 4)
  return Buffer.concat([header, sizes, data])
}
