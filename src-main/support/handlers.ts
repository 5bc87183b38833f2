import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import type { SecretStore } from '../connections/secrets'
import type { WorkspacePaths } from '../db/workspace'
import { ownFile } from '../exports/own-file'
import { makeReport } from './report'
import { writeReport } from './write-report'

export interface SupportContext {
  paths: WorkspacePaths
  keychain: SecretStore
  appVersion: string
  isWindow: boolean
}

/** Reports for somebody who helps. They need no database that can be opened, and nothing is kept of them. */
export function supportHandlers({
  paths,
  keychain,
  appVersion,
  isWindow,
}: SupportContext): Pick<Handlers<Contract['support']>, 'report' | 'cancel'> &
  Handlers<(typeof internalContract)['support']> {
  let running: AbortController | null = null
  return {
    report: async () => {
      // Whoever asks again has closed the first one's window.
      running?.abort()
      const stop = new AbortController()
      running = stop
      try {
        const nowMs = Date.now()
        const parts = await makeReport({ paths, keychain, appVersion, isWindow, nowMs, signal: stop.signal })
        return { id: randomUUID(), parts }
      } finally {
        if (running === stop) running = null
      }
    },
    cancel: () => {
      running?.abort()
      return {}
    },
    write: ({ parts, path }) =>
      writeReport(parts, path, {
        nowMs: Date.now(),
        isRefused: (folder, name) => ownFile(paths, join(folder, name)),
      }),
  }
}
