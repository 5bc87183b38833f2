import { type DatabaseName, Repaired } from '@contract'
import { openKeychain } from '../connections/secrets'
import { examineDatabases, type RepairReport, repairDatabases, restoreNewestBackup } from '../db/repair'
import { supportHandlers } from '../support/handlers'
import type { Served } from './channel'
import type { WorkerContext } from './worker'

const SAY_MS = 200

/** Repairs a workspace that nobody has open, or tells of it. */
export function repairTables({ paths, emit, appVersion }: WorkerContext): Served {
  let saidMs = 0
  return {
    tables: {
      repair: {
        examine: () =>
          examineDatabases(paths).map(({ name, problem, backup }) => ({
            name,
            problem,
            backup: backup && { madeAt: new Date(backup.madeAtMs).toISOString(), rows: backup.rows },
          })),
        repair: () =>
          repairDatabases(paths, Date.now(), (name, rows) => {
            if (performance.now() - saidMs < SAY_MS) return
            saidMs = performance.now()
            emit({ type: 'repair.progress', name, rows })
          }).map(told),
        openBackup: ({ name }: { name: DatabaseName }) => told(restoreNewestBackup(paths, name, Date.now())),
      },
      support: { ...supportHandlers({ paths, keychain: openKeychain(), appVersion, isWindow: true }) },
    },
    close: () => undefined,
  }
}

const told = (report: RepairReport): Repaired => Repaired.parse(report)
