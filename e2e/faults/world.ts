import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ConnectionSettings } from '../../src-main/contract'
import { openCallsForWriting, prepareWorkspace } from '../../src-main/db/workspace'
import { openSyncEngine, type SyncEngine, type SyncResult } from '../../src-main/sync/engine'
import type { RetryRules } from '../../src-main/sync/retry'
import { connectTo, memorySecrets, type TestBackend, testBackend } from '../../src-main/sync/testing'
import {
  BUILT_IN_DIALOGUES,
  type FaultSetting,
  type LogShape,
  type MalakaiSimulator,
  makeCalls,
  type ProsperSimulator,
  type RecordingLogIn,
  type SimulatedCall,
  startMalakaiSimulator,
  startProsperSimulator,
} from '../vendors'
import { seededRandom } from '../vendors/calls'
import { checkCursor } from './check-cursor'

/** The rules of a sync, without what people would wait for: a silent server is given up on in a third of a second. */
export const RULES: RetryRules = {
  attempts: 4,
  baseMs: 2,
  capMs: 8,
  retryAfterCapMs: 20,
  timeouts: { connectTimeoutMs: 5000, idleTimeoutMs: 350, totalTimeoutMs: 20_000 },
}

export interface Setting {
  vendor: 'prosper' | 'malakai'
  /** Prosper's; what the server speaks. */
  dialect?: 'page' | 'openapi' | 'both'
  detailPaths?: 'plain' | 'campaigns' | 'both'
  /** Ask for the whole organisation. */
  isWholeOrganisation?: boolean
  /** Malakai's. */
  shape?: LogShape
  /** How many campaigns, the last one empty where there are three. Default 1. */
  campaigns?: number
  recordings?: 'none' | 'plain' | 'expiring'
  recordingLogIn?: RecordingLogIn
  /** Pages' sizes to choose from. */
  pageSizes?: readonly number[]
  /** How many pages to choose from; default 3 to 5. */
  pages?: readonly number[]
  /** Days between two calls; default: minutes. */
  daysApart?: number
  settings?: Partial<ConnectionSettings>
  /** What a seed may add to it: rows that shift, grow, come twice. Default: all. */
  hasWeather?: boolean
}

/** What a seed makes of a setting. */
interface Made {
  random: () => number
  calls: readonly SimulatedCall[]
  pageSize: number
  campaigns: readonly string[]
}

