import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Contract, EarmarkEvent, Handlers, ProtectionStatus, WorkspaceForm } from '@contract'
import { EarmarkError, unwrap } from '@contract'
import { app, type BrowserWindow, dialog, session } from 'electron'
import { type Connected, connect } from '../backend/channel'
import type { KeptBackend } from '../backend/keep-backend'
import { openKeychain } from '../connections/secrets'
import { readDrafts, removeDraft, writeDraft } from '../protection/draft-files'
import { readHeader } from '../protection/header'
import { newMasterKey, WorkspaceKeys } from '../protection/keys'
import { phraseOf } from '../protection/phrase'
import { writePhraseFile } from '../protection/phrase-file'
import { keptKey, unlockWorkspace } from '../protection/unlock'

export interface WorkspaceHost {
  /** What workers are to be started with: waits until the workspace can be opened. Null: it is not protected. */
  masterKey: () => Promise<Uint8Array | null>
  /** That of the workspace as it is open now. */
  master: () => Uint8Array | null
  keys: () => WorkspaceKeys | null
  handlers: Handlers<Contract['protection']>
  drafts: Handlers<Contract['drafts']>
  close: () => Promise<void>
}

const IDLE = { to: null, done: 0, total: null, problem: null } as const

/**
 * Gives the workers the workspace's key as soon as it is there, and has the workspace changed over: all workers end, one of its
 * own encrypts or decrypts, and they begin again. The page is loaded anew then.
 */
export function hostWorkspace(options: {
  workspaceRoot: string
  backend: () => KeptBackend
  send: (event: EarmarkEvent) => void
  window: () => BrowserWindow | null
}): WorkspaceHost {
  const { workspaceRoot, send } = options
  const keychain = openKeychain()
  let status: ProtectionStatus = { ...IDLE, state: 'opening' }
  let master: Uint8Array | null = null
  let keys: WorkspaceKeys | null = null
  let prepared: Uint8Array | null = null
  let changing: Connected | null = null
  let wake: () => void = () => undefined
  /** Why the last change failed, until somebody has seen it. */
  let failure: string | null = null

  const tell = (next: ProtectionStatus) => {
    status = next
    send({ type: 'protection.changed', status })
  }
  const isOpen = () => status.state === 'plain' || status.state === 'protected'

  const masterKey = async (): Promise<Uint8Array | null> => {
    for (;;) {
      const header = readHeader(workspaceRoot)
      if (header === null) {
        master = keys = null
        tell({ ...IDLE, state: 'plain', problem: failure })
        return null
      }
      if (header.state === 'protected') {
        const found = await keptKey(header, keychain).then(
          (key) => ({ key, problem: null }),
          (error: unknown) => ({ key: null, problem: sentence(error) }),
        )
        if (found.key !== null) {
          master = found.key
          keys = new WorkspaceKeys(found.key)
          tell({ ...IDLE, state: 'protected', problem: failure })
          return master
        }
        tell({ ...IDLE, state: 'locked', problem: found.problem })
      } else
        tell({
          ...IDLE,
          state: 'halfway',
          to: header.state === 'protecting' ? 'protected' : 'plain',
          problem: failure,
        })
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  /** In a worker of its own, while nobody has the workspace open. Never rejects: `problem` tells. */
  const convert = async (to: WorkspaceForm, newMaster: Uint8Array | null): Promise<void> => {
    failure = null
    try {
      const worker = new Worker(new URL('./worker-protection.js', import.meta.url), {
        workerData: { workspaceRoot },
        name: 'earmark-protection',
      })
      const onEvent = (event: EarmarkEvent) => {
        if (event.type === 'protection.changed') tell(event.status)
      }
      changing = await connect(worker, onEvent, () => undefined)
      unwrap(await changing.invoke('protection', 'change', { to, master: newMaster }))
    } catch (error) {
      if (!(error instanceof EarmarkError && error.code === 'cancelled')) failure = sentence(error)
    } finally {
      await changing?.close()
      changing = null
    }
  }
  const change = async (to: WorkspaceForm, newMaster: Uint8Array | null): Promise<void> => {
    const wasOpen = isOpen()
    tell({ ...IDLE, state: 'working', to })
    // The page begins anew before it is told that it may go on: nobody starts something that the loading would end.
    const work = async () => {
      await convert(to, newMaster)
      await reloaded(options.window())
    }
    if (wasOpen) await options.backend().apart(work)
    else {
      // Nobody has it open: whoever starts the workers still waits for the key.
      await work()
      wake()
    }
  }
  /** Answers when it has begun. */
  const beginChange = (
    to: WorkspaceForm,
    newMaster: Uint8Array | null,
    from: ProtectionStatus['state'][],
  ) => {
    if (!from.includes(status.state))
      throw new EarmarkError('conflict', 'The workspace is in another state by now. Look at it again.')
    change(to, newMaster).catch((error: unknown) => {
      failure = sentence(error)
      tell({ ...status, problem: failure })
    })
    return {}
  }
  const requireOpen = async (): Promise<void> => {
    const problem = await options.backend().problem()
    if (problem !== null) throw problem
  }

  const phrase = (): string => {
    if (prepared === null) throw new EarmarkError('conflict', 'There is no new recovery phrase. Begin again.')
    return phraseOf(prepared)
  }
  const draftFolder = join(workspaceRoot, 'drafts')
  return {
    drafts: {
      all: async () => {
        await requireOpen()
        return { isProtected: keys !== null, drafts: await readDrafts(draftFolder, keys?.files ?? null) }
      },
      put: async (draft) => {
        await requireOpen()
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
    masterKey,
    master: () => master,
    keys: () => keys,
    handlers: {
      status: () => status,
      prepare: () => {
        prepared = newMasterKey()
        return { phrase: phrase() }
      },
      savePhrase: async () => {
        const words = phrase()
        const window = options.window()
        if (!window) return { saved: false }
        const chosen = await dialog.showSaveDialog(window, {
          title: 'Save the recovery phrase',
          defaultPath: join(app.getPath('documents'), 'earmark-recovery-phrase.txt'),
          properties: ['showOverwriteConfirmation'],
        })
        if (chosen.canceled || !chosen.filePath) return { saved: false }
        await writePhraseFile(chosen.filePath, { root: workspaceRoot, phrase: words, nowMs: Date.now() })
        return { saved: true }
      },
      protect: () => {
        phrase()
        const done = beginChange('protected', prepared, ['plain'])
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
        wake()
        return {}
      },
      retry: () => {
        if (status.state === 'locked') wake()
        return {}
      },
      acknowledge: () => {
        failure = null
        tell({ ...status, problem: null })
        return {}
      },
    },
    close: async () => {
      // Broken off, it goes on at the next start; a workspace that is locked has no workers.
      if (isOpen()) await options.backend().close()
    },
  }
}

/** Loads the page anew; resolves when the old one is gone. */
const reloaded = (window: BrowserWindow | null): Promise<void> =>
  new Promise((resolve) => {
    if (window === null || window.isDestroyed()) {
      resolve()
      return
    }
    const { webContents } = window
    const done = () => resolve()
    webContents.once('did-navigate', done)
    webContents.once('did-fail-load', done)
    webContents.once('destroyed', done)
    webContents.reload()
  })

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
