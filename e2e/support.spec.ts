import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import yauzl from 'yauzl'
import {
  answerSaveDialog,
  ask,
  callRow,
  expect,
  openSample,
  ROOT,
  searchFor,
  test,
  writeAnnotation,
} from './fixtures'
import { expectAccessible, look } from './look'
import { startProsperSimulator } from './vendors'

const KEY = 'canary-report-5b1f0c77d2e94a68'
const NUMBER = '+12025550173'
const SAID = 'xylophone marmalade'
const PERSON = 'Ottoline Quimby'
const LABEL = 'Quimby’s missed intent'

const runCommand = (electron: ElectronApplication, id: string) =>
  electron.evaluate(
    ({ BrowserWindow }, command) =>
      BrowserWindow.getAllWindows()[0]?.webContents.send('earmark:event', { type: 'command', id: command }),
    id,
  )
const dialogOf = (page: Page) => page.getByRole('dialog')

/** The files of a zip, by name. */
async function unzip(file: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const zip = await yauzl.openPromise(file)
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(Buffer.from(chunk))
    found.set(entry.fileName, Buffer.concat(chunks).toString('utf8'))
  }
  return found
}

/** What must stand nowhere in a report. */
function leaksIn(parts: ReadonlyMap<string, string>, more: readonly string[]): string[] {
  const all = [...parts.values()].join('\n')
  const user = userInfo().username
  const secrets = [
    KEY,
    NUMBER,
    NUMBER.slice(1),
    SAID,
    'marmalade',
    PERSON,
    'Quimby',
    'quimby@example.com',
    homedir(),
    ...more,
  ]
  // "root" is a word of any system's.
  if (user !== 'root') secrets.push(`/${user}`)
  return secrets.filter((secret) => secret.length > 2 && all.toLowerCase().includes(secret.toLowerCase()))
}

test('a report is read in the window, saved as it was read, and holds no word, number, key, name or folder', async ({
  launch,
  workspace,
}) => {
  test.setTimeout(120_000)
  const simulator = await startProsperSimulator({ calls: 12, apiKey: KEY, campaigns: ['quimby-campaign'] })
  const first = simulator.calls[0]
  if (!first) throw new Error('There is a call.')
  simulator.updateCall(first.id, {
    transcript: [
      { speaker: 'agent', text: `Hello ${PERSON}, the ${SAID} is ready`, timestamp: 0 },
      { speaker: 'user', text: `Write to quimby@example.com or ring ${NUMBER}`, timestamp: 4 },
    ],
  })
  try {
    const { page, electron, problems } = await launch()
    const { id: connectionId } = await ask(page, 'connections', 'create', {
      draft: {
        vendor: 'prosper',
        name: `${PERSON} Insurance`,
        baseUrl: simulator.url,
        campaignIds: ['quimby-campaign'],
        settings: { everyMinutes: 30 },
      },
      secrets: { apiKey: KEY },
    })
    await ask(page, 'sync', 'start', { connectionId })
    await expect.poll(async () => (await ask(page, 'sync', 'status', {})).length, { timeout: 30_000 }).toBe(0)
    simulator.setFaults(['echo-refusal'])
    await ask(page, 'sync', 'start', { connectionId })
    await expect.poll(async () => (await ask(page, 'sync', 'status', {})).length, { timeout: 30_000 }).toBe(0)
    await ask(page, 'reviews', 'changeSettings', { reviewer: PERSON, theme: 'light' })
    await page.reload()
    await searchFor(page, '"xylophone marmalade"')
    await callRow(page).first().click()
    await page.keyboard.press('a')
    await writeAnnotation(page, { label: LABEL, comment: `${PERSON} said ${SAID}` })
    // What an older Earmark, or an error that quotes, may have left in the log.
    const log = await electron.evaluate(({ app }) => `${app.getPath('userData')}/logs/main.log`)
    mkdirSync(dirname(log), { recursive: true })
    appendFileSync(
      log,
      [
        `[2026-03-29 10:00:00.000] [error] The search worker ended: apiKey=${KEY}`,
        `[2026-03-29 10:00:01.000] [error] could not ring ${NUMBER} at ${join(homedir(), 'Calls', 'x.json')}`,
        '',
      ].join('\n'),
    )

    await runCommand(electron, 'support.report')
    const dialog = dialogOf(page)
    await expect(dialog.getByRole('region', { name: 'Contents of report.txt' })).toContainText('Versions')
    await expect(dialog).toContainText('It is sent to nobody')
    await look(page, 'report')
    await page.setViewportSize({ width: 960, height: 640 })
    await look(page, 'report-small')
    await page.setViewportSize({ width: 1280, height: 800 })
    await expectAccessible(page)
    // What axe itself was refused.
    problems.length = 0
    const shown = await dialog.getByRole('region', { name: 'Contents of report.txt' }).innerText()
    await dialog.getByText('logs/main.log').click()
    await expect(dialog.getByRole('region', { name: 'Contents of logs/main.log' })).toContainText(
      '[redacted]',
    )
    await expect(dialog.getByRole('region', { name: 'Contents of logs/main.log' })).toContainText(
      'could not ring [number]',
    )

    // Closed without a choice: it is still there to be read.
    await electron.evaluate(({ dialog: system }) => {
      system.showSaveDialog = async () => ({ canceled: true, filePath: '' })
    })
    await dialog.getByRole('button', { name: 'Save as zip…' }).click()
    await expect(dialog.getByRole('button', { name: 'Save as zip…' })).toBeVisible()
    // A place that can't be written is said, and another one can be chosen.
    await answerSaveDialog(electron, join(workspace, '..', 'not', 'there', 'report.zip'))
    await dialog.getByRole('button', { name: 'Save as zip…' }).click()
    await expect(dialog).toContainText('its folder does not exist')
    await answerSaveDialog(electron, join(workspace, 'reviews.db'))
    await dialog.getByRole('button', { name: 'Save as zip…' }).click()
    await expect(dialog).toContainText('one of the workspace’s own files')
    const file = join(workspace, '..', 'report.zip')
    await answerSaveDialog(electron, file)
    await dialog.getByRole('button', { name: 'Save as zip…' }).click()
    await expect(dialog.getByText('The report was saved')).toBeVisible()
    await look(page, 'report-saved')

    const parts = await unzip(file)
    expect([...parts.keys()]).toEqual(['READ ME.txt', 'report.txt', 'logs/main.log'])
    const report = parts.get('report.txt') ?? ''
    for (const line of shown.split('\n').slice(0, 8)) expect(report).toContain(line.trim())
    expect(report).toMatch(/Earmark +0\.1\.0/)
    expect(report).toMatch(/migrations +1 first, 2 archive/)
    expect(report).toMatch(/rows of annotations +1\n/)
    expect(report).toMatch(/rows of calls +12\n/)
    expect(report).toMatch(
      /connection 1 +prosper, api, another address, 1 campaigns, secrets in the keychain, .*everyMinutes 30/,
    )
    expect(report).toMatch(/theme +"light"/)
    expect(report).toMatch(/reviewer +\(set\)/)
    expect(report).toMatch(/ok {2}calls\.db/)
    expect(report).toMatch(/person, failed/)
    expect(
      leaksIn(parts, [workspace, dirname(workspace), new URL(simulator.url).host, 'quimby-campaign']),
    ).toEqual([])
    // What is looked for would be found.
    expect(leaksIn(new Map([['x', `Hello ${PERSON} at ${homedir()}`]]), [])).not.toEqual([])

    const byCommand = join(workspace, '..', 'report-cli.zip')
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'out', 'main', 'cli.js'),
        'report',
        '--output',
        byCommand,
        '--workspace',
        workspace,
        '--json',
      ],
      { encoding: 'utf8', env: { ...process.env, XDG_DATA_HOME: `${workspace}-data` } },
    )
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'done',
      parts: ['READ ME.txt', 'report.txt', 'logs/main.log'],
    })
    const cliParts = await unzip(byCommand)
    expect(cliParts.get('report.txt')).toMatch(/made by +the command line/)
    expect(
      leaksIn(cliParts, [workspace, dirname(workspace), new URL(simulator.url).host, 'quimby-campaign']),
    ).toEqual([])
  } finally {
    await simulator.close()
  }
})

