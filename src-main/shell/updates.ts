import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Contract, EarmarkError, type Handlers, toFailure, type UpdateFeed } from '@contract'
import { app, type BrowserWindow, clipboard, dialog, type MessageBoxOptions, session, shell } from 'electron'
import { z } from 'zod'
import { dataRoot } from '../db/default-workspace'
import {
  administratorsFile,
  feedAddress,
  feedIn,
  installCommand,
  LARGEST_LIST,
  listAddresses,
  readUpdate,
  refusal,
  type Update,
} from './update-feed'
import { fetchUpdate, installerHere, type Updater, updaterFor } from './updater'

/** A newer Earmark on its way: how much of it is here (0 to 1), and what breaks it off. */
interface Fetching {
  readonly version: string
  share: number
  readonly stop: AbortController
}

/** How long the feed may take to answer. */
const ANSWER_MS = 20_000

/** The address that somebody entered; for all workspaces, as there is one application. */
const ownFile = () => join(dataRoot(), 'updates.json')

/**
 * Updates, asked for by hand and from a feed that somebody set up; without one, nobody is ever asked. A list that the
 * package's own key did not sign is not read; electron-updater then gets the one file that the list names, holds it against the
 * list's SHA-512, and hands it to the installer where there is one that asks nobody.
 */
