import { keepBackups } from '../db/keep-backups'
import { exportHandlers } from '../exports/handlers'
import { removeUnfinished } from '../exports/unfinished'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

/** Copies of what there is: exports and backups. They read for long, and neither a save nor a sync waits for them. */
export function exportsTables({ paths, emit }: WorkerContext): Served {
  removeUnfinished(paths)
  const endBackups = keepBackups(paths, (message) => emit({ type: 'workspace.damaged', message }))
  return {
    tables: { exports: { ...exportHandlers({ paths, emit }) } },
    close: endBackups,
  }
}
