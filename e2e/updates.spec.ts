import { createHash, sign } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { dirname, join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { packagedExecutable } from './electron-runtime'
import { ask, expect, openSample, test } from './fixtures'
import { look } from './look'

/** Asking for updates: by hand alone, and never without saying whom. */

interface Shown {
  message: string
  detail: string
}

/** Answers the system's dialogs with these buttons, in order, and keeps what they said. */
const answerDialogs = (electron: ElectronApplication, buttons: number[]) =>
  electron.evaluate(({ dialog }, answers) => {
    const shown: Shown[] = []
    Object.assign(globalThis, { shownDialogs: shown })
    dialog.showMessageBox = (async (_window: unknown, { message, detail = '' }: Shown) => {
      shown.push({ message, detail })
      return { response: answers.shift() ?? 1, checkboxChecked: false }
    }) as typeof dialog.showMessageBox
  }, buttons)

const shownDialogs = (electron: ElectronApplication): Promise<Shown[]> =>
  electron.evaluate(() => (globalThis as unknown as { shownDialogs: Shown[] }).shownDialogs)

const signingKey = process.env.EARMARK_E2E_SIGNING_KEY

if (packagedExecutable() === null || signingKey === undefined) {
  test('are asked for nowhere, and Earmark says why when somebody wants to', async ({ launch }) => {
    const { page, electron } = await launch()
    await openSample(page)
    await page.keyboard.press('Control+,')
    const settings = page.getByRole('dialog', { name: 'Settings' })
    await settings.getByRole('textbox', { name: 'Address of updates' }).scrollIntoViewIfNeeded()
    await expect(settings.getByRole('button', { name: 'Check for updates' })).toBeDisabled()
    await settings.getByRole('textbox', { name: 'Address of updates' }).fill('http://updates.example.org')
    await settings.getByRole('region', { name: 'Updates' }).getByRole('button', { name: 'Save' }).click()
    await expect(settings.getByText('begins with https://')).toBeVisible()
    await settings
      .getByRole('textbox', { name: 'Address of updates' })
      .fill('https://updates.example.org/earmark')
    await settings.getByRole('region', { name: 'Updates' }).getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('The address is saved')).toBeVisible()
    await settings.getByRole('button', { name: 'Check for updates' }).scrollIntoViewIfNeeded()
    await look(page, 'settings-updates')
    expect(await ask(page, 'updates', 'feed', {})).toMatchObject({
      address: 'https://updates.example.org/earmark/',
      setBy: 'you',
    })

    await answerDialogs(electron, [])
    await ask(page, 'updates', 'check', {})
    expect((await shownDialogs(electron)).map(({ message }) => message)).toEqual([
      'This Earmark can’t ask for updates',
    ])
  })
} else {
  test('are asked for after a yes, taken when signed, and nothing else is sent', async ({
    launch,
    workspace,
  }) => {
    const key = readFileSync(signingKey, 'utf8')
    const file = Buffer.from('a newer Earmark'.repeat(1000))
    const list = Buffer.from(
      JSON.stringify({
        version: '9.0.0',
        files: [
          {
            url: 'earmark_9.0.0_amd64.deb',
            sha512: createHash('sha512').update(file).digest('base64'),
            size: file.length,
          },
        ],
        releaseDate: '2027-01-01T00:00:00.000Z',
      }),
    )
    const signature = sign(null, list, key).toString('base64')
    const served = new Map<string, Buffer>([
      ['/e/latest-linux-x64.json', list],
      ['/e/latest-linux-x64.json.sig', Buffer.from(signature)],
      ['/e/earmark_9.0.0_amd64.deb', file],
    ])
    const asked: { path: string; headers: IncomingHttpHeaders }[] = []
    const server = createServer((request, response) => {
      asked.push({ path: request.url ?? '', headers: request.headers })
      const body = served.get(request.url ?? '')
      response.writeHead(body ? 200 : 404).end(body)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    // What the deb says of itself, so that there is an installer.
    const packageType = join(dirname(packagedExecutable() ?? ''), 'resources', 'package-type')
    const hadType = existsSync(packageType)
    if (!hadType) writeFileSync(packageType, 'deb')
    try {
      const cache = `${workspace}-cache`
      const { page, electron } = await launch({ env: { XDG_CACHE_HOME: cache } })
      await openSample(page)
      await ask(page, 'updates', 'setFeed', { address: `http://127.0.0.1:${port}/e` })

      await answerDialogs(electron, [1])
      await ask(page, 'updates', 'check', {})
      expect((await shownDialogs(electron))[0]?.message).toBe(`Ask 127.0.0.1:${port} for a newer Earmark?`)
      expect((await shownDialogs(electron))[0]?.detail).toContain('/e/latest-linux-x64.json')
      expect(asked).toEqual([])

      await answerDialogs(electron, [0, 0, 1])
      await ask(page, 'updates', 'check', {})
      expect((await shownDialogs(electron)).map(({ message }) => message)).toEqual([
        `Ask 127.0.0.1:${port} for a newer Earmark?`,
        'Earmark 9.0.0 is there',
        'Earmark 9.0.0 is ready',
      ])
      expect(asked.map(({ path }) => path)).toEqual([
        '/e/latest-linux-x64.json',
        '/e/latest-linux-x64.json.sig',
        '/e/earmark_9.0.0_amd64.deb',
      ])
      for (const { headers } of asked) {
        expect(headers['x-user-staging-id']).toBeUndefined()
        expect(headers.cookie).toBeUndefined()
      }

      // One byte of the package is another than the list says.
      asked.length = 0
      served.set('/e/earmark_9.0.0_amd64.deb', Buffer.from(file).fill('X', 0, 1))
      rmSync(cache, { recursive: true, force: true })
      await answerDialogs(electron, [0, 0, 1])
      await ask(page, 'updates', 'check', {})
      expect((await shownDialogs(electron)).at(-1)?.message).toBe('The updates could not be asked for')

      // A list that nobody signed: the package is not even asked for.
      asked.length = 0
      served.set('/e/latest-linux-x64.json', Buffer.from(list.toString().replace('9.0.0', '9.0.1')))
      await answerDialogs(electron, [0, 0, 0])
      await ask(page, 'updates', 'check', {})
      expect((await shownDialogs(electron)).at(-1)?.detail).toContain('not signed')
      expect(asked.map(({ path }) => path)).toEqual([
        '/e/latest-linux-x64.json',
        '/e/latest-linux-x64.json.sig',
      ])
    } finally {
      if (!hadType) rmSync(packageType)
      server.close()
    }
  })
}
