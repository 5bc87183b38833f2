import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Contract, EarmarkEvent, Handlers, ProtectionStatus, Result, WorkspaceForm } from '@contract'
import { EarmarkError, unwrap } from '@contract'
import { app, type BrowserWindow, dialog, session } from 'electron'
import { type Connected, connect } from '../backend/channel'
import type { Backend } from '../backend/host'
import { openKeychain } from '../connections/secrets'
import { readDrafts, removeDraft, writeDraft } from '../protection/draft-files'
import { readHeader } from '../protection/header'
import { newMasterKey, WorkspaceKeys } from '../protection/keys'
import { phraseOf } from '../protection/phrase'
import { keptKey, unlockWorkspace } from '../protection/unlock'

export interface WorkspaceHost {
  /** As the backend's; waits while the workspace is locked or being changed over. */
  invoke: (feature: string, call: string, input: unknown) => Promise<Result<unknown>>
  /** Of the workspace that is open; null: it is not protected. */
  keys: () => WorkspaceKeys | null
  handlers: Handlers<Contract['protection']>
  drafts: Handlers<Contract['drafts']>
  close: () => Promise<void>
}

const IDLE = { to: null, done: 0, total: null, problem: null } as const

/**
 * Opens the workspace as soon as its key is there, and changes it over: all workers end, one of its own encrypts or
 * decrypts, and they begin again. The page is loaded anew then.
 */
