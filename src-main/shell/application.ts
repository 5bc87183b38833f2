import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EarmarkError, type EarmarkEvent, unwrap } from '@contract'
import { app, type BrowserWindow, dialog, ipcMain, session } from 'electron'
import { threadsEnd } from '../backend/channel'
import { startBackend } from '../backend/host'
import { keepBackend } from '../backend/keep-backend'
import { prepareRecordings } from '../backend/prepare-recordings'
import { keepRepairWorker } from '../backend/repair-host'
import { exchangeWorkspace, finishExchange } from '../backup/exchange'
import { defaultWorkspace, profileFolder } from '../db/default-workspace'
import type { WorkspaceKeys } from '../protection/keys'
import { decoderLine } from '../recordings/chromium-decoder'
import type { Wrapped } from '../recordings/ranges'
import { rememberWrapped } from '../recordings/remember-wrapped'
import { backupHandlers } from './backup-handlers'
import { createDecoderWindow } from './decoder-window'
import {
  exportHandlers,
  folderHandlers,
  retentionHandlers,
  type ShellContext,
  supportHandlers,
  workspaceHandlers,
} from './handlers'
import { LinkDesk, linkIn } from './link-desk'
import { startLog } from './log'
import { installMenu } from './menu'
import { openWorkspace } from './open-workspace'
import { registerSchemes, serveApp } from './protocol'
import { registerLinks } from './register-links'
import { createRouter } from './router'
import { isFallbackRuntime } from './runtime'
import { keepScreenshot } from './screenshot'
import { isTrustedSender, lockDownContents, lockDownSession } from './security'
import { troubleHandlers } from './trouble-handlers'
import { updateHandlers } from './updates'
import { createWindow } from './window'
import { hostWorkspace } from './workspace-host'

/** How long the workers may take to release what they hold when the application quits, and their threads to end then. */
const RELEASE_MS = 5000
const END_MS = 1500