const chosenBy = <T>(random: () => number, from: readonly T[]): T => {
  const chosen = from[Math.floor(random() * from.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}

function make(setting: Setting, seed: string): Made {
  const random = seededRandom(seed)
  const { vendor, campaigns: campaignCount = 1, daysApart } = setting
  const campaigns = Array.from({ length: campaignCount }, (_, at) => `campaign-${at + 1}`)
  const pageSize = chosenBy(random, setting.pageSizes ?? [4, 5, 7, 10])
  const pages = chosenBy(random, setting.pages ?? [3, 4, 5])
  const filled = campaignCount > 2 ? campaigns.slice(0, -1) : campaigns
  // Exactly full pages, one call less, one more.
  const count = Math.max(1, (pageSize * pages + chosenBy(random, [-1, 0, 1])) * filled.length)
  const plain = makeCalls({ dialogues: BUILT_IN_DIALOGUES, count, campaigns: filled, seed })
  const spread = plain.map((call, at) =>
    daysApart === undefined
      ? call
      : { ...call, createdAtMs: Date.UTC(2026, 0, 5) + at * daysApart * 86_400_000 },
  )
  return { random, pageSize, campaigns, calls: tied(spread, vendor === 'prosper' ? pageSize : 3, random) }
}

function startSimulator(
  setting: Setting,
  seed: string,
  { calls, campaigns, pageSize }: Made,
  onRequest: () => void,
): Promise<ProsperSimulator | MalakaiSimulator> {
  const { vendor, recordings = 'none', recordingLogIn } = setting
  const common = {
    calls,
    campaigns,
    seed,
    recordings:
      recordings === 'none' ? null : (call: SimulatedCall) => (call.hasRecording ? audioOf(call) : null),
    hasExpiringRecordings: recordings === 'expiring',
    ...(recordingLogIn === undefined ? {} : { recordingLogIn }),
    keepsLedger: true,
    onRequest,
  }
  return vendor === 'malakai'
    ? startMalakaiSimulator({
        ...common,
        shapes: Object.fromEntries(campaigns.map((id) => [id, setting.shape ?? 'inbound'])),
      })
    : startProsperSimulator({
        ...common,
        dialect: setting.dialect ?? 'page',
        detailPaths: setting.detailPaths ?? 'both',
        maxPageSize: pageSize,
      })
}

/**
 * One run of one case: a simulator whose data the seed has shaped, a workspace of its own, and the real sync between
 * them. At each request for calls it is looked whether the stored position is ahead of the rows.
 */
export class World {
  readonly random: () => number
  readonly calls: readonly SimulatedCall[]
  readonly pageSize: number
  readonly campaigns: readonly string[]
  readonly results: (SyncResult & { addedRows: number })[] = []
  /** What the seed added; see `Setting.hasWeather`. */
  weather: FaultSetting[]
  requests = 0
  /** Raised at the next check. */
  cursorProblem: string | null = null
  #atRequest = new Map<number, () => void>()
  readonly #folders: string[] = []

  private constructor(
    readonly setting: Setting,
    { random, calls, pageSize, campaigns }: Made,
    readonly simulator: ProsperSimulator | MalakaiSimulator,
    readonly connectionId: string,
    /** Another one, on copies of the files, after a process has died. */
    public backend: TestBackend,
    public engine: SyncEngine,
  ) {
    this.random = random
    this.calls = calls
    this.pageSize = pageSize
    this.campaigns = campaigns
    this.weather = setting.hasWeather === false ? [] : this.#someWeather()
  }

  static async open(setting: Setting, seed: string): Promise<World> {
    const made = make(setting, seed)
    let world: World | null = null
    const backend = await testBackend()
    const simulator = await startSimulator(setting, seed, made, () => world?.noteRequest())
    const { settings = {}, isWholeOrganisation = false } = setting
    const { id } = await connectTo(backend, setting.vendor, simulator, {
      settings: ConnectionSettings.parse(settings),
      ...(isWholeOrganisation ? { campaignIds: [] } : {}),
    })
    world = new World(setting, made, simulator, id, backend, openSyncEngine(backend, RULES))
    return world
  }

  chance = (part: number): boolean => this.random() < part
  upTo = (most: number): number => Math.floor(this.random() * (most + 1))

  choose = <T>(from: readonly T[]): T => chosenBy(this.random, from)

  #someWeather(): FaultSetting[] {
    const { vendor } = this.setting
    const faults: FaultSetting[] = []
    if (this.chance(0.25)) faults.push({ name: 'shifting-rows', times: 2, after: this.upTo(2) })
    if (this.chance(0.25)) faults.push({ name: 'growing-total', times: 2, after: this.upTo(2) })
    if (this.chance(0.2))
      faults.push({ name: 'duplicate-rows', times: 1 + this.upTo(2), after: this.upTo(2) })
    return vendor === 'malakai' ? faults.filter((fault) => typeof fault === 'object') : faults
  }

  setFaults(faults: readonly FaultSetting[]): void {
    this.simulator.setFaults([...faults, ...this.weather])
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.weather = []
    this.simulator.setFaults([])
  }

  /** When so many more requests for calls have come. */
  atRequest(count: number, act: () => void): void {
    this.#atRequest.set(this.requests + count, act)
  }

  /** A request for calls came, and is not answered yet. */
  noteRequest(): void {
    this.requests += 1
    this.checkCursor()
    this.#atRequest.get(this.requests)?.()
  }

  checkCursor(): void {
    this.cursorProblem ??= checkCursor(this)
  }

  #count(): number {
    return Number(this.backend.db.prepare('SELECT count(*) FROM calls').pluck().get())
  }

  /** One sync to its end, however it ends. */
  async sync(): Promise<SyncResult> {
    const before = this.#count()
    const recordings = (this.setting.recordings ?? 'none') === 'none' ? 'none' : 'all'
    const result = await this.engine.start(this.connectionId, { recordings, secrets: null }).ended
    // What was to happen at a request that did not come.
    this.#atRequest.clear()
    this.checkCursor()
    this.results.push({ ...result, addedRows: this.#count() - before })
    return result
  }

  /** A sync that is cancelled when so many requests have come. */
  async cancelAfter(requests: number): Promise<SyncResult> {
    this.atRequest(requests, () => void this.engine.cancel(this.connectionId))
    return await this.sync()
  }

  /**
   * A sync whose process dies when so many requests have come: the files are copied as they are on disk at that
   * moment, between two transactions, and a new process (another engine on another connection to the copies) goes on.
   * Answers whether it came to that.
   */
  async dieAfter(requests: number): Promise<boolean> {
    let root: string | null = null
    const { paths } = this.backend
    this.atRequest(requests, () => {
      const folder = mkdtempSync(join(tmpdir(), 'earmark-died-'))
      this.#folders.push(folder)
      root = folder
      for (const file of [paths.callsDb, `${paths.callsDb}-wal`])
        if (existsSync(file)) copyFileSync(file, join(folder, basename(file)))
      cpSync(paths.recordings, join(folder, basename(paths.recordings)), { recursive: true })
      void this.engine.cancel(this.connectionId)
    })
    const recordings = (this.setting.recordings ?? 'none') === 'none' ? 'none' : 'all'
    await this.engine.start(this.connectionId, { recordings, secrets: null }).ended
    this.#atRequest.clear()
    if (root === null) return false
    await this.engine.close()
    const { secrets, events } = this.backend
    this.backend.close()
    const opened = prepareWorkspace(root)
    const db = openCallsForWriting(opened)
    this.backend = {
      ...this.backend,
      db,
      paths: opened,
      secrets: memorySecrets(),
      events,
      close: () => db.close(),
    }
    for (const [account, value] of secrets.entries) this.backend.secrets.entries.set(account, value)
    this.checkCursor()
    this.engine = openSyncEngine(this.backend, RULES)
    return true
  }

  /** Takes some calls away at the vendor's. */
  remove(count: number): void {
    for (let left = count; left > 0 && this.simulator.calls.length > 1; left--) {
      const { id } = this.choose(this.simulator.calls)
      this.simulator.removeCall(id)
    }
  }

  async close(): Promise<void> {
    await this.engine.close()
    this.backend.close()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    // Fails where a vendor's secret came to a recording host.
    await this.simulator.close()
  }
}

/** Some calls begin in the same second, over the edges of pages (newest first) and elsewhere. */
function tied(calls: readonly SimulatedCall[], pageSize: number, random: () => number): SimulatedCall[] {
  const newestFirst = calls.toSorted((a, b) => b.createdAtMs - a.createdAtMs || b.id - a.id)
  for (let edge = pageSize; edge < newestFirst.length; edge += pageSize) {
    if (random() < 0.4) continue
    const from = Math.max(0, edge - 1 - Math.floor(random() * 2))
    const to = Math.min(newestFirst.length, edge + 1 + Math.floor(random() * 2))
    const createdAtMs = newestFirst[from]?.createdAtMs ?? 0
    for (let at = from; at < to; at++) {
      const call = newestFirst[at]
      if (call !== undefined) newestFirst[at] = { ...call, createdAtMs }
    }
  }
  return newestFirst
}

/** Audio that is each call's own: a WAV file of noise, 2 to 40 kB. */
export function audioOf(call: SimulatedCall): { bytes: Buffer; contentType: string } {
  const random = seededRandom(`audio/${call.id}`)
  const size = 4 * (500 + Math.floor(random() * 9500))
  const bytes = Buffer.alloc(44 + size)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(36 + size, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8000, 24)
  bytes.writeUInt32LE(16_000, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(size, 40)
  for (let at = 44; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  return { bytes, contentType: 'audio/wav' }
}
