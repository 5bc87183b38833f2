import { parentPort, workerData } from 'node:worker_threads'
import { type EarmarkEvent, ProtectionStatus, type WorkspaceForm } from '@contract'
import { openKeychain } from '../connections/secrets'
import { protectionOf, protectWorkspace, resumeChange } from '../protection/change-over'
import { serve } from './channel'

/** Changes a workspace over that nobody has open, and ends. */
if (!parentPort) throw new Error('This file is started as a worker, not by itself.')
const { workspaceRoot } = workerData as { workspaceRoot: string }
const PROGRESS_MS = 100

void serve(parentPort, (emit) => {
  const stop = new AbortController()
  return {
    tables: {
      protection: {
        /** `master`: the new key of a plain workspace. */
        change: async ({ to, master }: { to: WorkspaceForm; master: Uint8Array | null }) => {
          const following = { signal: stop.signal, onProgress: calmly(emit, to) }
          if (to === 'protected' && master !== null && protectionOf(workspaceRoot) === 'plain')
            await protectWorkspace(workspaceRoot, master, openKeychain(), following)
          else await resumeChange(workspaceRoot, to, openKeychain(), following)
          return {}
        },
        cancel: () => {
          stop.abort()
          return {}
        },
      },
    },
    close: () => undefined,
  }
})

/** Tells progress a few times a second. */
function calmly(emit: (event: EarmarkEvent) => void, to: WorkspaceForm) {
  let nextMs = 0
  return (progress: { done: number; total: number }) => {
    const nowMs = Date.now()
    if (nowMs < nextMs) return
    nextMs = nowMs + PROGRESS_MS
    const status = ProtectionStatus.parse({ state: 'working', to, ...progress, problem: null })
    emit({ type: 'protection.changed', status })
  }
}
