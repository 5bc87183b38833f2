import { basename, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { EarmarkError, type EarmarkEvent, type SyncTrigger, toFailure, type Vendor } from '@contract'
import { noteCampaigns, type StoredConnection } from '../connections/queries'
import type { WriteDb } from '../db/open'
import { explainSqliteError } from '../db/sqlite-errors'
import type { WorkspacePaths } from '../db/workspace'
import type { PurgedCalls } from '../retention/purged'
import { Keeper } from '../sync/keep'
import type { Reporter } from '../sync/reporter'
import { sleep, throwIfCancelled } from '../sync/retry'
import type { RunEnd } from '../sync/run'
import { beginRun, endRun } from '../sync/runs'
import { type SavedPart, vendors } from '../vendors'
import type { UnreadableRecord, VendorCall } from '../vendors/vendor-call'
import { archiveFile, fileStem } from './audio-beside'
import { audioStem } from './folder-names'
import { type FolderPlan, planFolder } from './folder-plan'
import { callOfStem, forgetFiles, isReadBy, knownFiles, noteFile, oddIds, wasProblem } from './folder-queries'
import { type FoundFile, lookAt, scanFolder } from './folder-scan'
import { openSource, readLine, readLines } from './read-file'

const BATCH_CALLS = 200

/** How a file is told from one that is still being written. For tests to shorten. */
export interface FolderPatience {
  /** A file that did not change for so long is complete. */
  restMs: number
  /** One that does not come to rest in this time is left for later. */
  mostMs: number
}
export const FOLDER_PATIENCE: FolderPatience = { restMs: 2000, mostMs: 10_000 }

export interface FolderRun {
  db: WriteDb
  paths: WorkspacePaths
  emit: (event: EarmarkEvent) => void
  /** Of kind `folder`; locked, and stays so until the run is over. */
  connection: StoredConnection
  /** What must not come back. */
  purged: PurgedCalls
  recordings: 'all' | 'none'
  trigger: SyncTrigger
  reporter: Reporter
  signal: AbortSignal
  patience?: FolderPatience
}

/**
 * Reads what is new in a connection's folder: calls through the same ways as a sync, then the audio of calls. Never
 * rejects: how it ended is kept with the run and answered. Each file's note is written with its last calls, so that
 * a run that was stopped goes on with the file that it was at.
 */
export async function runFolder(run: FolderRun): Promise<RunEnd> {
  const { db, connection, reporter, signal } = run
  let runId: number | null = null
  let end: RunEnd
  try {
    runId = beginRun(db, connection.id, run.trigger, Date.now())
    const problem = await new FolderReader(run, runId).read()
    end = { outcome: problem === null ? 'done' : 'failed', problem, error: null }
  } catch (thrown) {
    end = failedEnd(thrown, run)
  }
  if (signal.aborted) end = { outcome: 'cancelled', problem: null, error: null }
  try {
    if (runId !== null) endRun(db, runId, reporter.counts, end.outcome, end.problem, Date.now())
  } catch (thrown) {
    end = failedEnd(thrown, run)
  }
  return end
}

function failedEnd(thrown: unknown, { paths }: FolderRun): RunEnd {
  const explained = explainSqliteError(thrown, 'calls.db', paths.callsDb)
  const { code, message, details } = toFailure(explained)
  const error = explained instanceof EarmarkError ? explained : new EarmarkError(code, message, details)
  return { outcome: 'failed', problem: message, error }
}

/** What there is to read in a connection's folder now. Raises what `scanFolder` raises. */
export async function lookIntoFolder(
  db: WriteDb,
  connection: StoredConnection,
  signal: AbortSignal,
): Promise<FolderPlan> {
  const scan = await scanFolder(connection.folder ?? '', signal)
  return planFolder(scan, knownFiles(db, connection.id))
}

class FolderReader {
  readonly #run: FolderRun
  readonly #keeper: Keeper
  readonly #folder: string
  readonly #patience: FolderPatience
  #held = nothingHeld()
  /** Files that could not be read in this run. */
  readonly #problems: { path: string; problem: string }[] = []

  constructor(run: FolderRun, runId: number) {
    this.#run = run
    this.#keeper = new Keeper(run.db, run.connection, run.reporter, runId, run.purged)
    this.#folder = run.connection.folder ?? ''
    this.#patience = run.patience ?? FOLDER_PATIENCE
  }

  /** Answers what went wrong without stopping it, as one sentence; null when nothing did. */
  async read(): Promise<string | null> {
    const { db, connection, reporter, recordings, signal } = this.#run
    reporter.enter('listing')
    const plan = await lookIntoFolder(db, connection, signal)
    forgetFiles(db, connection.id, plan.gone)
    for (const [index, file] of plan.calls.entries()) {
      throwIfCancelled(signal)
      reporter.goesOn({ done: index, total: plan.calls.length })
      await this.#calls(file)
    }
    this.#flush()
    if (recordings === 'all') {
      reporter.enter('recordings')
      const ids = new IdsByStem(() => oddIds(db, connection.id))
      await this.#audio(plan.waiting, ids, false)
      await this.#audio(plan.audio, ids, true)
    }
    const [first] = this.#problems
    if (first === undefined) return null
    const others = this.#problems.length - 1
    return others === 0
      ? first.problem
      : `${first.problem} ${others === 1 ? '1 more file' : `${others} more files`} could not be read either; the list of files says why.`
  }

  async #calls(found: FoundFile): Promise<void> {
    const file = await this.#atRest(found)
    if (file === null) return
    try {
      await this.#contents(file)
    } catch (error) {
      if (!(error instanceof EarmarkError) || !OF_ONE_FILE.has(error.code)) throw error
      // A copy under way can look finished: what is no JSON is looked at twice before it is left alone.
      const { db, connection } = this.#run
      const isNews = error.details.isBroken === true && !wasProblem(db, connection.id, file)
      const isSettled = error.code !== 'file_unreadable' && !isNews
      this.#note(file, 0, `${error.message} It is read again when it changes.`, isSettled, !isNobodys(error))
    }
  }

  /** The file's calls, in batches, its note with the last of them. */
  async #contents(file: FoundFile): Promise<void> {
    const { connection } = this.#run
    const source = await openSource(join(this.#folder, file.path))
    const others = new Map<Vendor, number>()
    let total = 0
    let half = false
    const take = async ({ vendor, answer }: SavedPart) => {
      if (vendor !== connection.vendor) {
        others.set(vendor, (others.get(vendor) ?? 0) + answer.calls.length + answer.unreadable.length)
        return
      }
      total += answer.calls.length
      this.#setAside(answer.unreadable)
      for (let from = 0; from < answer.calls.length; from += BATCH_CALLS) {
        for (const call of answer.calls.slice(from, from + BATCH_CALLS)) this.#held.calls.push(call)
        if (this.#held.calls.length < BATCH_CALLS) continue
        this.#flush()
        await this.#breathe()
      }
      Object.assign(this.#held.info, answer.campaignInfo)
    }
    if (source.kind === 'whole') for (const part of source.parts) await take(part)
    else
      for await (const line of readLines(source.file)) {
        const { parts, stranger } = readLine(source.file, line)
        // A line without an end that is no JSON yet is being written, not broken.
        if (stranger && line.isUnended) half = true
        else if (stranger) this.#setAside([stranger])
        for (const part of parts) await take(part)
      }
    const problem = half
      ? `The last line of "${basename(file.path)}" is not complete yet. It is read when the file changes.`
      : this.#othersProblem(file, others)
    // Written to while it was read: what is behind the end that was seen comes next time.
    const after = await lookAt(this.#folder, file.path)
    const isSettled = after?.bytes === file.bytes && after.modifiedAtMs === file.modifiedAtMs
    this.#held.notes.push(() => this.#note(file, total, problem, isSettled, false))
    // Small files share a transaction. Not those with something unreadable: what a later file mends must find it there.
    if (this.#held.calls.length + this.#held.notes.length >= BATCH_CALLS || this.#held.unreadable.length > 0)
      this.#flush()
    await this.#breathe()
  }

  #setAside(records: readonly UnreadableRecord[]): void {
    for (const record of records) {
      this.#held.unreadable.push(record)
      if (this.#held.unreadable.length >= BATCH_CALLS) this.#flush()
    }
  }

  /** Stores what is held, in one transaction with the notes of the files that are through with it. */
  #flush(): void {
    const { db, connection, reporter } = this.#run
    const { calls, unreadable, info, notes } = this.#held
    this.#held = nothingHeld()
    if (calls.length + unreadable.length + notes.length === 0) return
    reporter.counts.listed += calls.length
    this.#keeper.keep(calls, unreadable, new Set(), () => {
      noteCampaigns(db, connection.id, info, Date.now())
      for (const note of notes) note()
    })
  }

  /** What to do about another vendor's calls: nothing where another connection reads them from the same folder. */
  #othersProblem(file: FoundFile, others: ReadonlyMap<Vendor, number>): string | null {
    const { db, connection } = this.#run
    const unread = [...others].filter(([vendor]) => !isReadBy(db, this.#folder, vendor))
    if (unread.length === 0) return null
    const names = unread.map(([vendor]) => vendors[vendor].name).join(' and ')
    const count = unread.reduce((sum, [, number]) => sum + number, 0)
    const own = vendors[connection.vendor].name
    return `"${basename(file.path)}" holds ${count === 1 ? '1 call' : `${count} calls`} of ${names}, but this connection reads ${own}'s. Make another connection to this folder, for ${names}.`
  }

  /** Audio whose call is there goes into the archive; other audio waits for its call. */
  async #audio(files: readonly FoundFile[], ids: IdsByStem, isNew: boolean): Promise<void> {
    const { db, paths, emit, reporter, signal } = this.#run
    const { recordings } = reporter.counts
    for (const [index, found] of files.entries()) {
      throwIfCancelled(signal)
      reporter.goesOn({ done: index, total: files.length })
      const call = this.#callOf(found, ids)
      if (call === null) {
        if (isNew) this.#note(found, 0, null, true, false)
        if (index % BATCH_CALLS === 0) await nextTurn()
        continue
      }
      const file = await this.#atRest(found)
      if (file === null) continue
      const problem = await archiveFile(db, paths, join(this.#folder, file.path), call)
      const after = await lookAt(this.#folder, file.path)
      const isSettled = after?.bytes === file.bytes && after.modifiedAtMs === file.modifiedAtMs
      if (problem === null) recordings.downloaded += 1
      else recordings.failed += 1
      this.#note(
        file,
        problem === null ? 1 : 0,
        problem && `"${basename(file.path)}": ${problem}`,
        isSettled,
        true,
      )
      emit({
        type: 'recordings.changed',
        callId: call.callId,
        state: problem === null ? 'ready' : 'failed',
      })
      await nextTurn()
    }
  }

  #callOf(file: FoundFile, ids: IdsByStem): ReturnType<typeof callOfStem> {
    const { db, connection } = this.#run
    const stem = audioStem(file.path)
    const direct = callOfStem(db, connection.id, stem)
    if (direct !== null || !stem.includes('_')) return direct
    const id = ids.get(stem)
    return id === null ? null : callOfStem(db, connection.id, id)
  }

  /** The file once it has come to rest; null when it is gone, or is still being written (which is noted). */
  async #atRest(found: FoundFile): Promise<FoundFile | null> {
    const { signal } = this.#run
    const { restMs, mostMs } = this.#patience
    const untilMs = performance.now() + mostMs
    let file = found
    for (;;) {
      const now = await lookAt(this.#folder, file.path)
      if (now === null) return null
      const isSame = now.bytes === file.bytes && now.modifiedAtMs === file.modifiedAtMs
      file = now
      // A clock that goes differently on a share may put a file into the future: that is no sign of writing.
      if (isSame && Math.abs(Date.now() - now.modifiedAtMs) >= restMs) return now
      if (performance.now() >= untilMs) break
      await sleep(Math.min(restMs, 200), signal)
    }
    const problem = `"${basename(file.path)}" is still being written. It is read when it rests.`
    this.#note(file, 0, problem, false, false)
    return null
  }

  #note(
    file: FoundFile,
    calls: number,
    problem: string | null,
    isSettled: boolean,
    isRunsProblem: boolean,
  ): void {
    const { db, connection } = this.#run
    noteFile(db, connection.id, file, { calls, isSettled, problem }, Date.now())
    if (problem !== null && isRunsProblem) this.#problems.push({ path: file.path, problem })
  }

  async #breathe(): Promise<void> {
    this.#run.reporter.goesOn()
    await nextTurn()
    throwIfCancelled(this.#run.signal)
  }
}

/** Read, and not stored yet. */
interface Held {
  calls: VendorCall[]
  unreadable: UnreadableRecord[]
  info: SavedPart['answer']['campaignInfo']
  notes: (() => void)[]
}

const nothingHeld = (): Held => ({ calls: [], unreadable: [], info: {}, notes: [] })

/** Ids of calls whose file names had to be written differently, looked up when the first such name turns up. */
class IdsByStem {
  readonly #read: () => string[]
  #ids: Map<string, string> | null = null

  constructor(read: () => string[]) {
    this.#read = read
  }

  get(stem: string): string | null {
    this.#ids ??= new Map(this.#read().map((id) => [fileStem(id), id]))
    return this.#ids.get(stem) ?? null
  }
}

/** Failures that are one file's own; others stop the run. */
const OF_ONE_FILE = new Set(['not_vendor_data', 'file_unreadable', 'too_large'])

/** JSON of something else: listed with the files, but nothing has failed. */
const isNobodys = (error: EarmarkError): boolean =>
  error.code === 'not_vendor_data' && error.details.isBroken !== true
