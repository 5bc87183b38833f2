import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type CallId,
  type ConnectionDraft,
  ConnectionSettings,
  EarmarkError,
  type EarmarkEvent,
  type ImportDone,
  type JsonValue,
  type Vendor,
} from '@contract'
import { quarantineRecords, releaseReadable } from '../calls/quarantine'
import { upsertCalls } from '../calls/store'
import { findConnectionByName, idForNew, insertConnection, noteCampaigns } from '../connections/queries'
import { diskFull, isNoSpace } from '../db/disk-room'
import type { WriteDb } from '../db/open'
import { explainSqliteError } from '../db/sqlite-errors'
import type { WorkspacePaths } from '../db/workspace'
import { lockConnection } from '../sync/lock'
import { throttled } from '../sync/reporter'
import { throwIfCancelled } from '../sync/retry'
import { vendors } from '../vendors'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import { archiveBeside, audioBeside } from './audio-beside'
import { openSource, readLine, readLines, type Source } from './read-file'

const BATCH_CALLS = 200
/** Files up to this are not read a second time after they were looked at. */
const KEPT_BYTES = 32 * 1024 * 1024

export interface ImportOptions {
  /** Under which name the calls are kept, for all or by vendor; else "Imported from Prosper AI" and the like. */
  connectionName?: string | Partial<Record<Vendor, string>>
  emit?: (event: EarmarkEvent) => void
  signal?: AbortSignal
  /** Who imports, as a subject for sentences. */
  program?: string
}

/**
 * Imports saved vendor answers (JSON, or JSON lines) and the audio beside them, through the same upsert as a sync. All
 * files are looked at before anything is kept: one that is no vendor's changes nothing. What can't be read inside
 * a good file goes to the quarantine.
 *
 * Raises `not_vendor_data`, `file_unreadable`, `too_large` naming the file; `conflict` for a name that belongs to
 * another kind of connection; `busy`; `cancelled` (what was imported before stays); `disk_full`.
 */
export async function importFiles(
  db: WriteDb,
  paths: WorkspacePaths,
  files: readonly string[],
  options: ImportOptions = {},
): Promise<ImportDone> {
  const work = new Import(db, paths, options)
  try {
    return await work.go([...new Set(files)])
  } catch (error) {
    throw await explained(error, paths, files)
  } finally {
    work.release()
  }
}

/** Of a file of calls, its database grows by about so much. */
const GROWTH = 2

/** A full disk with how much the import needs; anything else as it is. */
async function explained(
  error: unknown,
  { callsDb }: WorkspacePaths,
  files: readonly string[],
): Promise<unknown> {
  const plain = isNoSpace(error)
    ? diskFull('', callsDb, { next: '' })
    : explainSqliteError(error, 'calls.db', callsDb)
  if (!(plain instanceof EarmarkError) || plain.code !== 'disk_full') return plain
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return diskFull('not all of the files could be imported; what came before is kept', callsDb, {
    neededBytes: GROWTH * sizes.reduce((sum, size) => sum + size, 0),
    next: 'import again: what is here already is not taken twice',
    cause: error,
  })
}

/** Imports the calls that come with Earmark, exactly as any other files. Raises what `importFiles` raises. */
export async function openSample(
  db: WriteDb,
  paths: WorkspacePaths,
  sampleFolder: string,
  options: Omit<ImportOptions, 'connectionName'> = {},
): Promise<ImportDone> {
  const names = await readdir(sampleFolder).catch(() => [])
  const files = names.filter((name) => /\.jsonl?$/.test(name)).sort()
  if (files.length === 0)
    throw new EarmarkError(
      'file_unreadable',
      `The sample calls are missing (${sampleFolder}). Install Earmark again.`,
      { file: sampleFolder },
    )
  const connectionName = Object.fromEntries(
    Object.values(vendors).map((api) => [api.kind, `Sample: ${api.name}`]),
  ) satisfies Partial<Record<Vendor, string>>
  return await importFiles(
    db,
    paths,
    files.map((name) => join(sampleFolder, name)),
    { ...options, connectionName },
  )
}

