import type { Client, Contract, Feature, Result, Vendor } from '@contract'
import { _electron, type ElectronApplication, expect, type Page } from '@playwright/test'
import { electronRuntime, packagedExecutable, ROOT } from './electron-runtime'

export { applicationCommand, electronExecutable, packagedExecutable, ROOT } from './electron-runtime'

/** A running Earmark with its window. */
export interface Earmark {
  electron: ElectronApplication
  page: Page
  /** Problems that the page reported: uncaught errors and everything on console.error. */
  problems: string[]
  /** Quits in order. */
  close: () => Promise<void>
  /** kill -9 of the whole application. */
  kill: () => Promise<void>
}

export interface LaunchOptions {
  env?: Record<string, string>
  args?: readonly string[]
}

/** Starts the real application on a workspace folder. */
export async function launchEarmark(
  workspace: string,
  { env = {}, args = [] }: LaunchOptions = {},
): Promise<Earmark> {
  // Only as root: Chromium's sandbox needs an ordinary user.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const packaged = packagedExecutable()
  // Not `executablePath` where it can be helped: with it, Playwright leaves out the loader that holds the application back
  // until it is attached, and about one start in thirty hangs. A packaged application takes no loader.
  if (packaged === null) process.env.ELECTRON_OVERRIDE_DIST_PATH = electronRuntime().distPath
  const electron = await _electron.launch({
    ...(packaged === null ? {} : { executablePath: packaged }),
    args: [...asRoot, ...(packaged === null ? [ROOT] : []), '--workspace', workspace, ...args],
    env: { ...definedEnv(), XDG_DATA_HOME: `${workspace}-data`, ...env },
  })
  const page = await electron.firstWindow()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  let isRunning = true
  const main = electron.process()
  main.once('exit', () => {
    isRunning = false
  })
  return {
    electron,
    page,
    problems,
    close: async () => {
      if (isRunning) await electron.close()
    },
    kill: async () => {
      if (!isRunning) return
      const ended = new Promise((done) => main.once('exit', done))
      main.kill('SIGKILL')
      await ended
    },
  }
}

const definedEnv = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

/** Asks the backend of a running window, past the interface: for setting up and for checking. */
export async function ask<F extends Feature, C extends keyof Contract[F] & string>(
  page: Page,
  feature: F,
  call: C,
  input: Parameters<Client<Contract[F]>[C]>[0],
): Promise<Awaited<ReturnType<Client<Contract[F]>[C]>>> {
  const result = (await page.evaluate(
    ([f, c, i]) =>
      (window as unknown as { earmark: { invoke: (...args: unknown[]) => unknown } }).earmark.invoke(f, c, i),
    [feature, call, input] as const,
  )) as Result<Awaited<ReturnType<Client<Contract[F]>[C]>>>
  if (!result.ok) throw new Error(`${feature}.${call}: ${result.code}: ${result.message}`)
  return result.value
}

/** Answers the next "save" dialogs with this path, as if the reviewer had chosen it. */
export const answerSaveDialog = (electron: ElectronApplication, path: string): Promise<void> =>
  electron.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
  }, path)

/** Answers the next "open" dialogs with these paths. */
export const answerOpenDialog = (electron: ElectronApplication, paths: string[]): Promise<void> =>
  electron.evaluate(({ dialog }, filePaths) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths })
  }, paths)

/** Opens the sample workspace from the first screen and waits until all of it is there. */
export async function openSample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Open the sample workspace' }).click()
  await expect(page.getByText('Import done')).toBeVisible({ timeout: 30_000 })
  await expect(callRow(page).first()).toBeVisible()
}

/** The rows of the list of calls. */
export const callRow = (page: Page) =>
  page.getByRole('list', { name: 'Calls' }).getByRole('listitem').getByRole('button')

/** Types into the search box and waits until the list shows its answer. */
export async function searchFor(page: Page, query: string): Promise<void> {
  const { total } = await ask(page, 'search', 'count', { query })
  await page.getByRole('combobox', { name: 'Search calls' }).fill(query)
  // Not the offers' counts, which may read the same.
  const find = page.getByRole('navigation', { name: 'Find' })
  await expect(find.getByText(total === 1 ? '1 call' : `${total} calls`, { exact: true })).toBeVisible()
  if (total < 5) await expect(callRow(page)).toHaveCount(total)
  await page.getByRole('combobox', { name: 'Search calls' }).blur()
}