test('a workspace that can’t be opened can be reported too', async ({ launch, workspace }) => {
  mkdirSync(workspace, { recursive: true })
  writeFileSync(join(workspace, 'reviews.db'), `this is no database, but ${SAID}`.repeat(200))
  const { page, electron } = await launch()
  await page.getByRole('button', { name: 'Save a report for support' }).click()
  const dialog = dialogOf(page)
  await expect(dialog.getByRole('region', { name: 'Contents of report.txt' })).toContainText('Versions')
  await look(page, 'report-trouble')
  const file = join(workspace, '..', 'report.zip')
  await answerSaveDialog(electron, file)
  await dialog.getByRole('button', { name: 'Save as zip…' }).click()
  await expect(dialog.getByText('The report was saved')).toBeVisible()
  const parts = await unzip(file)
  expect(parts.get('report.txt')).toMatch(/BAD reviews\.db/)
  expect(parts.get('report.txt')).toMatch(/ok {2}keychain/)
  expect(leaksIn(parts, [workspace, dirname(workspace)])).toEqual([])
})

test('crashes leave no dump and ask nobody; the log says that something ended, and quotes nothing', async ({
  launch,
  workspace,
}) => {
  const { page, electron, problems } = await launch()
  await openSample(page)
  const places = await electron.evaluate(({ app, crashReporter }) => {
    let uploads: boolean | string = 'not started'
    try {
      uploads = crashReporter.getUploadToServer()
    } catch {
      // Not started: there is nothing to upload.
    }
    return { dumps: app.getPath('crashDumps'), uploads }
  })
  expect([false, 'not started']).toContain(places.uploads)
  const gone = electron.evaluate(
    ({ BrowserWindow }) =>
      new Promise<string>((done) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        contents?.once('render-process-gone', (_event, { reason }) => done(reason))
        contents?.forcefullyCrashRenderer()
      }),
  )
  expect(['crashed', 'killed']).toContain(await gone)
  const ended = new Promise((done) => electron.process().once('exit', done))
  await electron.evaluate(() => process.crash()).catch(() => undefined)
  await ended
  const files = existsSync(places.dumps)
    ? readdirSync(places.dumps, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    : []
  expect(files.filter(({ name }) => /\.(dmp|dump|mdmp)$/.test(name)).map(({ name }) => name)).toEqual([])
  writeFileSync(join(workspace, '..', 'seen'), '')
  problems.length = 0
  const log = readFileSafely(join(places.dumps, '..', 'logs', 'main.log'))
  expect(log).not.toContain('appointment')
})

const readFileSafely = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
