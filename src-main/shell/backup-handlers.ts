import { join } from 'node:path'
import {
  BackupFacts,
  type Contract,
  EarmarkError,
  type Handlers,
  RestoreDone,
  type RestoreSource,
  unwrap,
} from '@contract'
import { app, dialog, shell } from 'electron'
import { z } from 'zod'
import type { ShellContext } from './handlers'
import { openWorkspace } from './open-workspace'

const FILTERS = [{ name: 'Backup of Earmark', extensions: ['zip'] }]
const Unpacked = z.object({ folder: z.string() })

/** Backups: files and folders are chosen here, in the system's dialogs; the page never names one. */
export function backupHandlers({
  window,
  invoke,
  exchange,
}: ShellContext): Pick<
  Handlers<Contract['backup']>,
  'save' | 'choose' | 'restore' | 'replace' | 'reveal' | 'open'
> {
  let chosenFile: string | null = null
  let restored: string | null = null
  let last: string | null = null
  const sourceOf = (from: RestoreSource) => {
    if (from.kind === 'automatic') return from
    if (chosenFile === null) throw new EarmarkError('invalid_input', 'Choose a backup with "Restore…" first.')
    return { kind: 'file' as const, path: chosenFile }
  }
  return {
    save: async ({ withRecordings }) => {
      const day = new Date().toISOString().slice(0, 10)
      const chosen = await dialog.showSaveDialog(window(), {
        title: 'Back up this workspace',
        defaultPath: join(app.getPath('documents'), `earmark-backup-${day}.zip`),
        filters: FILTERS,
        properties: ['showOverwriteConfirmation'],
      })
      if (chosen.canceled || !chosen.filePath) return null
      const done = BackupFacts.parse(
        unwrap(await invoke('backup', 'write', { path: chosen.filePath, withRecordings })),
      )
      last = done.path
      return done
    },
    choose: async () => {
      const chosen = await dialog.showOpenDialog(window(), {
        title: 'Choose a backup to restore',
        message: 'A file that Earmark wrote, on this or another computer',
        properties: ['openFile'],
        filters: [...FILTERS, { name: 'All files', extensions: ['*'] }],
      })
      const [path] = chosen.filePaths
      if (chosen.canceled || path === undefined) return null
      const facts = BackupFacts.parse(unwrap(await invoke('backup', 'inspect', { path })))
      chosenFile = path
      return facts
    },
    restore: async ({ from }) => {
      const source = sourceOf(from)
      const chosen = await dialog.showOpenDialog(window(), {
        title: 'Choose where to restore',
        message: 'An empty folder, or one in which a new folder is made',
        buttonLabel: 'Restore here',
        properties: ['openDirectory', 'createDirectory'],
      })
      const [folder] = chosen.filePaths
      if (chosen.canceled || folder === undefined) return null
      const done = RestoreDone.parse(unwrap(await invoke('backup', 'restoreInto', { from: source, folder })))
      restored = done.path
      last = done.path
      return done
    },
    replace: async ({ from }) => {
      const { folder } = Unpacked.parse(
        unwrap(await invoke('backup', 'unpackBeside', { from: sourceOf(from) })),
      )
      await exchange(folder)
      return {}
    },
    reveal: () => {
      if (last === null)
        throw new EarmarkError('not_found', 'Nothing was backed up or restored since Earmark was started.')
      shell.showItemInFolder(last)
      return {}
    },
    open: () => {
      if (restored === null)
        throw new EarmarkError('not_found', 'Nothing was restored since Earmark was started.')
      openWorkspace(restored)
      return {}
    },
  }
}
