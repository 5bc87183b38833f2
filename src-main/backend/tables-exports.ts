import { isMainThread } from 'node:worker_threads'
import { backupHandlers } from '../backup/handlers'
import { openKeychain } from '../connections/secrets'
import { keepBackups } from '../db/keep-backups'
import { exportHandlers } from '../exports/handlers'
import { removeUnfinished } from '../exports/unfinished'
import { supportHandlers } from '../support/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Copies of what there is: exports and backups. They read for long, and neither a save nor a sync waits for them. */
export function exportsTables({ paths, emit, appVersion }: WorkerContext): Served {
  removeUnfinished(paths)
  const endBackups = keepBackups(paths, (message) => emit({ type: 'workspace.damaged', message }))
  const keychain = openKeychain()
  const { close, ...backup } = backupHandlers({ paths, keychain, appVersion, emit })
  return {
    tables: {
      exports: { ...exportHandlers({ paths, emit }) },
      backup,
      support: {
        ...supportHandlers({ paths, keychain, appVersion, isWindow: !isMainThread }),
      },
    },
    close: async () => {
      endBackups()
      await close()
    },
  }
}
