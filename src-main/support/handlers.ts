import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Contract, EarmarkError, type Handlers, type SupportReport } from '@contract'
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

/** Reports for somebody who helps. The last one is kept until the next, so that what is saved is what was read. */
export function supportHandlers({
  paths,
  keychain,
  appVersion,
  isWindow,
}: SupportContext): Pick<Handlers<Contract['support']>, 'report' | 'cancel'> &
  Handlers<(typeof internalContract)['support']> {
  let last: SupportReport | null = null
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
        last = { id: randomUUID(), parts }
        return last
      } finally {
        if (running === stop) running = null
      }
    },
    cancel: () => {
      running?.abort()
      return {}
    },
    write: async ({ id, path }) => {
      if (last === null || last.id !== id)
        throw new EarmarkError(
          'not_found',
          'There is a newer report than this one. Make it again, then save it.',
        )
      return writeReport(last.parts, path, {
        nowMs: Date.now(),
        isRefused: (folder, name) => ownFile(paths, join(folder, name)),
      })
    },
  }
}
