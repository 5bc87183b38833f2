import { createHash, generateKeyPairSync, type KeyLike, sign } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
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
  const key = readFileSync(signingKey, 'utf8')
  const LIST = '/e/latest-linux-x64.json'
  const SIGNATURE = `${LIST}.sig`
  const DEB = '/e/earmark_9.0.0_amd64.deb'
  const deb = Buffer.from('a newer Earmark'.repeat(1000))
  const sha512 = createHash('sha512').update(deb).digest('base64')
  const listOf = (changes: object = {}, file: object = {}): Buffer =>
    Buffer.from(
      JSON.stringify({
        version: '9.0.0',
        files: [{ url: 'earmark_9.0.0_amd64.deb', sha512, size: deb.length, ...file }],
        releaseDate: '2027-01-01T00:00:00.000Z',
        ...changes,
      }),
    )
  const signed = (list: Buffer, by: KeyLike = key): Record<string, Answer> => ({
    [LIST]: (response) => response.end(list),
    [SIGNATURE]: (response) => response.end(sign(null, list, by).toString('base64')),
    [DEB]: (response) => response.writeHead(200, { 'content-length': deb.length }).end(deb),
  })
  // What the deb says of itself, so that there is an installer.
  const packageType = join(dirname(packagedExecutable() ?? ''), 'resources', 'package-type')
  const hadType = existsSync(packageType)
  let feed: Feed
  let elsewhere: Feed
  test.beforeAll(async () => {
    if (!hadType) writeFileSync(packageType, 'deb')
    feed = await startFeed()
    elsewhere = await startFeed()
  })
  test.afterAll(async () => {
    if (!hadType) rmSync(packageType)
    await feed.close()
    await elsewhere.close()
  })

  test('are asked for after a yes, taken when signed, and nothing else is sent', async ({
    launch,
    workspace,
  }) => {
    feed.answers = signed(listOf())
    const { page, electron } = await launch({ env: { XDG_CACHE_HOME: `${workspace}-cache` } })
    await openSample(page)
    expect(await ask(page, 'updates', 'feed', {}), 'off as it comes').toMatchObject({
      address: null,
      setBy: 'nobody',
    })
    await answerDialogs(electron, [])
    await ask(page, 'updates', 'check', {})
    expect((await shownDialogs(electron))[0]?.message).toBe('No address for updates is set')
    await ask(page, 'updates', 'setFeed', { address: `${feed.url}/e` })
    expect(feed.asked, 'an address that is entered is not asked').toEqual([])

    await answerDialogs(electron, [1])
    await ask(page, 'updates', 'check', {})
    const [question] = await shownDialogs(electron)
    expect(question?.message).toBe(`Ask ${new URL(feed.url).host} for a newer Earmark?`)
    for (const path of [LIST, SIGNATURE]) expect(question?.detail).toContain(`${feed.url}${path}`)
    expect(feed.asked).toEqual([])

    await answerDialogs(electron, [0, 0, 0])
    await ask(page, 'updates', 'check', {})
    const shown = await shownDialogs(electron)
    expect(shown.map(({ message }) => message)).toEqual([
      `Ask ${new URL(feed.url).host} for a newer Earmark?`,
      'Earmark 9.0.0 is there',
      'Earmark 9.0.0 is ready',
    ])
    expect(feed.asked.map(({ path }) => path)).toEqual([LIST, SIGNATURE, DEB])
    for (const { headers } of feed.asked) {
      expect(headers['x-user-staging-id']).toBeUndefined()
      expect(headers.cookie).toBeUndefined()
    }
    const command = await electron.evaluate(({ clipboard }) => clipboard.readText())
    expect(shown[2]?.detail).toContain(command)
    const file = /^sudo apt install (\/\S+\.deb)$/.exec(command)?.[1] ?? ''
    expect(readFileSync(file)).toEqual(deb)
  })

  test('that are on their way are stopped by whoever asks again, and nothing of them is left', async ({
    launch,
    workspace,
  }) => {
    const cache = `${workspace}-cache`
    const { page, electron } = await launch({ env: { XDG_CACHE_HOME: cache } })
    await openSample(page)
    await ask(page, 'updates', 'setFeed', { address: `${feed.url}/e` })
    const good = signed(listOf())
    let isLetGo = false
    const half: Answer = (response) => {
      response.once('close', () => {
        isLetGo = true
      })
      response.writeHead(200, { 'content-length': deb.length }).write(deb.subarray(0, deb.length / 2))
    }
    feed.answers = { ...good, [DEB]: half }
    feed.asked.length = 0
    await answerDialogs(electron, [0, 0, 1])
    const asking = ask(page, 'updates', 'check', {})
    await expect.poll(() => feed.asked.map(({ path }) => path)).toContain(DEB)
    await ask(page, 'updates', 'check', {})
    await asking
    expect((await shownDialogs(electron)).map(({ message }) => message)).toEqual([
      `Ask ${new URL(feed.url).host} for a newer Earmark?`,
      'Earmark 9.0.0 is there',
      'Earmark 9.0.0 is being fetched',
    ])
    await expect.poll(() => isLetGo).toBe(true)
    const kept = existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String) : []
    expect(kept.filter((name) => name.endsWith('.deb'))).toEqual([])

    feed.answers = good
    await answerDialogs(electron, [0, 0, 2])
    await ask(page, 'updates', 'check', {})
    expect((await shownDialogs(electron)).at(-1)?.message).toBe('Earmark 9.0.0 is ready')
  })

  test('of hostile feeds are refused, whichever of its answers is wrong', async ({ launch, workspace }) => {
    const cache = `${workspace}-cache`
    const { page, electron } = await launch({ env: { XDG_CACHE_HOME: cache } })
    await openSample(page)
    await ask(page, 'updates', 'setFeed', { address: `${feed.url}/e` })
    const stranger = generateKeyPairSync('ed25519').privateKey
    const away: Answer = (response, path) =>
      response.writeHead(302, { location: `${elsewhere.url}${path}` }).end()
    const endless: Answer = async (response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(64 * 1024, 'x')
      while (!response.destroyed) {
        if (!response.write(chunk))
          await new Promise<void>((done) => {
            response.once('drain', done)
            response.once('close', done)
          })
      }
    }
    const refused = 'The updates could not be asked for'
    const notFetched = 'Earmark 9.0.0 could not be fetched'
    const toTheList = [LIST]
    const toTheSignature = [LIST, SIGNATURE]
    const toTheDeb = [LIST, SIGNATURE, DEB]
    const good = signed(listOf())
    elsewhere.answers = good
    const cases: [
      what: string,
      answers: Record<string, Answer>,
      said: string,
      why: string,
      asked: string[],
    ][] = [
      ['no signature', { [LIST]: good[LIST] ?? away }, refused, 'it answered 404', toTheSignature],
      [
        'an empty signature',
        { ...good, [SIGNATURE]: (response) => response.end() },
        refused,
        'not signed',
        toTheSignature,
      ],
      ['another key', signed(listOf(), stranger), refused, 'not signed', toTheSignature],
      [
        'a byte of the list changed',
        { ...good, [LIST]: (response) => response.end(listOf({ version: '9.0.1' })) },
        refused,
        'not signed',
        toTheSignature,
      ],
      [
        'something signed that is no list',
        signed(Buffer.from('"a list"')),
        refused,
        'no list',
        toTheSignature,
      ],
      [
        'a file name that leads out',
        signed(listOf({}, { url: '../earmark.deb' })),
        refused,
        'no list',
        toTheSignature,
      ],
      [
        'another host’s file',
        signed(listOf({}, { url: `${elsewhere.url}${DEB}` })),
        refused,
        'no list',
        toTheSignature,
      ],
      [
        'an older version, signed once',
        signed(listOf({ version: '0.0.9' })),
        'This Earmark is up to date',
        'newest: 0.0.9',
        toTheSignature,
      ],
      ['the list on another host', { ...good, [LIST]: away }, refused, 'could not be reached', toTheList],
      [
        'the signature on another host',
        { ...good, [SIGNATURE]: away },
        refused,
        'could not be reached',
        toTheSignature,
      ],
      ['a list without an end', { ...good, [LIST]: endless }, refused, 'far more than a list', toTheList],
      [
        'a signature without an end',
        { ...good, [SIGNATURE]: endless },
        refused,
        'far more than a list',
        toTheSignature,
      ],
      ['the package on another host', { ...good, [DEB]: away }, notFetched, 'another address', toTheDeb],
      [
        'a byte of the package changed',
        {
          ...good,
          [DEB]: (response) =>
            response.writeHead(200, { 'content-length': deb.length }).end(Buffer.from(deb).fill('X', 0, 1)),
        },
        notFetched,
        'content differs',
        toTheDeb,
      ],
      [
        'a longer package',
        { ...good, [DEB]: (response) => response.end(Buffer.concat([deb, deb])) },
        notFetched,
        'size differs',
        toTheDeb,
      ],
      ['a package without an end', { ...good, [DEB]: endless }, notFetched, 'size differs', toTheDeb],
      [
        'a package that breaks off',
        {
          ...good,
          [DEB]: (response) => {
            response.writeHead(200, { 'content-length': deb.length })
            response.write(deb.subarray(0, 100), () => response.destroy())
          },
        },
        notFetched,
        'could not be fetched',
        toTheDeb,
      ],
    ]
    for (const [what, answers, said, why, asked] of cases) {
      feed.answers = answers
      feed.asked.length = 0
      await answerDialogs(electron, [0, 0, 0])
      await ask(page, 'updates', 'check', {})
      const last = (await shownDialogs(electron)).at(-1)
      expect(last?.message, what).toBe(said)
      expect(last?.detail, what).toContain(why)
      expect(
        feed.asked.map(({ path }) => path),
        what,
      ).toEqual(asked)
      const kept = existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String) : []
      expect(
        kept.filter((name) => name.endsWith('.deb')),
        what,
      ).toEqual([])
    }
    expect(elsewhere.asked).toEqual([])

    // None of it stands in the way of the good one.
    feed.answers = good
    await answerDialogs(electron, [0, 0, 2])
    await ask(page, 'updates', 'check', {})
    expect((await shownDialogs(electron)).at(-1)?.message).toBe('Earmark 9.0.0 is ready')
  })
}

type Answer = (response: ServerResponse, path: string) => unknown

/** A web server for a feed; `answers` by path, anything else is not found. */
interface Feed {
  url: string
  answers: Record<string, Answer>
  asked: { path: string; headers: IncomingHttpHeaders }[]
  close: () => Promise<void>
}

async function startFeed(): Promise<Feed> {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    feed.asked.push({ path, headers: request.headers })
    const answer = feed.answers[path]
    if (answer) answer(response, path)
    else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const feed: Feed = {
    url: `http://127.0.0.1:${port}`,
    answers: {},
    asked: [],
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
  return feed
}
