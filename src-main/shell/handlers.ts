import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract, FolderDraft, Handlers, Result } from '@contract'
import {
  ChosenFolder,
  Connection,
  EarmarkError,
  ExportDone,
  ImportDone,
  PurgeRecord,
  ReportSaved,
  SupportReport,
  unwrap,
} from '@contract'
import { app, type BrowserWindow, dialog, shell } from 'electron'
import { z } from 'zod'
import { systemUserName } from '../system-user'
import type { LinkDesk } from './link-desk'

type InvokeBackend = (feature: string, call: string, input: unknown) => Promise<Result<unknown>>

const Counts = z.object({
  callCount: z.number(),
  recordingCount: z.number(),
  connectionCount: z.number(),
  annotationCount: z.number(),
})

const PLATFORMS: Partial<Record<NodeJS.Platform, 'mac' | 'windows'>> = { darwin: 'mac', win32: 'windows' }

export interface ShellContext {
  workspaceRoot: string
  isFallback: boolean
  window: () => BrowserWindow
  invoke: InvokeBackend
  links: LinkDesk
  /** Gives this workspace's place to a folder that was made for it beside it, and starts anew; comes back only to raise. */
  exchange: (folder: string) => Promise<void>
}

/** Calls that need the system around the window: dialogs, file manager, who is logged in. */
export function workspaceHandlers({
  workspaceRoot,
  isFallback,
  window,
  invoke,
  links,
}: ShellContext): Handlers<Contract['workspace']> {
  return {
    info: async () => ({
      ...Counts.parse(unwrap(await invoke('counts', 'all', {}))),
      path: workspaceRoot,
      version: app.getVersion(),
      electronVersion: process.versions.electron,
      runtime: isFallback ? 'fallback' : 'official',
      platform: PLATFORMS[process.platform] ?? 'linux',
      userName: systemUserName(),
    }),
    openSample: async () => ImportDone.parse(unwrap(await invoke('imports', 'sample', {}))),
    importFiles: async () => {
      const chosen = await dialog.showOpenDialog(window(), {
        title: 'Import call logs',
        message: "A vendor's answers saved as JSON, or JSON lines",
        properties: ['openFile', 'multiSelections'],
        filters: [
          { name: 'Call logs', extensions: ['json', 'jsonl', 'ndjson'] },
          { name: 'All files', extensions: ['*'] },
        ],
      })
      if (chosen.canceled || chosen.filePaths.length === 0) return null
      return ImportDone.parse(
        unwrap(await invoke('imports', 'files', { paths: chosen.filePaths, connectionName: null })),
      )
    },
    cancelImport: async () => {
      unwrap(await invoke('imports', 'cancel', {}))
      return {}
    },
    takeLink: () => links.take(),
    reveal: () => {
      shell.showItemInFolder(join(workspaceRoot, 'reviews.db'))
      return {}
    },
  }
}

/** Exports: the file is chosen here, in the system's dialog; the page never names a path. */
export function exportHandlers({
  window,
  invoke,
}: ShellContext): Pick<Handlers<Contract['exports']>, 'save' | 'reveal'> {
  let last: string | null = null
  return {
    save: async (options) => {
      const day = localDay(Date.now())
      const chosen = await dialog.showSaveDialog(window(), {
        title: options.what === 'annotations' ? 'Export annotations' : 'Export calls',
        defaultPath: join(app.getPath('documents'), `earmark-${options.what}-${day}.csv`),
        filters: [{ name: 'CSV', extensions: ['csv'] }],
        properties: ['showOverwriteConfirmation'],
      })
      if (chosen.canceled || !chosen.filePath) return null
      const done = ExportDone.parse(
        unwrap(await invoke('exports', 'write', { options, path: chosen.filePath, before: null })),
      )
      last = done.path
      return done
    },
    reveal: () => {
      if (last === null)
        throw new EarmarkError('not_found', 'Nothing has been exported since Earmark was started.')
      shell.showItemInFolder(last)
      return {}
    },
  }
}

