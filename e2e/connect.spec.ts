import { dirname } from 'node:path'
import { filesWith } from './files-with'
import {
  ask,
  callRow,
  connectProsper,
  connectVendor,
  expect,
  openConnectForm,
  searchFor,
  test,
} from './fixtures'
import { startOwnKeychain } from './keychain'
import { startMalakaiSimulator, startProsperSimulator } from './vendors'

test('both vendors are connected, tested and synced, and their calls are found and heard offline', async ({
  launch,
  workspace,
}) => {
  const prosper = await startProsperSimulator({ calls: 30, campaigns: ['abc123'] })
  const malakai = await startMalakaiSimulator({ calls: 12, campaigns: ['inbound-sales'] })
  try {
    const { page } = await launch()
    await connectProsper(page, prosper)
    await page.getByRole('dialog').getByRole('button', { name: 'Connect a vendor' }).click()
    await connectVendor(page, {
      vendor: 'Malakai',
      name: 'Inbound',
      url: malakai.url,
      campaigns: 'inbound-sales',
      apiKey: malakai.apiKey,
      accessToken: malakai.accessToken,
    })
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await page.getByRole('button', { name: 'Sync now', exact: true }).click()
    await expect(page.getByText('42 calls', { exact: true })).toBeVisible({ timeout: 30_000 })
    const runs = async () => (await ask(page, 'connections', 'list', {})).map((one) => one.lastRun)
    await expect
      .poll(async () => (await runs()).map((run) => run?.outcome), { timeout: 30_000 })
      .toEqual(['done', 'done'])
    const done = (await runs()).map((run) => run?.counts)
    expect(done.map((counts) => counts?.added).sort()).toEqual([12, 30])
    expect(done.map((counts) => [counts?.quarantined, counts?.recordings.failed])).toEqual([
      [0, 0],
      [0, 0],
    ])
    const downloaded = done.reduce((sum, counts) => sum + (counts?.recordings.downloaded ?? 0), 0)
    expect(downloaded).toBeGreaterThan(30)
    expect((await ask(page, 'workspace', 'info', {})).recordingCount).toBe(downloaded)

    // A second sync brings nothing twice.
    await page.getByRole('button', { name: 'Sync now', exact: true }).click()
    await expect
      .poll(async () =>
        (await ask(page, 'connections', 'list', {})).map((one) => one.lastRun?.counts.added ?? -1),
      )
      .toEqual([0, 0])
    expect((await ask(page, 'workspace', 'info', {})).callCount).toBe(42)

    // With the vendors gone, everything is still there.
    await Promise.all([prosper.close(), malakai.close()])
    await searchFor(page, 'source:malakai')
    await expect(page.getByText('12 calls', { exact: true })).toBeVisible()
    await callRow(page).first().click()
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()

    // No secret is in any file of the workspace or the profile.
    for (const secret of [prosper.apiKey, malakai.apiKey, malakai.accessToken])
      expect(filesWith(dirname(workspace), [secret])).toEqual([])
  } finally {
    await Promise.allSettled([prosper.close(), malakai.close()])
  }
})

