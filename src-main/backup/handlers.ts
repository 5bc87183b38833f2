import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type BackupFacts, type Contract, EarmarkError, type EarmarkEvent, type Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import type { SecretStore } from '../connections/secrets'
import type { WorkspacePaths } from '../db/workspace'
import { automaticBackups, unpackAutomatic } from './automatic'
import { freeName } from './exchange'
import { type BackupProgress, type BackupWork, isProtectedBackup, type Manifest } from './manifest'
import { openBackup } from './read-backup'
import { refuseOccupied, restoreBackup, takeEmptyPlace, unpackBackup } from './restore-backup'
import { backupSize, writeBackup } from './write-backup'

export interface BackupContext {
  paths: WorkspacePaths
  keychain: SecretStore
  appVersion: string
  emit: (event: EarmarkEvent) => void
}

/** Milliseconds between two events about the same backup. */
const PROGRESS_MS = 200

/** One backup or restore at a time; each opens the databases for itself, read-only. */
export function backupHandlers({
  paths,
  keychain,
  appVersion,
  emit,
}: BackupContext): Pick<Handlers<Contract['backup']>, 'size' | 'cancel' | 'automatic'> &
  Handlers<(typeof internalContract)['backup']> & { close: () => Promise<void> } {
  let running: { stop: AbortController; ended: Promise<unknown> } | null = null
  const alone = async <T>(work: (given: BackupWork) => Promise<T>): Promise<T> => {
    if (running !== null)
      throw new EarmarkError('busy', 'A backup is being written or restored now. Wait for it, or stop it.')
    const stop = new AbortController()
    const ended = work({ signal: stop.signal, onProgress: seldom(emit), keychain })
    running = { stop, ended }
    try {
      return await ended
    } finally {
      running = null
    }
  }
  return {
    size: () => backupSize(paths),
    automatic: () => automaticBackups(paths),
    cancel: () => {
      running?.stop.abort()
      return {}
    },
    // Whoever quits stops what is being written: nothing half-written stays behind.
    close: async () => {
      running?.stop.abort()
      await running?.ended.catch(() => undefined)
    },
    write: ({ path, withRecordings }) =>
      alone(async (given) => {
        const options = { ...given, withRecordings, appVersion, nowMs: Date.now() }
        return factsOf(path, await writeBackup(paths, path, options))
      }),
    inspect: async ({ path }) => {
      const opened = await openBackup(path)
      opened.close()
      return factsOf(path, opened.manifest)
    },
    restoreInto: ({ from, folder }) =>
      alone(async (given) => {
        const root = placeIn(folder)
        const { missingRecordings } =
          from.kind === 'file'
            ? await restoreBackup(from.path, root, given)
            : await takeEmptyPlace(await unpackAutomatic(paths, from.name, root, given), root)
        return { path: root, missingRecordings }
      }),
    unpackBeside: ({ from }) =>
      alone(async (given) => {
        const { folder } =
          from.kind === 'file'
            ? await unpackBackup(from.path, paths.root, given)
            : await unpackAutomatic(paths, from.name, paths.root, given)
        return { folder }
      }),
  }
}

const factsOf = (path: string, manifest: Manifest): BackupFacts => ({
  path,
  madeAt: manifest.madeAt,
  hasRecordings: manifest.hasRecordings,
  isProtected: isProtectedBackup(manifest),
  ...manifest.counts,
  bytes: statSync(path).size,
})

/** An empty folder itself, or a new one in it. */
function placeIn(folder: string): string {
  try {
    refuseOccupied(folder)
    return folder
  } catch (error) {
    if (!(error instanceof EarmarkError) || error.code !== 'conflict') throw error
    return freeName(join(folder, 'Earmark workspace'))
  }
}

/** The first of each phase, and a few a second. */
function seldom(emit: BackupContext['emit']): (progress: BackupProgress) => void {
  let last = ''
  let saidMs = 0
  return ({ phase, doneBytes, totalBytes }) => {
    if (phase === last && performance.now() - saidMs < PROGRESS_MS) return
    last = phase
    saidMs = performance.now()
    emit({ type: 'backup.progress', phase, doneBytes, totalBytes })
  }
}
