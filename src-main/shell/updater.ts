import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EarmarkError } from '@contract'
import type { ClientRequest } from 'electron'
import type { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor'
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider'
import type { Update } from './update-feed'

export type Updater = Awaited<ReturnType<typeof updaterFor>>

/** electron-updater, told what was read already: it asks for nothing but the file. Loaded when it is needed. */
export async function updaterFor(update: Update, feed: string) {
  const { autoUpdater, Provider, NoOpLogger } = (await import('electron-updater')).default
  class SignedFeed extends Provider<Update & { path: string; sha512: string }> {
    /** electron-updater gives three arguments; its own base class takes the last. */
    constructor(_options: object, _updater: object, runtime: ProviderRuntimeOptions) {
      super(runtime)
    }
    override async getLatestVersion() {
      const [first] = update.files
      return { ...update, path: first?.url ?? '', sha512: first?.sha512 ?? '' }
    }
    override resolveFiles(info: Update) {
      return info.files.map((file) => ({ url: new URL(file.url, feed), info: file }))
    }
  }
  autoUpdater.logger = new NoOpLogger()
  autoUpdater.autoDownload = false
  autoUpdater.autoInstallOnAppQuit = false
  autoUpdater.allowDowngrade = false
  // A whole, verified file every time; no maps of the old one are asked for.
  autoUpdater.disableDifferentialDownload = true
  // Everybody gets the same: no number is made to tell computers apart.
  autoUpdater.isUserWithinRollout = async () => true
  autoUpdater.setFeedURL({ provider: 'custom', updateProvider: SignedFeed })
  return autoUpdater
}

/**
 * Fetches the file that the list names, from the feed itself and of the listed size; anything else is not read to its end.
 * `signal` breaks it off; `onProgress` is told how much of it is here, 0 to 1.
 * @returns the file's path, once its SHA-512 is the list's
 * Raises `cancelled`, `unreachable`, `invalid_input` (another address, size or content).
 */
export async function fetchUpdate(
  updater: Updater,
  update: Update,
  feed: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (share: number) => void },
): Promise<string> {
  const { host } = new URL(feed)
  const { CancellationToken } = (await import('electron-updater')).default
  const token = new CancellationToken()
  const requests = requestsOf(updater)
  const cancel = () => {
    token.cancel()
    for (const request of requests.made) request.abort()
  }
  signal.addEventListener('abort', cancel, { once: true })
  const tell = ({ percent }: { percent: number }) => onProgress(percent / 100)
  updater.on('download-progress', tell)
  const sizes = new Map(update.files.map((file) => [new URL(file.url, feed).href, file.size]))
  let stopped: string | null = null
  const { webRequest } = updater.netSession
  webRequest.onBeforeRequest(({ url }, decide) => {
    // electron-updater follows wherever it is sent; the person said yes to this host.
    const isListed = sizes.has(url)
    if (!isListed) stopped = `${host} sent Earmark on to another address, which was not asked.`
    decide({ cancel: !isListed })
  })
  webRequest.onHeadersReceived(({ url, statusCode, responseHeaders = {} }, decide) => {
    const [, [length] = []] =
      Object.entries(responseHeaders).find(([name]) => name.toLowerCase() === 'content-length') ?? []
    const fits = statusCode !== 200 || Number(length) === sizes.get(url)
    if (!fits) stopped = `${host} has another file than the signed list names: its size differs.`
    decide({ cancel: !fits })
  })
  const refuse = (what: string) =>
    new EarmarkError('invalid_input', `${what} Nothing of it was kept. Tell whoever looks after the updates.`)
  try {
    const [file] = await updater.downloadUpdate(token)
    if (file === undefined) throw new Error('no file')
    return file
  } catch (error) {
    if (signal.aborted) throw new EarmarkError('cancelled', `Earmark ${update.version} was not fetched.`)
    if (stopped !== null) throw refuse(stopped)
    if (error instanceof Error && 'code' in error && error.code === 'ERR_CHECKSUM_MISMATCH')
      throw refuse(`${host} has another file than the signed list names: its content differs.`)
    throw new EarmarkError(
      'unreachable',
      `The file could not be fetched from ${host}. Look at the network and at the room on the disk, and try again.`,
    )
  } finally {
    signal.removeEventListener('abort', cancel)
    updater.off('download-progress', tell)
    requests.forget()
    webRequest.onBeforeRequest(null)
    webRequest.onHeadersReceived(null)
  }
}

/**
 * What electron-updater asks for, until `forget`: told to stop, it stops waiting for a file, and lets the file go on coming. Its
 * executor has no type that it gives out.
 */
function requestsOf(updater: Updater): { made: ClientRequest[]; forget: () => void } {
  const { httpExecutor } = updater as unknown as { httpExecutor: Pick<ElectronHttpExecutor, 'createRequest'> }
  const create = httpExecutor.createRequest
  const made: ClientRequest[] = []
  httpExecutor.createRequest = function (this: ElectronHttpExecutor, ...args) {
    const request = create.apply(this, args)
    made.push(request)
    return request
  }
  return {
    made,
    forget: () => {
      httpExecutor.createRequest = create
    },
  }
}

/** Who installs here what was fetched: electron-updater, the system by a command, or nobody (unpacked from an archive). */
export function installerHere(): 'itself' | 'deb' | 'rpm' | 'nobody' {
  if (process.platform !== 'linux' || process.env.APPIMAGE) return 'itself'
  try {
    const kind = readFileSync(join(process.resourcesPath, 'package-type'), 'utf8').trim()
    return kind === 'deb' || kind === 'rpm' ? kind : 'nobody'
  } catch {
    return 'nobody'
  }
}
