import type { EarmarkEvent } from '@contract'
import type { WriteDb } from '../db/open'
import { explainSqliteError } from '../db/sqlite-errors'
import { ensureIndex } from './search-index'

const SAY_MS = 250

/** Whoever writes `calls.db` keeps its index: builds it where it is missing, and anew where it is damaged. */
export interface IndexKeeper {
  /** Builds the index anew, in slices between which syncs go on. One that is going on already is joined. */
  rebuild(): Promise<void>
  /** Stops between two slices; the next start goes on from there. */
  close(): Promise<void>
}

/** Begins at once, where there is anything to do; how far it is comes as `search.index` events. */
export function keepIndex(db: WriteDb, emit: (event: EarmarkEvent) => void): IndexKeeper {
  const stop = new AbortController()
  let running: Promise<void> | null = null
  let rebuilding: Promise<void> | null = null
  const work = (force: boolean): Promise<void> => {
    let saidAtMs = 0
    const onProgress = (done: number, total: number): void => {
      if (performance.now() - saidAtMs < SAY_MS) return
      saidAtMs = performance.now()
      emit({ type: 'search.index', done, total })
    }
    const mine = ensureIndex(db, { force, signal: stop.signal, onProgress })
      .catch((error: unknown) => {
        throw explainSqliteError(error, 'calls.db', db.name)
      })
      .then((hasChanged) => {
        if (!hasChanged || stop.signal.aborted) return
        emit({ type: 'search.index', done: null, total: null })
        emit({ type: 'calls.changed' })
      })
      .finally(() => {
        if (running === mine) running = null
      })
    running = mine
    return mine
  }
  // What goes wrong here is met again by whoever searches.
  work(false).catch(() => undefined)
  return {
    rebuild: () => {
      // A damaged index may be half way through being made.
      const begun = running?.catch(() => undefined)
      rebuilding ??= (begun ? begun.then(() => work(true)) : work(true)).finally(() => {
        rebuilding = null
      })
      return rebuilding
    },
    close: async () => {
      stop.abort()
      await running?.catch(() => undefined)
      await rebuilding?.catch(() => undefined)
    },
  }
}
