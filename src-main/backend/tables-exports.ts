import { backupHandlers } from '../backup/handlers'
import { keepBackups } from '../db/keep-backups'
import { exportHandlers } from '../exports/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Copies of what there is: exports and backups. They read for long, and neither a save nor a sync waits for them. */
export function exportsTables({ paths, appVersion, emit }: WorkerContext): Served {
  const endBackups = keepBackups(paths)
  const { close, ...backup } = backupHandlers({ paths, appVersion, emit })
  return {
    tables: {
      exports: { ...exportHandlers({ paths, emit }) },
      backup,
    },
    close: async () => {
      endBackups()
      await close()
    },
  }
}