/** The annotations of what is purged are exported first, where that is wanted: to a file that is chosen here. */
export function retentionHandlers({
  window,
  invoke,
}: ShellContext): Pick<Handlers<Contract['retention']>, 'purge'> {
  return {
    purge: async ({ before, annotations, exportFirst, asRule }) => {
      let exported: ExportDone | null = null
      if (exportFirst) {
        const chosen = await dialog.showSaveDialog(window(), {
          title: 'Export annotations, then purge',
          defaultPath: join(
            app.getPath('documents'),
            `earmark-annotations-before-${before.slice(0, 10)}.csv`,
          ),
          filters: [{ name: 'CSV', extensions: ['csv'] }],
          properties: ['showOverwriteConfirmation'],
        })
        if (chosen.canceled || !chosen.filePath) return null
        const options = { what: 'annotations', query: null, bom: true, raw: false, redact: false }
        // Raises where the file could not be written: nothing goes then.
        exported = ExportDone.parse(
          unwrap(await invoke('exports', 'write', { options, path: chosen.filePath, before })),
        )
      }
      const by = asRule ? 'rule' : 'person'
      const about = { exportedTo: exported?.path ?? null, exportedRows: exported?.rows ?? null }
      return PurgeRecord.parse(
        unwrap(await invoke('retention', 'run', { before, by, annotations, ...about })),
      )
    },
  }
}

/**
 * Reports for somebody who helps: where they go is chosen here, like exports. The last one is kept until the next, so that
 * what is saved is what was read. `ask`: whoever can make and write one now.
 */
export function supportHandlers(
  { window }: ShellContext,
  ask: (call: 'report' | 'write', input: object) => Promise<Result<unknown>>,
): Pick<Handlers<Contract['support']>, 'report' | 'save' | 'reveal'> {
  let report: SupportReport | null = null
  let saved: string | null = null
  return {
    report: async () => {
      const made = SupportReport.parse(unwrap(await ask('report', {})))
      report = made
      return made
    },
    save: async ({ id }) => {
      if (report?.id !== id)
        throw new EarmarkError(
          'not_found',
          'There is a newer report than this one. Make it again, then save it.',
        )
      const { parts } = report
      const chosen = await dialog.showSaveDialog(window(), {
        title: 'Save a report for support',
        defaultPath: join(app.getPath('documents'), `earmark-report-${localDay(Date.now())}.zip`),
        filters: [{ name: 'Zip file', extensions: ['zip'] }],
        properties: ['showOverwriteConfirmation'],
      })
      if (chosen.canceled || !chosen.filePath) return null
      const done = ReportSaved.parse(unwrap(await ask('write', { parts, path: chosen.filePath })))
      saved = done.path
      return done
    },
    reveal: () => {
      if (saved === null)
        throw new EarmarkError('not_found', 'No report has been saved since Earmark was started.')
      shell.showItemInFolder(saved)
      return {}
    },
  }
}

/**
 * Folders of connections are chosen here, in the system's dialog: the page may only name one that was chosen since
 * Earmark was started.
 */
export function folderHandlers({
  window,
  invoke,
}: ShellContext): Pick<
  Handlers<Contract['connections']>,
  'chooseFolder' | 'createFolder' | 'updateFolder' | 'revealFolder'
> {
  const chosen = new Set<string>()
  const requireChosen = ({ folder }: FolderDraft) => {
    if (folder === null || chosen.has(folder)) return
    throw new EarmarkError('invalid_input', 'Choose the folder with "Choose folder…" first.', {
      field: 'folder',
    })
  }
  return {
    chooseFolder: async () => {
      const answer = await dialog.showOpenDialog(window(), {
        title: 'Choose a folder to watch',
        message: 'The folder into which calls (JSON) and recordings are put',
        buttonLabel: 'Watch this folder',
        properties: ['openDirectory'],
      })
      const [folder] = answer.filePaths
      if (answer.canceled || folder === undefined) return null
      const found = ChosenFolder.parse(unwrap(await invoke('imports', 'lookIntoFolder', { folder })))
      chosen.add(folder)
      return found
    },
    createFolder: async (input) => {
      requireChosen(input.draft)
      return Connection.parse(unwrap(await invoke('connections', 'createFolder', input)))
    },
    updateFolder: async (input) => {
      requireChosen(input.draft)
      return Connection.parse(unwrap(await invoke('connections', 'updateFolder', input)))
    },
    revealFolder: async ({ id }) => {
      const all = z.array(Connection).parse(unwrap(await invoke('connections', 'list', {})))
      const folder = all.find((one) => one.id === id)?.folder ?? null
      if (folder === null) throw new EarmarkError('not_found', 'This connection has no folder any more.')
      const isThere = await stat(folder).then(
        (facts) => facts.isDirectory(),
        () => false,
      )
      if (!isThere)
        throw new EarmarkError(
          'file_unreadable',
          `The folder "${folder}" is not there. Bring it back (is its drive connected?), or choose another one.`,
        )
      shell.showItemInFolder(folder)
      return {}
    },
  }
}

/** The day as its reader calls it, for names of files. */
function localDay(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