export function updateHandlers(context: {
  isFallback: boolean
  window: () => BrowserWindow
}): Handlers<Contract['updates']> {
  const { isFallback, window } = context
  const show = (options: MessageBoxOptions) =>
    dialog.showMessageBox(window(), { title: 'Updates', ...options })
  const current = (): UpdateFeed => {
    const administrators = feedFrom(administratorsFile(process.platform, process.env))
    const own = administrators === null ? feedFrom(ownFile()) : null
    const address = administrators ?? own
    return {
      address,
      setBy: administrators !== null ? 'administrator' : own !== null ? 'you' : 'nobody',
      refusal: refusal({ isPackaged: app.isPackaged, isFallback, key: updateKey(), feed: address }),
    }
  }
  let isChecking = false
  /** What is on its way; null: nothing. */
  let fetching: Fetching | null = null
  const check = async (): Promise<void> => {
    const { address, refusal: reason } = current()
    if (reason !== null) {
      await show({ type: 'info', message: 'This Earmark can’t ask for updates', detail: reason })
      return
    }
    const key = updateKey()
    if (address === null || key === null) {
      await show({
        type: 'info',
        message: 'No address for updates is set',
        detail:
          'Earmark asks nobody by itself. If your organisation has a server for updates, enter its address under Settings › Updates.',
      })
      return
    }
    const [list, signature] = listAddresses(address, process.platform, process.arch)
    const { response } = await show({
      type: 'question',
      message: `Ask ${new URL(address).host} for a newer Earmark?`,
      detail:
        `These two files are fetched:\n${list}\n${signature}\n\n` +
        `The server learns this computer’s network address and that it runs Earmark ${app.getVersion()}. ` +
        'Nothing about you, your calls or your workspace is sent.',
      buttons: ['Ask', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    })
    if (response !== 0) return
    const update = readUpdate(await fetchSmall(list), (await fetchSmall(signature)).toString('utf8'), key)
    const updater = await updaterFor(update, address)
    const found = await updater.checkForUpdates()
    if (!found?.isUpdateAvailable) {
      await show({
        type: 'info',
        message: 'This Earmark is up to date',
        detail: `Installed: ${app.getVersion()}. The server’s newest: ${update.version}.`,
      })
      return
    }
    await offer(update, address, updater, show, async () => {
      const stop = new AbortController()
      const here: Fetching = { version: update.version, share: 0, stop }
      fetching = here
      try {
        return await fetchUpdate(updater, update, address, {
          signal: stop.signal,
          onProgress: (share) => {
            here.share = share
            window().setProgressBar(share)
          },
        })
      } finally {
        fetching = null
        window().setProgressBar(-1)
      }
    })
  }
  /** Nothing stands in the way of who reviews meanwhile: whoever asks for updates again is asked whether to go on. */
  const askToStop = async ({ version, share, stop }: Fetching): Promise<void> => {
    const { response } = await show({
      type: 'question',
      message: `Earmark ${version} is being fetched`,
      detail: `${Math.floor(share * 100)} % of it are here. Nothing is installed before you say so.`,
      buttons: ['Go on', 'Stop'],
      defaultId: 0,
      cancelId: 0,
    })
    if (response === 1) stop.abort()
  }
  return {
    feed: current,
    setFeed: ({ address }) => {
      if (current().setBy === 'administrator')
        throw new EarmarkError('conflict', 'The address of updates is set by this computer’s administrator.')
      const text = address?.trim() ?? ''
      keep(ownFile(), text === '' ? {} : { feed: feedAddress(text) })
      return current()
    },
    check: async () => {
      if (fetching !== null) {
        await askToStop(fetching)
        return {}
      }
      if (isChecking) return {}
      isChecking = true
      try {
        await check()
      } catch (error) {
        const { message } = toFailure(error)
        await show({ type: 'error', message: 'The updates could not be asked for', detail: message })
      } finally {
        isChecking = false
      }
      return {}
    },
  }
}

async function offer(
  update: Update,
  feed: string,
  updater: Updater,
  show: (options: MessageBoxOptions) => Promise<{ response: number }>,
  fetch: () => Promise<string>,
): Promise<void> {
  const installer = installerHere()
  if (installer === 'nobody') {
    await show({
      type: 'info',
      message: `Earmark ${update.version} is there`,
      detail: `This one was unpacked by hand, so the new one is too. Its files are in ${feed}`,
    })
    return
  }
  const { response } = await show({
    type: 'question',
    message: `Earmark ${update.version} is there`,
    detail: `Installed: ${app.getVersion()}. It is fetched from ${new URL(feed).host} and installed when you say so; your work stays as it is.`,
    buttons: ['Fetch', 'Not now'],
    defaultId: 0,
    cancelId: 1,
  })
  if (response !== 0) return
  let file: string
  try {
    file = await fetch()
  } catch (error) {
    const { code, message } = toFailure(error)
    // Who stopped it knows it already.
    if (code !== 'cancelled')
      await show({
        type: 'error',
        message: `Earmark ${update.version} could not be fetched`,
        detail: message,
      })
    return
  }
  await (installer === 'itself' ? offerToInstall() : sayHowToInstall(installer))

  async function offerToInstall(): Promise<void> {
    const ready = await show({
      type: 'question',
      message: `Earmark ${update.version} is ready`,
      detail: 'It is installed after Earmark has closed; the system may ask for an administrator’s password.',
      buttons: ['Close and install', 'Later'],
      defaultId: 0,
      cancelId: 1,
    })
    if (ready.response === 0) updater.quitAndInstall(false, true)
  }

  /**
   * Packages of the system are the administrator's. electron-updater would run its installer while the window stands still, and
   * say nothing to anybody where there is no pkexec or the package lacks something: a command does neither.
   */
  async function sayHowToInstall(kind: 'deb' | 'rpm'): Promise<void> {
    const command = installCommand(kind, file)
    const ready = await show({
      type: 'info',
      message: `Earmark ${update.version} is ready`,
      detail:
        `It is the file that the signed list names. Close Earmark, and install it with this command in a terminal, which asks for an administrator’s password:\n\n${command}\n\n` +
        'Your work stays as it is.',
      buttons: ['Copy the command', 'Show the file', 'Close'],
      defaultId: 0,
      cancelId: 2,
    })
    if (ready.response === 0) clipboard.writeText(command)
    if (ready.response === 1) shell.showItemInFolder(file)
  }
}

/** A file of a few lines. Raises `unreachable`, `timeout`, `not_found`, `too_large`. */
async function fetchSmall(address: string): Promise<Buffer> {
  // A session of its own that keeps nothing: no cookie, no cache. Redirects are not followed: the person was told who is asked.
  const own = session.fromPartition('update-feed', { cache: false })
  own.setUserAgent(`Earmark/${app.getVersion()}`)
  const { host } = new URL(address)
  const response = await own
    .fetch(address, {
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new EarmarkError(
          'timeout',
          `${host} did not answer within ${ANSWER_MS / 1000} s. Try again later.`,
        )
      throw new EarmarkError(
        'unreachable',
        `${host} could not be reached. Look at the network, and at the address under Settings › Updates.`,
      )
    })
  if (!response.ok)
    throw new EarmarkError(
      'not_found',
      `${host} has no ${new URL(address).pathname} (it answered ${response.status}). Look at the address under Settings › Updates.`,
    )
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST_LIST)
      throw new EarmarkError('too_large', `${host} answered with far more than a list of updates.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The public key that the package was made with. */
function updateKey(): string | null {
  const text = readText(join(app.getAppPath(), 'package.json'))
  const parsed = z
    .object({ earmark: z.object({ updateKey: z.string() }) })
    .safeParse(text === null ? null : JSON.parse(text))
  return parsed.success ? parsed.data.earmark.updateKey : null
}

/** Whole or not at all. */
function keep(file: string, content: { feed?: string }): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(`${file}.part`, file)
}

const feedFrom = (file: string): string | null => {
  const text = readText(file)
  return text === null ? null : feedIn(text)
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