class Import {
  readonly #db: WriteDb
  readonly #paths: WorkspacePaths
  readonly #options: ImportOptions
  readonly #signal: AbortSignal
  readonly #unlock: (() => void)[] = []
  readonly #connections = new Map<Vendor, { id: string; vendor: Vendor }>()
  readonly #done = { files: 0, added: 0, updated: 0, unchanged: 0, quarantined: 0, recordings: 0 }
  #newest: { callId: CallId; startedAtMs: number } | null = null
  #calls = 0
  #total: number | null = null
  readonly #progress: ReturnType<typeof throttled>
  readonly #changed: ReturnType<typeof throttled>

  constructor(db: WriteDb, paths: WorkspacePaths, options: ImportOptions) {
    this.#db = db
    this.#paths = paths
    this.#options = options
    this.#signal = options.signal ?? new AbortController().signal
    const emit = options.emit ?? (() => undefined)
    this.#progress = throttled(200, () =>
      emit({ type: 'import.progress', done: this.#calls, total: this.#total }),
    )
    this.#changed = throttled(300, () => emit({ type: 'calls.changed' }))
  }

  async go(files: readonly string[]): Promise<ImportDone> {
    const sources: Source[] = []
    let keptBytes = 0
    for (const file of files) {
      throwIfCancelled(this.#signal)
      const source = await openSource(file)
      keptBytes += source.bytes
      // A large file is read again when its turn comes, rather than held until then.
      if (source.kind === 'whole' && keptBytes > KEPT_BYTES) {
        keptBytes -= source.bytes
        sources.push({ ...source, parts: [] })
      } else sources.push(source)
    }
    this.#total = sources.every((source) => source.kind === 'whole' && source.parts.length > 0)
      ? sources.reduce((sum, source) => sum + countOf(source), 0)
      : null
    for (const source of sources) {
      if (source.kind === 'lines') await this.#lines(source)
      else await this.#whole(source)
      this.#done.files += 1
    }
    return { ...this.#done, firstCallId: this.#newest?.callId ?? null }
  }

  release(): void {
    for (const unlock of this.#unlock) unlock()
    this.#progress.flush()
    this.#changed.flush()
    if (this.#connections.size > 0) this.#options.emit?.({ type: 'connections.changed' })
  }

  async #whole(source: Extract<Source, { kind: 'whole' }>): Promise<void> {
    const { parts } = source.parts.length > 0 ? source : await reopened(source.file)
    const audio = await audioBeside(source.file)
    for (const { vendor, answer } of parts) {
      const calls = answer.calls.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0))
      await this.#keep(vendor, calls.slice(0, BATCH_CALLS), answer.unreadable, audio, answer.campaignInfo)
      for (let from = BATCH_CALLS; from < calls.length; from += BATCH_CALLS)
        await this.#keep(vendor, calls.slice(from, from + BATCH_CALLS), [], audio)
    }
  }

  async #lines({ file, firstPart }: Extract<Source, { kind: 'lines' }>): Promise<void> {
    const audio = await audioBeside(file)
    const calls = new Map<Vendor, VendorCall[]>()
    let strangers: UnreadableRecord[] = []
    let held = 0
    const flush = async () => {
      for (const [vendor, batch] of calls) await this.#keep(vendor, batch, [], audio)
      if (strangers.length > 0) await this.#keep(firstPart.vendor, [], strangers, audio)
      calls.clear()
      strangers = []
      held = 0
    }
    for await (const line of readLines(file)) {
      const { parts, stranger } = readLine(file, line)
      if (stranger) strangers.push(stranger)
      for (const { vendor, answer } of parts) {
        const batch = calls.get(vendor) ?? []
        batch.push(...answer.calls)
        calls.set(vendor, batch)
        strangers.push(...answer.unreadable)
      }
      held += 1
      if (held >= BATCH_CALLS) await flush()
    }
    await flush()
  }

  /** One transaction, and then the audio of its calls. */
  async #keep(
    vendor: Vendor,
    calls: readonly VendorCall[],
    unreadable: readonly UnreadableRecord[],
    audio: ReadonlyMap<string, string>,
    campaignInfo: Readonly<Record<string, JsonValue>> = {},
  ): Promise<void> {
    throwIfCancelled(this.#signal)
    const connection = this.#connectionFor(vendor)
    const nowMs = Date.now()
    const upserted = this.#db.transaction(() => {
      const setAside = quarantineRecords(this.#db, connection.id, unreadable, nowMs)
      this.#done.quarantined += setAside.size
      const result = upsertCalls(this.#db, connection, calls, nowMs)
      releaseReadable(this.#db, connection.id, calls, setAside)
      noteCampaigns(this.#db, connection.id, campaignInfo, nowMs)
      return result
    })()
    for (const { outcome, callId, startedAtMs } of upserted) {
      this.#done[outcome] += 1
      if (this.#newest === null || startedAtMs > this.#newest.startedAtMs)
        this.#newest = { callId, startedAtMs }
    }
    this.#calls += upserted.length
    this.#progress.wish()
    this.#changed.wish()
    for (const call of upserted) {
      throwIfCancelled(this.#signal)
      if (!(await archiveBeside(this.#db, this.#paths, audio, call))) continue
      this.#done.recordings += 1
      this.#options.emit?.({ type: 'recordings.changed', callId: call.callId, state: 'ready' })
    }
    await nextTurn()
  }

  /** The connection that holds this vendor's imported calls, made at its first call, locked until the end. */
  #connectionFor(vendor: Vendor): { id: string; vendor: Vendor } {
    const known = this.#connections.get(vendor)
    if (known) return known
    const name = this.#nameFor(vendor)
    const existing = findConnectionByName(this.#db, name)
    if (existing && (existing.kind !== 'imported' || existing.vendor !== vendor))
      throw new EarmarkError(
        'conflict',
        `"${existing.name}" is a connection that is synced; imported calls need a name of their own.`,
        { connectionId: existing.id },
      )
    const id = existing?.id ?? idForNew(this.#db, vendor, name)
    this.#unlock.push(lockConnection(this.#paths, { id, name }, this.#options.program ?? 'Another import'))
    if (!existing) {
      const draft: ConnectionDraft = {
        vendor,
        name,
        baseUrl: '',
        campaignIds: [],
        settings: ConnectionSettings.parse({}),
      }
      insertConnection(this.#db, id, { kind: 'imported', keepsSecrets: false }, draft, Date.now())
    }
    const connection = { id, vendor }
    this.#connections.set(vendor, connection)
    return connection
  }

  #nameFor(vendor: Vendor): string {
    const { connectionName } = this.#options
    const byDefault = `Imported from ${vendors[vendor].name}`
    if (typeof connectionName !== 'string') return connectionName?.[vendor] ?? byDefault
    // One name for two vendors' calls: the second vendor's get its name behind it.
    const holder = findConnectionByName(this.#db, connectionName)
    const isOthers = holder !== null && holder.kind === 'imported' && holder.vendor !== vendor
    return isOthers ? `${connectionName} (${vendors[vendor].name})` : connectionName
  }
}

const countOf = (source: Source): number =>
  source.kind === 'whole' ? source.parts.reduce((sum, part) => sum + part.answer.calls.length, 0) : 0

async function reopened(file: string): Promise<Extract<Source, { kind: 'whole' }>> {
  const source = await openSource(file)
  if (source.kind === 'whole') return source
  throw new EarmarkError('file_unreadable', `"${file}" changed while it was imported. Import it again.`, {
    file,
  })
}
