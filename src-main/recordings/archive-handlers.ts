import type { Contract, Handlers } from '@contract'
import type { internalContract } from '../backend/internal-contract'
import { listRecordingHosts, removeRecordingHost, setRecordingHost } from '../connections/recording-hosts'
import { openBothForReading } from '../db/workspace'
import type { CallsContext } from '../sync/context'
import type { SyncEngine } from '../sync/engine'
import { noteFacts, noteUsed } from './archive-rows'
import { keepFound, keepOne } from './keep'
import { storeQuota } from './storage'

type Table = Pick<
  Handlers<Contract['recordings']>,
  | 'fetch'
  | 'cancelFetch'
  | 'use'
  | 'hosts'
  | 'setHost'
  | 'removeHost'
  | 'setQuota'
  | 'wouldRemove'
  | 'keep'
  | 'cancelKeep'
  | 'downloadWaiting'
> &
  Pick<Handlers<(typeof internalContract)['recordings']>, 'noteFacts' | 'download'>

const PROGRESS_MS = 200

/** The calls of `recordings` that write `calls.db`. */
export const archiveHandlers = (
  context: Pick<CallsContext, 'db' | 'paths' | 'secrets' | 'emit'>,
  engine: Pick<SyncEngine, 'fetchRecording' | 'cancelFetch' | 'downloadWaiting' | 'room'>,
): Table => {
  const { db, emit } = context
  const keeping = new Set<AbortController>()
  return {
    fetch: async ({ callId }) => {
      await engine.fetchRecording(callId)
      return {}
    },
    cancelFetch: ({ callId }) => {
      engine.cancelFetch(callId)
      return {}
    },
    use: ({ callId }) => {
      noteUsed(db, callId, Date.now())
      return {}
    },
    noteFacts: ({ callId, ...facts }) => {
      // Estimated times of turns rest on the length.
      if (noteFacts(db, callId, facts)) emit({ type: 'recordings.changed', callId, state: 'ready' })
      return {}
    },

    hosts: () => listRecordingHosts(db),
    setHost: (draft) => setRecordingHost(context, draft, Date.now()),
    removeHost: async ({ host }) => {
      await removeRecordingHost(context, host)
      return {}
    },

    setQuota: async ({ quotaBytes }) => {
      storeQuota(db, quotaBytes)
      const removal = await engine.room.make(Number.MAX_SAFE_INTEGER, Date.now())
      emit({ type: 'recordings.storage' })
      return removal
    },
    wouldRemove: ({ quotaBytes }) => engine.room.plan(quotaBytes, Date.now()),

    keep: async ({ what, keep }) => {
      const nowMs = Date.now()
      const done =
        what.kind === 'call'
          ? { ...keepOne(db, what.callId, keep, nowMs), isCancelled: false }
          : await keepQuery(what.query, keep, nowMs)
      if (done.toDownload > 0) engine.downloadWaiting()
      // What was let go may be over the quota now.
      if (!keep) await engine.room.make(Number.MAX_SAFE_INTEGER, nowMs)
      emit({ type: 'recordings.storage' })
      emit({ type: 'calls.changed' })
      return done
    },
    cancelKeep: () => {
      for (const stop of keeping) stop.abort()
      return {}
    },
    downloadWaiting: () => {
      const { connections, busy } = engine.downloadWaiting()
      return { connections, busy }
    },
    download: async () => {
      const { connections, busy, ended } = engine.downloadWaiting()
      const results = await ended
      const sum = (of: 'downloaded' | 'failed') =>
        results.reduce((total, { counts }) => total + counts.recordings[of], 0)
      const problems = results.flatMap(({ problem }) => problem ?? [])
      return { connections, busy, downloaded: sum('downloaded'), failed: sum('failed'), problems }
    },
  }

  async function keepQuery(query: string, keep: boolean, nowMs: number) {
    const stop = new AbortController()
    keeping.add(stop)
    const reader = openBothForReading(context.paths)
    let saidAtMs = 0
    try {
      return await keepFound(
        db,
        reader,
        { query, keep, nowMs },
        {
          signal: stop.signal,
          onProgress: (done) => {
            if (performance.now() - saidAtMs < PROGRESS_MS) return
            saidAtMs = performance.now()
            emit({ type: 'recordings.keeping', done })
          },
        },
      )
    } finally {
      reader.close()
      keeping.delete(stop)
    }
  }
}