/** What the media element of the open call does. */
export const audioState = (page: Page) =>
  page.evaluate(() => {
    const audio = document.querySelector('audio')
    if (!audio) throw new Error('There is no audio element.')
    const { currentTime, duration, paused, playbackRate, preservesPitch } = audio
    return { currentTime, duration, paused, playbackRate, preservesPitch }
  })

/** Connects a folder of Prosper's exports, as if the reviewer had chosen it. */
export async function connectExports({ page, electron }: Earmark, folder: string): Promise<void> {
  await answerOpenDialog(electron, [folder])
  await ask(page, 'connections', 'chooseFolder', {})
  await ask(page, 'connections', 'createFolder', { draft: { vendor: 'prosper', name: 'Exports', folder } })
}

/** Selects a stretch of text in the transcript, as a drag of the mouse would. */
export async function selectText(page: Page, text: string): Promise<void> {
  await page.evaluate((wanted) => {
    const region = document.querySelector('[aria-label="Transcript"]')
    const walker = document.createTreeWalker(region ?? document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(wanted) ?? -1
      if (at === -1) continue
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + wanted.length)
      const selection = getSelection()
      selection?.removeAllRanges()
      selection?.addRange(range)
      return
    }
    throw new Error(`The transcript does not show "${wanted}".`)
  }, text)
}

/** Fills the open composer and saves; waits until the annotation is said to be saved. */
export async function writeAnnotation(
  page: Page,
  { label, severity, comment }: { label: string; severity?: string; comment: string },
): Promise<void> {
  const panel = page.getByRole('region', { name: 'Annotations' })
  await panel.getByRole('combobox', { name: 'Label' }).fill(label)
  await page.keyboard.press('Tab')
  if (severity) await panel.getByRole('radio', { name: severity }).click({ force: true })
  await panel.getByRole('textbox', { name: 'Comment' }).fill(comment)
  await page.keyboard.press('Control+Enter')
  await expect(panel.getByRole('article').filter({ hasText: label }).getByText(/saved/)).toBeVisible()
}

/** Opens the form "Connect a vendor" from the first screen. */
export async function openConnectForm(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect a vendor' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
}

/** Fills the form and, unless told otherwise, saves and waits until the connection is there. */
export async function connectVendor(
  page: Page,
  account: {
    vendor: string
    name: string
    url: string
    campaigns: string
    apiKey: string
    accessToken?: string
  },
  { save = true }: { save?: boolean } = {},
): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: account.vendor }).click({ force: true })
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(account.name)
  await dialog.getByRole('textbox', { name: 'Address of the API' }).fill(account.url)
  await dialog.getByRole('textbox', { name: 'Campaign ids' }).fill(account.campaigns)
  await dialog.getByRole('textbox', { name: 'API key' }).fill(account.apiKey)
  if (account.accessToken !== undefined)
    await dialog.getByRole('textbox', { name: 'Access token' }).fill(account.accessToken)
  if (!save) return
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(dialog.getByRole('textbox', { name: 'API key' })).toHaveCount(0)
}

/** Connects Prosper, as "Renewals", by the form. */
export async function connectProsper(
  page: Page,
  { url, apiKey }: { url: string; apiKey: string },
): Promise<void> {
  await openConnectForm(page)
  await connectVendor(page, { vendor: 'Prosper AI', name: 'Renewals', url, campaigns: 'abc123', apiKey })
}

/** Connects a vendor's simulator past the form, with the usual settings; gives the connection's id. */
export async function connectSimulator(
  page: Page,
  { url, apiKey, accessToken = null, campaigns }: Simulated,
  name: string,
  vendor: Vendor = 'prosper',
): Promise<string> {
  const draft = { vendor, name, baseUrl: url, campaignIds: [...campaigns], settings: {} }
  const { id } = await ask(page, 'connections', 'create', { draft, secrets: { apiKey, accessToken } })
  return id
}

interface Simulated {
  url: string
  apiKey: string
  accessToken?: string | null
  campaigns: readonly string[]
}