export function hostWorkspace(options: {
  workspaceRoot: string
  /** Starts the workers. */
  begin: (masterKey: Uint8Array | null) => Promise<Backend>
  send: (event: EarmarkEvent) => void
  window: () => BrowserWindow | null
  /** Opening failed, for another reason than a missing key. */
  onUnusable: (error: unknown) => void
}): WorkspaceHost {
  const { workspaceRoot, begin, send, onUnusable } = options
  const keychain = openKeychain()
  let status: ProtectionStatus = { ...IDLE, state: 'opening' }
  let keys: WorkspaceKeys | null = null
  let prepared: Uint8Array | null = null
  let backend = later<Backend>()
  let changing: Connected | null = null

  const tell = (next: ProtectionStatus) => {
    status = next
    send({ type: 'protection.changed', status })
  }
  const start = async (masterKey: Uint8Array | null): Promise<void> => {
    const mine = backend
    keys = masterKey && new WorkspaceKeys(masterKey)
    mine.resolve(begin(masterKey))
    await mine.promise
    tell({ ...IDLE, state: keys ? 'protected' : 'plain', problem: status.problem })
  }
  /** Without waiting for anything where there is no protection: the first screen is not to be later for it. */
  const open = (): Promise<void> => {
    const header = readHeader(workspaceRoot)
    if (header === null) return start(null)
    return (async () => {
      if (header.state !== 'protected') {
        const to = header.state === 'protecting' ? 'protected' : 'plain'
        return tell({ ...IDLE, state: 'halfway', to, problem: status.problem })
      }
      const { master, problem } = await keptKey(header, keychain).then(
        (key) => ({ master: key, problem: null }),
        (error: unknown) => ({ master: null, problem: sentence(error) }),
      )
      if (master === null) tell({ ...IDLE, state: 'locked', problem })
      else await start(master)
    })()
  }
  const opened = () => {
    try {
      open().catch(onUnusable)
    } catch (error) {
      onUnusable(error)
    }
  }
  opened()

  const change = async (to: WorkspaceForm, master: Uint8Array | null): Promise<void> => {
    const isOpen = status.state === 'plain' || status.state === 'protected'
    tell({ ...IDLE, state: 'working', to })
    let problem: string | null = null
    try {
      if (isOpen) {
        const running = backend
        backend = later<Backend>()
        await (await running.promise).close()
      }
      const worker = new Worker(new URL('./worker-protection.js', import.meta.url), {
        workerData: { workspaceRoot },
        name: 'earmark-protection',
      })
      const onEvent = (event: EarmarkEvent) => {
        if (event.type === 'protection.changed') tell(event.status)
      }
      changing = await connect(worker, onEvent, () => undefined)
      unwrap(await changing.invoke('protection', 'change', { to, master }))
    } catch (error) {
      if (!(error instanceof EarmarkError && error.code === 'cancelled')) problem = sentence(error)
    } finally {
      await changing?.close()
      changing = null
    }
    status = { ...status, problem }
    opened()
    options.window()?.webContents.reload()
  }
  /** Answers when it has begun. */
  const beginChange = (to: WorkspaceForm, master: Uint8Array | null, from: ProtectionStatus['state'][]) => {
    if (!from.includes(status.state))
      throw new EarmarkError('conflict', 'The workspace is in another state by now. Look at it again.')
    void change(to, master)
    return {}
  }

  const phrase = (): string => {
    if (prepared === null) throw new EarmarkError('conflict', 'There is no new recovery phrase. Begin again.')
    return phraseOf(prepared)
  }
  const draftFolder = join(workspaceRoot, 'drafts')
  return {
    drafts: {
      all: async () => {
        await backend.promise
        return { isProtected: keys !== null, drafts: await readDrafts(draftFolder, keys?.files ?? null) }
      },
      put: async (draft) => {
        await backend.promise
        await writeDraft(draftFolder, keys?.files ?? null, draft)
        return {}
      },
      remove: async ({ id }) => {
        await removeDraft(draftFolder, id)
        return {}
      },
      forgetProfile: async () => {
        await session.defaultSession.clearStorageData({ storages: ['indexdb'] })
        return {}
      },
    },
    invoke: async (feature, call, input) => (await backend.promise).invoke(feature, call, input),
    keys: () => keys,
    handlers: {
      status: () => status,
      prepare: () => {
        prepared = newMasterKey()
        return { phrase: phrase() }
      },
      savePhrase: async () => {
        const text = phraseFile(workspaceRoot, phrase())
        const window = options.window()
        if (!window) return { saved: false }
        const chosen = await dialog.showSaveDialog(window, {
          title: 'Save the recovery phrase',
          defaultPath: join(app.getPath('documents'), 'earmark-recovery-phrase.txt'),
          properties: ['showOverwriteConfirmation'],
        })
        if (chosen.canceled || !chosen.filePath) return { saved: false }
        await writeFile(chosen.filePath, text, { mode: 0o600, flush: true })
        return { saved: true }
      },
      protect: () => {
        phrase()
        const master = prepared
        const done = beginChange('protected', master, ['plain'])
        prepared = null
        return done
      },
      unprotect: () => beginChange('plain', null, ['protected']),
      resume: ({ to }) => beginChange(to, null, ['halfway']),
      cancel: async () => {
        await changing?.invoke('protection', 'cancel', {})
        return {}
      },
      unlock: async ({ phrase: typed }) => {
        if (status.state !== 'locked' && status.state !== 'halfway')
          throw new EarmarkError('conflict', 'The workspace is not locked any more.')
        await unlockWorkspace(workspaceRoot, typed, keychain)
        opened()
        return {}
      },
      retry: () => {
        if (status.state === 'locked') opened()
        return {}
      },
      acknowledge: () => {
        tell({ ...status, problem: null })
        return {}
      },
    },
    close: async () => {
      if (changing) await changing.close()
      const isOpen = status.state === 'plain' || status.state === 'protected'
      if (isOpen) await (await backend.promise).close()
    },
  }
}

interface Later<T> {
  promise: Promise<T>
  resolve: (value: T | Promise<T>) => void
}

function later<T>(): Later<T> {
  let resolve: Later<T>['resolve'] = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  // Whoever waits for it hears of a failure; the one that nobody waits for is told by `onUnusable`.
  promise.catch(() => undefined)
  return { promise, resolve }
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const phraseFile = (root: string, phrase: string): string =>
  `Recovery phrase of the Earmark workspace ${root}, of ${new Date().toISOString().slice(0, 10)}.
Whoever has it can open the workspace. Keep it apart from the computer.

${phrase
  .split(' ')
  .map((word, i) => `${i + 1}. ${word}`)
  .join('\n')}
`
