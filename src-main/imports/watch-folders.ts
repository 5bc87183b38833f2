import { stat } from 'node:fs/promises'
import { EarmarkError } from '@contract'
import type { FSWatcher } from 'chokidar'
import { folderConnections } from '../connections/folders'
import { listRuns, type StoredConnection } from '../connections/queries'
import type { CallsContext } from '../sync/context'
import type { SyncEngine } from '../sync/engine'
import { isFolderRead, kindOfFile } from './folder-names'
import { hasWork } from './folder-plan'
import { lookIntoFolder } from './folder-run'

/** How often is looked. For tests to shorten. */
export interface WatchTimes {
  /** Which connections there are, and whether their folders are. */
  tickMs: number
  /** Events close together are one. */
  debounceMs: number
  /** Everything is looked through, whatever the system tells: shares tell nothing. */
  rescanMs: number
}
const TIMES: WatchTimes = { tickMs: 2000, debounceMs: 400, rescanMs: 60_000 }

type FolderConnection = StoredConnection & { folder: string }

/**
 * Watches the folders of all folder connections and has read what comes in. The system's events are only a hint to
 * look now: what there is to do is found by looking (see `planFolder`), at start and every `rescanMs` too. Answers how to
 * stop; resolves when nothing of it runs any more. Reads that are under way are the engine's to cancel.
 */
export function watchFolders(
  context: CallsContext,
  engine: SyncEngine,
  times: WatchTimes = TIMES,
): { close: () => Promise<void> } {
  const watched = new Map<string, WatchedFolder>()
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let ticking = Promise.resolve()

  const tick = async () => {
    const connections = new Map(folderConnections(context.db).map((one) => [one.id, one]))
    for (const [id, folder] of watched) {
      if (connections.get(id)?.folder === folder.connection.folder) continue
      watched.delete(id)
      await folder.close()
    }
    for (const [id, connection] of connections) {
      const known = watched.get(id) ?? new WatchedFolder(context, engine, connection, times, stop.signal)
      watched.set(id, known)
      known.connection = connection
      await known.tick()
    }
  }
  const again = () => {
    if (stop.signal.aborted) return
    // A database that can't be read just now is for the next call to report; the next look may succeed.
    ticking = tick().catch(() => undefined)
    void ticking.then(() => {
      if (!stop.signal.aborted) timer = setTimeout(again, times.tickMs)
    })
  }
  // The first screen comes first.
  timer = setTimeout(again, times.tickMs)
  return {
    close: async () => {
      stop.abort()
      clearTimeout(timer)
      await ticking
      await Promise.all([...watched.values()].map((folder) => folder.close()))
    },
  }
}

/** One folder: is it there, did something happen in it, is it being read. */
class WatchedFolder {
  connection: FolderConnection
  readonly #context: CallsContext
  readonly #engine: SyncEngine
  readonly #times: WatchTimes
  readonly #signal: AbortSignal
  #watcher: FSWatcher | null = null
  /** What tells one mounted folder from another at the same place; null: it is not there. */
  #identity: string | null = null
  #isFirst = true
  /** Something may be new: since it was said by the system, or only because it is time to look. */
  #wish: 'event' | 'look' | null = 'event'
  #lookedAtMs = 0
  #reading: Promise<void> | null = null
  #soon: NodeJS.Timeout | null = null

  constructor(
    context: CallsContext,
    engine: SyncEngine,
    connection: FolderConnection,
    times: WatchTimes,
    signal: AbortSignal,
  ) {
    this.#context = context
    this.#engine = engine
    this.connection = connection
    this.#times = times
    this.#signal = signal
  }

  async tick(): Promise<void> {
    const identity = await identityOf(this.connection.folder)
    if (identity !== this.#identity || this.#isFirst) {
      this.#isFirst = false
      this.#identity = identity
      await this.#watcher?.close()
      this.#watcher = identity === null || this.#signal.aborted ? null : await this.#watch()
      this.#wish = 'event'
    }
    if (this.#wish === null && Math.abs(Date.now() - this.#lookedAtMs) >= this.#times.rescanMs)
      this.#wish = 'look'
    this.#read()
  }

  async close(): Promise<void> {
    if (this.#soon) clearTimeout(this.#soon)
    await this.#watcher?.close()
    await this.#reading
  }

  async #watch(): Promise<FSWatcher> {
    const { folder } = this.connection
    // Most workspaces watch nothing: they need not read its files at start.
    const { watch } = await import('chokidar')
    const watcher = watch(folder, {
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      ignored: (path, facts) => {
        if (path === folder || path.length <= folder.length) return false
        const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
        return facts?.isFile() ? kindOfFile(name) === null : !isFolderRead(name)
      },
    })
    watcher.on('all', () => {
      this.#wish = 'event'
      this.#soon ??= setTimeout(() => {
        this.#soon = null
        this.#read()
      }, this.#times.debounceMs)
    })
    // No more watches to be had, a drive pulled out: the regular look finds what events don't tell.
    watcher.on('error', () => undefined)
    return watcher
  }

  #read(): void {
    if (this.#wish === null || this.#reading !== null || this.#signal.aborted) return
    const wish = this.#wish
    this.#wish = null
    this.#reading = this.#readNow(wish)
      .catch((error: unknown) => {
        // Somebody else is at it: look again at the next tick. Anything else will be told by whoever reads next.
        if (error instanceof EarmarkError && error.code === 'busy') this.#wish ??= wish
      })
      .finally(() => {
        this.#reading = null
      })
  }

  async #readNow(wish: 'event' | 'look'): Promise<void> {
    const { db } = this.#context
    const { id } = this.connection
    const [last] = listRuns(db, id, 1)
    // Who cancelled does not want it to begin again by itself.
    if (wish === 'look' && last?.outcome === 'cancelled') return
    this.#lookedAtMs = Date.now()
    try {
      const plan = await lookIntoFolder(db, this.connection, this.#signal)
      if (!hasWork(plan) && !this.#wasMissing(last?.problem)) return
    } catch (error) {
      if (!(error instanceof EarmarkError) || error.code === 'cancelled' || error.code === 'busy') throw error
      // The run will say so; it was said already where nothing has changed since.
      if (last?.problem === error.message) return
    }
    if (this.#signal.aborted) return
    const { outcome } = await this.#engine.start(id, {
      recordings: 'all',
      secrets: null,
      trigger: 'folder',
    }).ended
    if (outcome === 'cancelled') this.#wish = null
  }

  /** The last run could not find the folder, which is there now: a run sets that right. */
  #wasMissing(problem: string | null | undefined): boolean {
    return this.#identity !== null && problem?.startsWith(`The folder "${this.connection.folder}"`) === true
  }
}

async function identityOf(folder: string): Promise<string | null> {
  try {
    const facts = await stat(folder)
    return facts.isDirectory() ? `${facts.dev}:${facts.ino}` : null
  } catch {
    return null
  }
}