/** The application from its first line to its last, in order. */
export async function startApplication(): Promise<void> {
  registerSchemes()
  const workspaceRoot = resolve(
    workspaceArgument(process.argv) ?? (process.env.EARMARK_WORKSPACE || defaultWorkspace()),
  )
  app.setPath('userData', profileFolder(workspaceRoot))
  app.setPath('sessionData', join(profileFolder(workspaceRoot), 'session'))
  const log = startLog(workspaceRoot)

  let window: BrowserWindow | null = null
  if (!app.requestSingleInstanceLock()) {
    // The window that is there comes to the front instead.
    app.exit(0)
    return
  }
  // A restore that was killed at its last step.
  finishExchange(workspaceRoot)
  const links = new LinkDesk((link) => send({ type: 'link', link }))
  links.arrive(linkIn(process.argv))
  const comeToFront = () => {
    if (window?.isMinimized()) window.restore()
    window?.show()
    window?.focus()
  }
  app.on('second-instance', (_event, argv) => {
    comeToFront()
    links.arrive(linkIn(argv))
  })
  // macOS hands links over so, also before the window is there.
  app.on('open-url', (event, url) => {
    event.preventDefault()
    comeToFront()
    links.arrive(linkIn([url]))
  })
  lockDownContents()

  const send = (event: EarmarkEvent) => {
    if (window && !window.isDestroyed()) window.webContents.send('earmark:event', event)
  }
  const isFallback = isFallbackRuntime()
  const decoderPage = () =>
    createDecoderWindow(join(import.meta.dirname, '../renderer'), (reason) =>
      log.error(`The decoding page ended: ${reason}`),
    )
  // One each, as a page decodes one stream at a time; each is there only while it is needed.
  const decoders = { audio: decoderPage(), timing: decoderPage() }
  // The workers open the databases while Electron gets ready and the window paints; its first calls wait for them.
  const data = {
    workspaceRoot,
    sampleFolder: join(app.getAppPath(), 'resources', 'sample'),
    appVersion: app.getVersion(),
    loopbackOnly: isFallback,
  }
  const host = hostWorkspace({ workspaceRoot, backend: () => backend, send, window: () => window })
  const workerFile = (name: string) => new URL(`./worker-${name}.js`, import.meta.url)
  const startWorkers = async () =>
    startBackend({
      data: { ...data, masterKey: await host.masterKey() },
      decoderLine: (name) => {
        const line = decoderLine()
        decoders[name].connect(line.shell)
        return line.worker
      },
      workerFile,
      onEvent: (event) => {
        send(event)
        preparing.onEvent(event)
      },
      onCrash: (name, reason) => log.error(`The ${name} worker ended: ${reason}`),
    })
  // A workspace that can't be used is met in the window, which offers what can be done.
  const backend = keepBackend(startWorkers, (problem) => log.error('Start failed:', problem))
  const { invoke } = backend
  const preparing = prepareRecordings(invoke, send)
  const apart = keepRepairWorker({
    file: workerFile('repair'),
    data: () => ({ ...data, masterKey: host.master() }),
    onEvent: send,
  })

  await app.whenReady()
  lockDownSession(session.defaultSession)
  const context: ShellContext = {
    workspaceRoot,
    isFallback,
    window: () => {
      if (!window) throw new EarmarkError('internal', 'The window is closed.')
      return window
    },
    invoke,
    links,
    exchange: async (folder) => {
      preparing.close()
      await backend.close()
      await exchangeAndRestart(workspaceRoot, host.keys(), folder)
    },
  }
  const route = createRouter(
    {
      workspace: { ...workspaceHandlers(context) },
      trouble: {
        ...troubleHandlers(context, backend, (call, input) => apart.ask('repair', call, input)),
      },
      exports: { ...exportHandlers(context) },
      protection: { ...host.handlers },
      drafts: { ...host.drafts },
      support: {
        ...supportHandlers(context, async (call, input) =>
          // Where the workspace can't be opened, a report is wanted most.
          (await backend.problem()) === null
            ? invoke('support', call, input)
            : apart.ask('support', call, input),
        ),
      },
      backup: { ...backupHandlers(context) },
      connections: { ...folderHandlers(context) },
      retention: { ...retentionHandlers(context) },
      recordings: { peaks: async (input: { callId: string }) => unwrap(await preparing.peaks(input)) },
      timing: { align: async (input: { callId: string }) => unwrap(await preparing.align(input)) },
      calls: { get: async (input: { callId: string }) => unwrap(await preparing.get(input)) },
      updates: { ...updateHandlers(context) },
    },
    invoke,
  )
  ipcMain.handle('earmark:invoke', (event, feature, call, input) =>
    isTrustedSender(event)
      ? route(feature, call, input)
      : { ok: false, code: 'invalid_input', message: 'Only Earmark’s own page may ask.', details: {} },
  )
  const locateRecording = async (callId: string) => {
    const result = await invoke('recordings', 'locate', { callId })
    const found = result.ok ? (result.value as { path: string; mime: string } | null) : null
    return found && { ...found, filesKey: host.keys()?.files ?? null }
  }
  const wrapRecording = rememberWrapped(
    async (callId) => unwrap(await invoke('recordings', 'wrap', { callId })) as Wrapped | null,
  )
  serveApp(session.defaultSession, join(import.meta.dirname, '../renderer'), locateRecording, wrapRecording)
  installMenu((id) => send({ type: 'command', id }))
  if (!isFallback) registerLinks()

  window = createWindow()
  preparing.sweep()
  if (process.env.EARMARK_SCREENSHOT) keepScreenshot(window, process.env.EARMARK_SCREENSHOT)
  window.on('closed', () => {
    window = null
    // Hidden, it would keep the application from quitting.
    decoders.audio.close()
    decoders.timing.close()
  })

  app.on('window-all-closed', () => app.quit())
  let isReleasing = false
  app.on('will-quit', (event) => {
    // Workers finish what they were told to write before the process ends. Everything that was said to be saved is on
    // the disk already, so that one that does not end can't keep the application from quitting.
    event.preventDefault()
    if (isReleasing) return
    isReleasing = true
    preparing.close()
    const deadline = setTimeout(() => {
      log.error(`A worker did not end within ${RELEASE_MS / 1000} s.`)
      void leave()
    }, RELEASE_MS)
    void Promise.all([host.close(), apart.close()])
      .catch((error: unknown) => log.error('Closing failed:', error))
      .finally(() => {
        clearTimeout(deadline)
        void leave()
      })
  })
}

/** Ends the process. Node waits for every thread then, for ever if one does not end: there is nothing left that could be lost. */
async function leave(): Promise<void> {
  if (await threadsEnd(END_MS)) app.exit(0)
  else process.kill(process.pid, 'SIGKILL')
}

/** The workers have released the workspace: whatever comes now, Earmark begins anew. */
async function exchangeAndRestart(
  workspaceRoot: string,
  keys: WorkspaceKeys | null,
  folder: string,
): Promise<void> {
  try {
    // Not before it is needed: SQLite is no part of this process's start.
    const { requireUnused } = await import('../backup/unused')
    requireUnused(workspaceRoot, keys)
    exchangeWorkspace(workspaceRoot, folder, Date.now())
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    const reason = error instanceof EarmarkError ? error.message : String(error)
    dialog.showErrorBox('The backup was not restored', reason)
  }
  // The new one must not come to the front of this one, which is going.
  app.releaseSingleInstanceLock()
  openWorkspace(workspaceRoot)
  await leave()
}

function workspaceArgument(argv: readonly string[]): string | undefined {
  // Electron and Chromium add switches of their own: only ours is read, anything else is left alone.
  const { values } = parseArgs({
    args: argv.slice(1),
    options: { workspace: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  })
  return typeof values.workspace === 'string' ? values.workspace : undefined
}