test('"Test connection" tells what is wrong: the key, the campaign, the address, another API', async ({
  launch,
}) => {
  const prosper = await startProsperSimulator({ calls: 3, campaigns: ['abc123'] })
  const malakai = await startMalakaiSimulator({ calls: 3, campaigns: ['m1'] })
  try {
    const { page } = await launch()
    await openConnectForm(page)
    const dialog = page.getByRole('dialog')
    const outcome = dialog.getByRole('alert')
    const good = {
      vendor: 'Prosper AI',
      name: 'R',
      url: prosper.url,
      campaigns: 'abc123',
      apiKey: prosper.apiKey,
    }
    const fillAndTest = async (changes: Partial<typeof good>) => {
      await connectVendor(page, { ...good, ...changes }, { save: false })
      await dialog.getByRole('button', { name: 'Test connection' }).click()
    }
    await fillAndTest({})
    await expect(outcome).toContainText('It works')
    await fillAndTest({ apiKey: 'wrong-key-0000' })
    await expect(outcome).toContainText('The key was refused')
    await expect(outcome).not.toContainText('wrong-key-0000')
    await fillAndTest({ campaigns: 'nobody' })
    await expect(outcome).toContainText('no such campaign')
    await fillAndTest({ url: 'http://127.0.0.1:9' })
    await expect(outcome).toContainText('can’t be reached'.replace('’', "'"))
    await fillAndTest({ url: `${malakai.url}/nothing` })
    await expect(outcome).toContainText(/not the vendor's API|key was refused/)
    expect(await ask(page, 'connections', 'list', {})).toEqual([])
  } finally {
    await Promise.all([prosper.close(), malakai.close()])
  }
})

test('a key that is refused while syncing says so, and nothing is lost', async ({ launch }) => {
  const prosper = await startProsperSimulator({ calls: 5, campaigns: ['abc123'] })
  try {
    const { page } = await launch()
    await connectProsper(page, { ...prosper, apiKey: 'not-the-right-key' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sync now', exact: true }).click()
    await expect(page.getByText(/Sync of Renewals failed/).first()).toBeVisible()
    const [connection] = await ask(page, 'connections', 'list', {})
    expect(connection?.lastRun).toMatchObject({ outcome: 'failed' })
    expect(connection?.lastRun?.problem).toMatch(/key/i)
  } finally {
    await prosper.close()
  }
})

test('without a keychain nothing is kept, and the form says why', async ({ launch }) => {
  const { page } = await launch({ env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' } })
  await openConnectForm(page)
  await connectVendor(
    page,
    {
      vendor: 'Prosper AI',
      name: 'Renewals',
      url: 'http://127.0.0.1:9',
      campaigns: 'x',
      apiKey: 'secret-1234',
    },
    { save: false },
  )
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('keychain', { timeout: 45_000 })
  expect(await ask(page, 'connections', 'list', {})).toEqual([])
})

test('with a locked keychain nothing is kept, and the form says why', async ({ launch, workspace }) => {
  test.skip(process.platform !== 'linux', 'The keychain can be locked by a test on Linux only.')
  const keychain = await startOwnKeychain()
  try {
    const { page } = await launch({ env: keychain.env })
    keychain.lock()
    await openConnectForm(page)
    await connectVendor(
      page,
      {
        vendor: 'Prosper AI',
        name: 'Renewals',
        url: 'http://127.0.0.1:9',
        campaigns: 'x',
        apiKey: 'secret-5678',
      },
      { save: false },
    )
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText('keychain', { timeout: 45_000 })
    expect(await ask(page, 'connections', 'list', {})).toEqual([])
    expect(filesWith(dirname(workspace), ['secret-5678'])).toEqual([])
  } finally {
    keychain.stop()
  }
})

test('a removed connection takes its secrets along and leaves its calls', async ({ launch }) => {
  const prosper = await startProsperSimulator({ calls: 4, campaigns: ['abc123'] })
  try {
    const { page } = await launch()
    await connectProsper(page, prosper)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sync now', exact: true }).click()
    await expect(page.getByText('4 calls', { exact: true })).toBeVisible()
    const [connection] = await ask(page, 'connections', 'list', {})
    if (!connection) throw new Error('There is no connection.')
    await expect
      .poll(async () => (await ask(page, 'connections', 'list', {}))[0]?.lastRun?.outcome)
      .toBe('done')
    await ask(page, 'connections', 'remove', { id: connection.id })
    expect(await ask(page, 'connections', 'list', {})).toEqual([])
    expect((await ask(page, 'workspace', 'info', {})).callCount).toBe(4)
    const { vendor, name, baseUrl, campaignIds, settings } = connection
    const again = { vendor, name, baseUrl, campaignIds, settings }
    // Connected anew under the same name, the calls are there, and the key is not.
    const anew = await ask(page, 'connections', 'create', {
      draft: again,
      secrets: { apiKey: 'x-other-key' },
    })
    expect(anew).toMatchObject({ id: connection.id, callCount: 4 })
    const test = await ask(page, 'connections', 'test', { id: anew.id, draft: again, secrets: null })
    expect(test).toMatchObject({ ok: false, code: 'wrong_key' })
  } finally {
    await prosper.close()
  }
})
